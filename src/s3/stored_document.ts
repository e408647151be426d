import { invalidResponse } from "./invalid_response.ts";
import { childElement, type XmlElement } from "./xml/xml.ts";

/**
 * Checks that a document says that a file was stored: a login page may be XML, too.
 *
 * @throws {ServiceError} If it neither has that name nor an ETag.
 */
export function assertStored(root: XmlElement, name: string): void {
  if (root.name !== name && childElement(root, "ETag") === undefined) throw invalidResponse(`it is not a ${name}`);
}
