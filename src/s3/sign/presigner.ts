import { toBase64 } from "../../hash/hash.ts";
import type { Grant } from "../grant.ts";
import type { Store } from "../store.ts";
import { presignQuery, signingFields, type SigningScope, signPolicy } from "./sign.ts";

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

/** A form that stores one file. */
export interface PostForm {
  /** Bucket name. */
  readonly bucket: string;
  /** What it has to send just so, the key among them. */
  readonly fields: Readonly<Record<string, string>>;
  /** The least and the most bytes of the file. */
  readonly lengthRange: readonly [number, number];
  /** Seconds from the time of signing. */
  readonly expiresInSeconds: number;
}

/**
 * Signs a form with which a browser stores a file. Its policy allows these fields with these values and no others.
 * https://docs.aws.amazon.com/AmazonS3/latest/API/sigv4-HTTPPOSTConstructPolicy.html
 *
 * @returns All fields but the file itself, which has to be the last.
 */
export function signForm(form: PostForm, scope: SigningScope): Record<string, string> {
  const fields = { ...form.fields, ...signingFields(scope) };
  const policy = JSON.stringify({
    expiration: new Date(scope.nowMs + form.expiresInSeconds * 1000).toISOString(),
    conditions: [
      { bucket: form.bucket },
      ...Object.entries(fields).map(([name, value]) => ({ [name]: value })),
      ["content-length-range", ...form.lengthRange],
    ],
  });
  // S3 wants a dollar sign in a value escaped; this escape is one that JSON knows as well.
  const encoded = toBase64(new TextEncoder().encode(policy.replaceAll("$", "\\u0024")));
  return { ...fields, policy: encoded, "x-amz-signature": signPolicy(encoded, scope) };
}
