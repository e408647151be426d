import { JOSEError } from "jose/errors";
import { AuthorizationResponseError, OperationProcessingError, ResponseBodyError } from "oauth4webapi";
import { LoginFailure } from "./login_failure.ts";

/** A failure without the answer that caused it. */
export function toFailure(error: unknown): LoginFailure {
  if (error instanceof LoginFailure) return error;
  if (error instanceof AuthorizationResponseError) {
    return new LoginFailure(`it refuses: ${nameOf(error.error)}`, { isRefused: true });
  }
  if (error instanceof ResponseBodyError) return new LoginFailure(`it refuses: ${nameOf(error.error)}`);
  if (error instanceof OperationProcessingError || error instanceof JOSEError) {
    const isOutage = error instanceof OperationProcessingError && error.code === "OAUTH_RESPONSE_IS_NOT_CONFORM";
    return new LoginFailure(error.message, { isOutage });
  }
  const reason = error instanceof RangeError ? error.message : "it does not answer";
  return new LoginFailure(reason, { isOutage: true });
}

/** An error's name in OAuth: https://www.rfc-editor.org/rfc/rfc6749#section-5.2 */
function nameOf(error: string): string {
  return /^[\w.-]{1,50}$/.test(error) ? error : "for an unknown reason";
}
