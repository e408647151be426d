import { BrokerError } from "../errors.ts";
import { isCredential } from "../s3/headers.ts";
import type { ProvidedGrant } from "../types/config.ts";
import { isLongEnough } from "../text/safe_text.ts";
import { parseS3Folder } from "./s3_folder.ts";

/**
 * Reads the JSON a credentials broker answers with. What is wrong with it is told by field name only: the text holds keys.
 *
 * @param secret What the broker was asked with.
 * @throws {BrokerError} If it is not JSON, lacks a field, or a field cannot be used.
 */
export function readBrokerReply(text: string, secret = ""): Required<ProvidedGrant> {
  const reply = parseObject(text);
  const accessKeyId = readCredential(reply, "AccessKeyId");
  const secretAccessKey = readField(reply, "SecretAccessKey");
  const sessionToken = readCredential(reply, "SessionToken");
  const expiration = parseExpiration(readField(reply, "Expiration"));
  const folder = readField(reply, "S3Folder");
  // Errors quote the folder.
  if ([secretAccessKey, sessionToken, secret].some((key) => isLongEnough(key) && folder.includes(key))) {
    throw unusable("S3Folder", "it has a key or the secret in it");
  }
  const { bucket, prefix } = parseS3Folder(folder);
  return { credentials: { accessKeyId, secretAccessKey, sessionToken }, expiration, bucket, prefix };
}

/**
 * Reads an `Expiration`: ISO 8601; without a zone it is UTC, as Python's `datetime.isoformat()` leaves it out.
 *
 * @throws {BrokerError} If it is not such a time.
 */
export function parseExpiration(text: string): Date {
  const match = ISO_8601.exec(text);
  const [, date = "", time = "", fraction = "", zone = "Z"] = match ?? [];
  const expiration = new Date(`${date}T${time}${fraction.slice(0, 4)}${zone}`);
  // `Date` takes 31 February for a day in March.
  const isRealDay = new Date(`${date}T00:00:00Z`).toJSON()?.startsWith(date) ?? false;
  if (!match || !isRealDay || Number.isNaN(expiration.getTime())) {
    throw unusable("Expiration", "it is not an ISO 8601 time");
  }
  return expiration;
}

const ISO_8601 = /^(\d{4}-\d\d-\d\d)[T ](\d\d:\d\d:\d\d)(\.\d+)?(Z|[+-]\d\d:\d\d)?$/;

function parseObject(text: string): Record<string, unknown> {
  let reply: unknown;
  try {
    reply = JSON.parse(text);
  } catch {
    // Without the cause: its message quotes the text.
    throw new BrokerError("Cannot use the broker's reply: it is not JSON", { code: "InvalidReply" });
  }
  if (typeof reply !== "object" || reply === null || Array.isArray(reply)) {
    throw new BrokerError("Cannot use the broker's reply: it is not a JSON object", { code: "InvalidReply" });
  }
  return reply as Record<string, unknown>;
}

function readField(reply: Record<string, unknown>, name: string): string {
  const value = Object.hasOwn(reply, name) ? reply[name] : undefined;
  if (value === undefined) throw unusable(name, "it is missing");
  if (typeof value !== "string" || value === "") throw unusable(name, "it is not a string with something in it");
  return value;
}

function readCredential(reply: Record<string, unknown>, name: string): string {
  const value = readField(reply, name);
  if (!isCredential(value)) throw unusable(name, "it has other than printable characters without spaces");
  return value;
}

function unusable(field: string, reason: string): BrokerError {
  return new BrokerError(`Cannot use the field "${field}" of the broker's reply: ${reason}`, { code: "InvalidReply" });
}
