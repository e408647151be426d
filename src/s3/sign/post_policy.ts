import { toBase64 } from "../../hash/hash.ts";
import { signingFields, type SigningScope, signPolicy } from "./sign.ts";

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
