import { ConfigError } from "../errors.ts";
import { isBucketName } from "../s3/endpoint.ts";
import type { Grant } from "../s3/grant.ts";
import { isCredential } from "../s3/headers.ts";
import { pathProblem, toPrefix } from "../s3/keys.ts";
import type { Credentials, ProvidedGrant } from "../types/config.ts";

/** Bucket and prefix of a grant that does not name its own. */
export interface DefaultLocation {
  readonly bucket?: string | undefined;
  readonly prefix: string;
}

/**
 * Makes a grant of a provider's result. Providers are the application's own and often pass on JSON, so everything is
 * checked.
 *
 * @throws {ConfigError} If it cannot be used. The message does not quote values, which may be keys.
 */
export function readProvidedGrant(provided: ProvidedGrant, location: DefaultLocation): Grant {
  if (typeof provided !== "object" || provided === null) throw unusable("it is not an object");
  const bucket = provided.bucket ?? location.bucket;
  const prefix = provided.prefix ?? location.prefix;
  if (bucket === undefined) throw unusable("neither it nor the configuration names a bucket");
  if (typeof bucket !== "string" || !isBucketName(bucket)) throw unusable("its bucket is not a valid bucket name");
  const problem = pathProblem(prefix);
  if (problem !== undefined) throw unusable(`its prefix cannot be used: ${problem}`);
  const credentials = readCredentials(provided.credentials);
  return { credentials, bucket, prefix: toPrefix(prefix), expiration: readExpiration(provided) };
}

function readCredentials(credentials: Credentials): Credentials {
  if (typeof credentials !== "object" || credentials === null) throw unusable("it has no credentials");
  const { accessKeyId, secretAccessKey, sessionToken } = credentials;
  // JSON leaves a token out in these ways.
  const hasToken = sessionToken !== undefined && sessionToken !== null && sessionToken !== "";
  if (typeof secretAccessKey !== "string" || secretAccessKey === "") throw unusable("its secretAccessKey is missing");
  for (const [name, value] of Object.entries({ accessKeyId, ...hasToken && { sessionToken } })) {
    if (value === undefined || value === null) throw unusable(`its ${name} is missing`);
    if (typeof value !== "string" || !isCredential(value)) {
      throw unusable(`its ${name} must be printable ASCII without spaces`);
    }
  }
  return { accessKeyId, secretAccessKey, ...hasToken && { sessionToken } };
}

function readExpiration({ expiration }: ProvidedGrant): number {
  if (expiration === undefined || expiration === null) return Infinity;
  if (!(expiration instanceof Date)) throw unusable("its expiration is not a Date");
  if (Number.isNaN(expiration.getTime())) throw unusable("its expiration is not a valid date");
  return expiration.getTime();
}

function unusable(reason: string): ConfigError {
  return new ConfigError(`Cannot use the provided grant: ${reason}`, { code: "InvalidGrant" });
}
