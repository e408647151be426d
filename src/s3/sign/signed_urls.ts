import { toBase64 } from "../../hash/hash.ts";
import type { Grant } from "../grant.ts";
import type { Store } from "../store.ts";
import { presignQuery, signingFields, signPolicy } from "./presign.ts";

/** Arguments of {@link presignUrl}. */
export interface PresignRequest {
  /** HTTP method. */
  readonly method: "GET" | "PUT";
  /** Credentials and bucket. */
  readonly grant: Grant;
  /** The object. */
  readonly key: string;
  /** Decoded names and values. */
  readonly query?: Readonly<Record<string, string>>;
  /** Headers that the sender must send with exactly these values. */
  readonly headers?: Readonly<Record<string, string>>;
  /** Seconds from `nowMs`. */
  readonly expiresInSeconds: number;
  /** Epoch milliseconds. */
  readonly nowMs: number;
}

/** Arguments of {@link presignForm}. */
export interface PresignFormRequest {
  /** Credentials and bucket. */
  readonly grant: Grant;
  /** Fields that the sender must send with exactly these values, including the key. */
  readonly fields: Readonly<Record<string, string>>;
  /** Minimum and maximum size of the file in bytes. */
  readonly lengthRange: readonly [number, number];
  /** Seconds from `nowMs`. */
  readonly expiresInSeconds: number;
  /** Epoch milliseconds. */
  readonly nowMs: number;
}

/** A URL that anyone can send. */
export function presignUrl(store: Store, request: PresignRequest): string {
  const { method, grant, query = {}, headers = {}, nowMs, expiresInSeconds } = request;
  const { origin, host, path } = store.publicAddress(request);
  const scope = { credentials: grant.credentials, region: store.regionOf(grant.bucket), nowMs, expiresInSeconds };
  const signed = { method, host, path, query: { ...query, ...store.payment }, headers };
  return `${origin}${path}?${presignQuery(signed, scope)}`;
}

/** A form that anyone can send: its URL, and its fields in order, without the file, which has to come last. */
export function presignForm(
  store: Store,
  { grant, fields, lengthRange, expiresInSeconds, nowMs }: PresignFormRequest,
): { readonly url: string; readonly fields: Record<string, string> } {
  const { bucket, credentials } = grant;
  const { origin, path } = store.publicAddress({ grant });
  const scope = { credentials, region: store.regionOf(bucket), nowMs };
  const signedFields = { ...fields, ...store.payment, ...signingFields(scope) };
  // https://docs.aws.amazon.com/AmazonS3/latest/API/sigv4-HTTPPOSTConstructPolicy.html
  const policy = JSON.stringify({
    expiration: new Date(nowMs + expiresInSeconds * 1000).toISOString(),
    conditions: [
      { bucket },
      ...Object.entries(signedFields).map(([name, value]) => ({ [name]: value })),
      ["content-length-range", ...lengthRange],
    ],
  });
  // S3 wants dollar signs in values escaped; this escape is valid JSON too.
  const encoded = toBase64(new TextEncoder().encode(policy.replaceAll("$", "\\u0024")));
  return {
    // Without the slash SeaweedFS 4.48 ignores the bucket's CORS configuration in preflight requests.
    url: `${origin}${path.replace(/\/$/, "")}/`,
    fields: { ...signedFields, policy: encoded, "x-amz-signature": signPolicy(encoded, scope) },
  };
}
