import { show } from "../errors.ts";
import type { R2Config } from "./broker_options.ts";
import { isLoopback } from "../s3/endpoint.ts";

/** Why a text cannot be the URL of an issuer. https://openid.net/specs/openid-connect-core-1_0.html#IssuerIdentifier */
export function issuerProblem(text: string): string | undefined {
  return httpsProblem(text) ?? (/[?#]/.test(text) ? "it has a query or a fragment" : undefined);
}

/** Why a text cannot be a URL that keys are fetched from, or a secret is sent to. */
export function httpsProblem(text: string): string | undefined {
  const url = URL.parse(text);
  if (!url || !/^https?:$/.test(url.protocol)) return "it is not an https: URL";
  if (url.username || url.password) return "it has a user name or a password";
  if (url.protocol === "http:" && !isLoopback(url.hostname)) {
    return `${show(url.host)} would be asked without encryption; only this machine's own addresses may have http:`;
  }
  return undefined;
}

/** The address of an R2 account's buckets. https://developers.cloudflare.com/r2/api/tokens/ */
export function r2EndpointUrl({ accountId, jurisdiction }: Pick<R2Config, "accountId" | "jurisdiction">): string {
  return `https://${accountId}${jurisdiction === undefined ? "" : `.${jurisdiction}`}.r2.cloudflarestorage.com`;
}

/** Why a text cannot be what a token's claim has to be. */
export function withoutStar(text: string): string | undefined {
  if (!text.includes("*")) return undefined;
  return `${show(text)} has a "*", and values are compared exactly; list them, or use a claim that they share`;
}

/** Why a value cannot be the end of a secret's life. YAML reads dates as `Date`. */
export function dateProblem(value: unknown): string | undefined {
  if (value instanceof Date) return Number.isNaN(value.getTime()) ? EXPECTS_DATE : undefined;
  if (typeof value !== "string") return EXPECTS_DATE;
  const [, date = "", time, zone] = ISO_8601.exec(value) ?? [];
  // `Date` takes 30 February for 2 March.
  const isDay = !Number.isNaN(Date.parse(date)) && new Date(date).toISOString().startsWith(date);
  if (!isDay || Number.isNaN(Date.parse(value))) return EXPECTS_DATE;
  return time !== undefined && zone === undefined ? `it has no zone; write "${date}${time}Z" for UTC` : undefined;
}

const EXPECTS_DATE = "it must be a date such as 2026-10-01, or a time such as 2026-10-01T12:00:00Z";
const ISO_8601 = /^(\d{4}-\d\d-\d\d)(?:(T\d\d:\d\d(?::\d\d(?:\.\d+)?)?)(Z|[+-]\d\d:\d\d)?)?$/;

/** Why a text cannot be the value of a session tag. https://docs.aws.amazon.com/STS/latest/APIReference/API_Tag.html */
export function tagProblem(text: string): string | undefined {
  if (text.length > 256) return `it has ${text.length} characters, and AWS takes 256 at most`;
  return TAG_CHARACTERS.test(text) ? undefined : `AWS takes letters, digits, spaces and _.:/=+-@ only`;
}

/** Why session tags cannot have these names, by name. */
export function tagNameProblem(name: string): string | undefined {
  if (name.length > 128) return `its name has ${name.length} characters, and AWS takes 128 at most`;
  if (/^aws:/i.test(name)) return 'its name begins with "aws:", which AWS keeps for itself';
  return TAG_CHARACTERS.test(name) ? undefined : "in names AWS takes letters, digits, spaces and _.:/=+-@ only";
}

const TAG_CHARACTERS = /^[\p{L}\p{Z}\p{N}_.:/=+\-@]*$/u;

/** Why a text cannot be the ARN of a KMS key. https://docs.aws.amazon.com/kms/latest/developerguide/concepts.html */
export function kmsKeyProblem(text: string): string | undefined {
  if (/^arn:aws[a-z-]*:kms:[a-z0-9-]+:\d{12}:key\/[\w-]+$/.test(text)) return undefined;
  return /:alias\//.test(text)
    ? "it is an alias, which policies cannot name; write the ARN of the key"
    : "it is not the ARN of a KMS key, such as arn:aws:kms:eu-west-1:123456789012:key/…";
}
