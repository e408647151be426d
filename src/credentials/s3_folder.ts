import { BrokerError } from "../errors.ts";
import { isBucketName } from "../s3/endpoint.ts";
import { assertFolderPath, toPrefix } from "../s3/keys.ts";

/** Where a grant applies: a bucket, and the prefix below which every key lies. */
export interface S3Location {
  /** Bucket name. */
  readonly bucket: string;
  /** Empty for the whole bucket, otherwise ends in `/`. */
  readonly prefix: string;
}

/**
 * Reads the `S3Folder` of a broker's reply.
 *
 * @param folder `s3://bucket/prefix/`; the last slash may be missing, and the prefix too.
 * @throws {BrokerError} If it is not such a URL, or carries a query, fragment, port or user name.
 */
export function parseS3Folder(folder: string): S3Location {
  const url = URL.parse(folder);
  if (!url || !folder.startsWith("s3://")) throw refusal(folder, "it is not an s3:// URL");
  if (/[?#]/.test(folder)) throw refusal(folder, "it has a query or a fragment");
  // From the text: `URL` has already resolved dot segments and percent-encoded the rest.
  const [authority = "", ...segments] = folder.slice("s3://".length).split("/");
  if (authority.includes("@") || url.username || url.password) throw refusal("s3://…", "it has a user name");
  if (authority.includes(":") || url.port) throw refusal(folder, "it has a port");
  if (!isBucketName(authority)) throw refusal(folder, "it names no valid bucket");
  const path = segments.join("/");
  try {
    assertFolderPath(path);
  } catch (cause) {
    throw refusal(folder, "its prefix breaks the path rules", cause);
  }
  return { bucket: authority, prefix: toPrefix(path) };
}

function refusal(folder: string, reason: string, cause?: unknown): BrokerError {
  const shown = JSON.stringify(folder.slice(0, 200));
  return new BrokerError(`Cannot use the S3Folder ${shown}: ${reason}`, { code: "InvalidS3Folder", cause });
}
