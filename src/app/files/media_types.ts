import { mediaTypeByName } from "../../operations/media_type.ts";

/** A file; `contentType`: the stored media type, if it is known. */
interface NamedFile {
  readonly name: string;
  readonly contentType?: string;
}

/**
 * The media type of a file: the stored one unless it is generic, or the one for its name; `undefined` if both are
 * unknown.
 */
export function mediaTypeOf({ name, contentType = "" }: NamedFile): string | undefined {
  const [stored = ""] = contentType.toLowerCase().split(";");
  return GENERIC.has(stored.trim()) ? mediaTypeByName(name) : stored.trim();
}

/** The media type for records: the stored one with its parameters, unless only the name says more. */
export function contentTypeOf(file: NamedFile): string | undefined {
  const type = mediaTypeOf(file);
  return type !== undefined && !file.contentType?.toLowerCase().startsWith(type) ? type : file.contentType;
}

/**
 * The type to show a file as in a browser so that it cannot run: images, audio, video and PDF as they are, and any text
 * as plain text; `undefined` for files that can only be saved.
 */
export function inlineTypeOf(file: NamedFile): string | undefined {
  const type = mediaTypeOf(file);
  if (type === undefined) return undefined;
  if (AS_THEY_ARE.has(type) || /^(audio|video)\/[\w.+-]+$/.test(type)) return type;
  return isTextType(type) ? "text/plain; charset=utf-8" : undefined;
}

/** Whether an `<img>` can show this type. */
export function isImageType(type: string): boolean {
  return type.startsWith("image/") && AS_THEY_ARE.has(type);
}

function isTextType(type: string): boolean {
  return type.startsWith("text/") ||
    /^application\/([\w.-]+\+)?(json|xml|yaml|javascript|toml|sql|x-sh|x-ndjson)$/.test(type);
}

/** Types of stores and clients for unknown content. */
const GENERIC = new Set([
  "",
  "application/octet-stream",
  "binary/octet-stream",
  "application/x-www-form-urlencoded",
]);

const AS_THEY_ARE = new Set([
  "application/pdf",
  "image/avif",
  "image/bmp",
  "image/gif",
  "image/jpeg",
  "image/png",
  "image/svg+xml",
  "image/webp",
  "image/x-icon",
]);
