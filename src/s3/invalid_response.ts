import { ServiceError } from "../errors.ts";

/** The error for a response that breaks S3's protocol. The client adds the operation to its message. */
export function invalidResponse(reason: string): ServiceError {
  return new ServiceError(`the response cannot be used: ${reason}`, { code: "InvalidResponse" });
}
