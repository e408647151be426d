import type { Grant } from "../grant.ts";
import { type PostForm, signForm } from "./post_policy.ts";
import { presignQuery } from "./sign.ts";
import type { Store } from "../store.ts";

/** Signs what others are to send. */
export interface Presigner {
  /** A URL that anyone can send. */
  presignUrl(request: PresignRequest): string;
  /** A form that anyone can send: where to, and its fields in their order. */
  presignForm(request: PresignFormRequest): { readonly url: string; readonly fields: Record<string, string> };
}

/** What {@link Presigner.presignUrl} needs. */
export interface PresignRequest {
  /** HTTP method. */
  readonly method: "GET" | "PUT";
  /** Keys and bucket. */
  readonly grant: Grant;
  /** The object. */
  readonly key: string;
  /** Decoded names and values. */
  readonly query?: Readonly<Record<string, string>>;
  /** Headers the sender must send just so. */
  readonly headers?: Readonly<Record<string, string>>;
  /** Seconds from `nowMs`. */
  readonly expiresInSeconds: number;
  /** Epoch milliseconds. */
  readonly nowMs: number;
}

/** What {@link Presigner.presignForm} needs. */
export interface PresignFormRequest extends Omit<PostForm, "bucket"> {
  /** Keys and bucket. */
  readonly grant: Grant;
  /** Epoch milliseconds. */
  readonly nowMs: number;
}

/** Needs no connection: signing is arithmetic. */
export function createPresigner(store: Store): Presigner {
  return {
    presignUrl(request) {
      const { method, grant, query = {}, headers = {}, nowMs, expiresInSeconds } = request;
      const { origin, host, path } = store.address(request);
      const scope = { credentials: grant.credentials, region: store.regionOf(grant.bucket), nowMs, expiresInSeconds };
      return `${origin}${path}?${presignQuery({ method, host, path, query, headers }, scope)}`;
    },
    presignForm(request) {
      const { grant: { bucket, credentials }, nowMs } = request;
      const { origin, path } = store.address({ grant: request.grant });
      const fields = signForm({ ...request, bucket }, { credentials, region: store.regionOf(bucket), nowMs });
      // Without the slash SeaweedFS 4.48 answers a browser's preflight past the bucket's CORS configuration.
      return { url: `${origin}${path.replace(/\/$/, "")}/`, fields };
    },
  };
}
