import { ServiceError } from "../errors.ts";
import { childElement, type XmlElement } from "./xml/xml.ts";

/** The error for a response that breaks S3's protocol. The client adds the operation to its message. */
export function invalidResponse(reason: string): ServiceError {
  return new ServiceError(`the response cannot be used: ${reason}`, { code: "InvalidResponse" });
}

/**
 * Checks that a document says that a file was stored: a login page may be XML, too.
 *
 * @throws {ServiceError} If it neither has that name nor an ETag.
 */
export function assertStored(root: XmlElement, name: string): void {
  if (root.name !== name && childElement(root, "ETag") === undefined) throw invalidResponse(`it is not a ${name}`);
}
