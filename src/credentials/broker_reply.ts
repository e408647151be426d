import { CredentialsError } from "../errors.ts";
import { bucketNameProblem } from "../s3/bucket_name.ts";
import type { Grant } from "../s3/grant.ts";
import { isCredential, isSecretKey } from "../s3/headers.ts";
import { assertFolderPath, toPrefix } from "../s3/keys.ts";
import type { ScopedCredentials } from "../types/config.ts";
import { isLongEnough } from "../text/secret_patterns.ts";

/** Credentials of a broker. */
export interface BrokerReply extends ScopedCredentials {
  readonly sessionToken: string;
  readonly expiration: Date;
  readonly bucket: string;
  readonly prefix: string;
}

/**
 * Reads the JSON reply of a credentials broker. Errors name the field, but do not quote it: the text holds keys.
 *
 * @param how `secret`: what was sent to the broker. `bucketProblem`: why the store cannot have a bucket of a name.
 * `mediaType`: the reply's Content-Type, which is quoted if it is not JSON.
 * @throws {CredentialsError} If it is not JSON, lacks a field, or has an unusable one.
 */
export function readBrokerReply(
  text: string,
  { secret = "", bucketProblem, mediaType }: {
    readonly secret?: string;
    readonly bucketProblem?: ((name: string) => string | undefined) | undefined;
    readonly mediaType?: string | null;
  } = {},
): BrokerReply {
  const reply = parseObject(text, mediaType);
  const accessKeyId = readCredential(reply, "AccessKeyId");
  const secretAccessKey = readField(reply, "SecretAccessKey");
  if (!isSecretKey(secretAccessKey)) {
    throw unusable("SecretAccessKey", "it has a control character");
  }
  const sessionToken = readCredential(reply, "SessionToken");
  const expiration = parseExpiration(readField(reply, "Expiration"));
  const folder = readField(reply, "S3Folder");
  // Errors quote the folder.
  if ([secretAccessKey, sessionToken, secret].some((key) => isLongEnough(key) && folder.includes(key))) {
    throw unusable("S3Folder", "it contains a key or the secret");
  }
  return { accessKeyId, secretAccessKey, sessionToken, expiration, ...parseS3Folder(folder, bucketProblem) };
}

/**
 * Reads an `Expiration`: ISO 8601, in UTC if it has no zone, as Python's `datetime.isoformat()` leaves it out.
 *
 * @throws {CredentialsError} If it is not such a time.
 */
export function parseExpiration(text: string): Date {
  const match = ISO_8601.exec(text);
  const [, date = "", time = "", fraction = "", zone = "Z"] = match ?? [];
  const expiration = new Date(`${date}T${time}${fraction.slice(0, 4)}${zone}`);
  // `Date` reads 31 February as a day in March.
  const isRealDay = new Date(`${date}T00:00:00Z`).toJSON()?.startsWith(date) ?? false;
  if (!match || !isRealDay || Number.isNaN(expiration.getTime())) {
    throw unusable("Expiration", "it is not an ISO 8601 time");
  }
  return expiration;
}

const ISO_8601 = /^(\d{4}-\d\d-\d\d)[T ](\d\d:\d\d:\d\d)(\.\d+)?(Z|[+-]\d\d:\d\d)?$/;

/**
 * Reads an `S3Folder`: `s3://bucket/prefix/`, where the last slash and the prefix are optional.
 *
 * @throws {CredentialsError} If it is not such a URL, or has a query, fragment, port or user name.
 */
export function parseS3Folder(
  folder: string,
  bucketProblem = bucketNameProblem,
): Pick<Grant, "bucket" | "prefix"> {
  // Not with `URL`, which would resolve dot segments and percent-encode the rest.
  if (!folder.startsWith("s3://")) throw unusableFolder(folder, "it is not an s3:// URL");
  if (/[?#]/.test(folder)) throw unusableFolder(folder, "it has a query or a fragment");
  const [bucket = "", ...segments] = folder.slice("s3://".length).split("/");
  if (bucket.includes("@")) throw unusableFolder("s3://…", "it has a user name");
  if (bucket.includes(":")) throw unusableFolder(folder, "it has a port");
  if (bucketProblem(bucket) !== undefined) throw unusableFolder(folder, "its bucket name is not valid");
  const path = segments.join("/");
  try {
    assertFolderPath(path);
  } catch (cause) {
    throw unusableFolder(folder, "its prefix breaks the path rules", cause);
  }
  return { bucket, prefix: toPrefix(path) };
}

function parseObject(text: string, mediaType: string | null | undefined): Record<string, unknown> {
  let reply: unknown;
  try {
    reply = JSON.parse(text);
  } catch {
    // Without the cause: its message quotes the text.
    const type = /^[\w.+/-]{1,60}/.exec(mediaType ?? "")?.[0];
    const but = type === undefined || type.includes("json") ? "" : `, but ${type}`;
    throw new CredentialsError(`Cannot use the broker's reply: it is not JSON${but}`, { code: "InvalidReply" });
  }
  if (typeof reply !== "object" || reply === null || Array.isArray(reply)) {
    throw new CredentialsError("Cannot use the broker's reply: it is not a JSON object", { code: "InvalidReply" });
  }
  return reply as Record<string, unknown>;
}

function readField(reply: Record<string, unknown>, name: string): string {
  const value = reply[name];
  if (value === undefined) throw unusable(name, "it is missing");
  if (typeof value !== "string" || value === "") throw unusable(name, "it must be a non-empty string");
  return value;
}

function readCredential(reply: Record<string, unknown>, name: string): string {
  const value = readField(reply, name);
  if (!isCredential(value)) throw unusable(name, "it must be printable ASCII without spaces");
  return value;
}

function unusable(field: string, reason: string): CredentialsError {
  return new CredentialsError(`Cannot use the field "${field}" of the broker's reply: ${reason}`, {
    code: "InvalidReply",
  });
}

function unusableFolder(folder: string, reason: string, cause?: unknown): CredentialsError {
  const shown = JSON.stringify(folder.slice(0, 200));
  return new CredentialsError(`Cannot use the S3Folder ${shown}: ${reason}`, { code: "InvalidReply", cause });
}
