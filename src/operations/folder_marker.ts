import type { S3SourceError } from "../errors.ts";
import { isUnsupported } from "../s3/unsupported.ts";

/**
 * Whether the store refuses the name of a folder's marker, so that there is none. Some, as localbucket 1.2, take no key
 * that ends in `/`.
 */
export function refusesMarker(path: string, { status = 400, code }: S3SourceError): boolean {
  return path.endsWith("/") && code !== "UnexpectedStatus" && isUnsupported({ status, code });
}
