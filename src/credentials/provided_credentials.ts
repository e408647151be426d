import { ConfigError } from "../errors.ts";
import type { Grant } from "../s3/grant.ts";
import { isCredential, isSecretKey } from "../s3/headers.ts";
import { pathProblem, toPrefix } from "../s3/keys.ts";
import type { Credentials, ScopedCredentials } from "../types/config.ts";

/** Bucket and prefix of credentials that do not name their own. */
export interface DefaultLocation {
  readonly bucket?: string | undefined;
  readonly prefix: string;
  /** Why the store cannot have a bucket of a name. */
  readonly bucketProblem: (name: string) => string | undefined;
  /** Why the store's URL cannot be right with a bucket. */
  readonly urlProblem?: (bucket: string) => string | undefined;
}

/**
 * Makes a grant of a provider's result. Providers are the application's own and often pass on JSON, so everything is
 * checked; properties that are not ours, such as the AWS SDK's `accountId`, are left out.
 *
 * @throws {ConfigError} If it cannot be used. The message does not quote values, which may be keys.
 */
export function toGrant(provided: ScopedCredentials, location: DefaultLocation): Grant {
  if (typeof provided !== "object" || provided === null) throw unusable("it is not an object");
  const bucket = provided.bucket ?? location.bucket;
  const prefix = provided.prefix ?? location.prefix;
  if (bucket === undefined) throw unusable("neither it nor the configuration names a bucket");
  if (typeof bucket !== "string" || location.bucketProblem(bucket) !== undefined) {
    throw unusable("its bucket is not a valid bucket name");
  }
  const urlProblem = location.urlProblem?.(bucket);
  if (urlProblem !== undefined) throw unusable(`the "endpointUrl" does not fit their bucket: ${urlProblem}`);
  const problem = pathProblem(prefix);
  if (problem !== undefined) throw unusable(`its prefix cannot be used: ${problem}`);
  return { credentials: readKeys(provided), bucket, prefix: toPrefix(prefix), expiration: readExpiration(provided) };
}

function readKeys({ accessKeyId, secretAccessKey, sessionToken }: ScopedCredentials): Credentials {
  // JSON leaves a token out in these ways.
  const hasToken = sessionToken !== undefined && sessionToken !== null && sessionToken !== "";
  for (const [name, value] of Object.entries({ accessKeyId, secretAccessKey, ...hasToken && { sessionToken } })) {
    if (value === undefined || value === null || value === "") throw unusable(`it has no ${name}; ${SHAPE}`);
    const isSecret = name === "secretAccessKey";
    if (typeof value === "string" && (isSecret ? isSecretKey(value) : isCredential(value))) continue;
    throw unusable(`its ${name} ${isSecret ? SECRET_RULE : "must be printable ASCII without spaces"}`);
  }
  return { accessKeyId, secretAccessKey, ...hasToken && { sessionToken } };
}

function readExpiration({ expiration }: ScopedCredentials): number {
  if (expiration === undefined || expiration === null) return Infinity;
  if (!(expiration instanceof Date)) throw unusable("its expiration is not a Date");
  if (Number.isNaN(expiration.getTime())) throw unusable("its expiration is not a valid date");
  return expiration.getTime();
}

const SECRET_RULE = "must be a string without control characters";
const SHAPE =
  "a provider returns { accessKeyId, secretAccessKey } and, where they apply, sessionToken, expiration, bucket, prefix";

function unusable(reason: string): ConfigError {
  return new ConfigError(`Cannot use the provided credentials: ${reason}`, { code: "InvalidCredentials" });
}
