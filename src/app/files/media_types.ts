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
  return GENERIC.has(stored.trim()) ? BY_EXTENSION.get(extensionOf(name)) : stored.trim();
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

const EXTENSIONS: Readonly<Record<string, string>> = {
  "application/gzip": "gz tgz",
  "application/json": "json geojson",
  "application/pdf": "pdf",
  "application/x-ndjson": "ndjson jsonl",
  "application/x-sh": "sh bash",
  "application/xml": "xml xsd xsl",
  "application/yaml": "yaml yml",
  "application/toml": "toml",
  "application/sql": "sql",
  "application/zip": "zip",
  "audio/aac": "aac",
  "audio/flac": "flac",
  "audio/mp4": "m4a",
  "audio/mpeg": "mp3",
  "audio/ogg": "oga ogg opus",
  "audio/wav": "wav",
  "image/avif": "avif",
  "image/bmp": "bmp",
  "image/gif": "gif",
  "image/heic": "heic",
  "image/heif": "heif",
  "image/jpeg": "jpg jpeg",
  "image/png": "png",
  "image/svg+xml": "svg",
  "image/webp": "webp",
  "image/x-icon": "ico",
  "text/css": "css",
  "text/csv": "csv",
  "text/html": "html htm",
  "text/javascript": "js mjs cjs",
  "text/markdown": "md markdown",
  "text/plain": "txt text log ini cfg conf env py rb rs go java c h cc cpp hpp ts tsx jsx vue php pl r tex diff patch",
  "text/tab-separated-values": "tsv",
  "video/mp4": "mp4 m4v",
  "video/ogg": "ogv",
  "video/quicktime": "mov",
  "video/webm": "webm",
};

const BY_EXTENSION = new Map(
  Object.entries(EXTENSIONS).flatMap(([type, extensions]) =>
    extensions.split(" ").map((extension): [string, string] => [extension, type])
  ),
);

function extensionOf(name: string): string {
  return name.slice(name.lastIndexOf(".") + 1).toLowerCase();
}
