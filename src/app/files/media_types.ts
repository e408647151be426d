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
  if (isTextType(type)) return "text/plain; charset=utf-8";
  return AS_THEY_ARE.has(type) || /^(audio|video)\/[\w.+-]+$/.test(type) ? type : undefined;
}

/** Whether an `<img>` can show this type. */
export function isImageType(type: string): boolean {
  return type.startsWith("image/") && AS_THEY_ARE.has(type);
}

/** Whether files of this type are text, though some of them may turn out not to be. */
export function isTextType(type: string): boolean {
  return /^(text|message)\//.test(type) || /^application\/[\w.-]+\+(json|xml|yaml)$/.test(type) || TEXT.has(type);
}

/** Whether only the content tells a text, as TypeScript is, from a film: the MPEG-2 transport stream. */
export function isTextOrFilm({ name }: Pick<NamedFile, "name">): boolean {
  return /\.[cm]?ts$/i.test(name);
}

/** Text that is not `text/…`, by any of the names that browsers and clients store it with. */
const TEXT = new Set(
  [
    ...["json", "json5", "jsonl", "jsonlines", "ndjson", "xml", "xml-dtd", "yaml", "toml", "sql", "graphql"],
    ...["javascript", "ecmascript", "typescript", "php", "httpd-php", "perl", "python", "ruby", "lua", "tcl", "dart"],
    ...["sh", "csh", "shellscript", "bat", "powershell", "tex", "latex", "bibtex", "troff", "desktop"],
    ...["subrip", "mpegurl", "vnd.apple.mpegurl", "mbox", "n-triples", "n-quads", "trig", "sparql-query"],
    ...["pem-file", "pem-certificate-chain", "x509-ca-cert", "x509-user-cert", "pkix-cert", "pkcs10"],
    ...["pgp-keys", "pgp-signature", "pgp-encrypted", "ns-proxy-autoconfig"],
  ].flatMap((name) => [`application/${name}`, `application/x-${name}`])
    .concat(["audio/mpegurl", "audio/x-mpegurl", "audio/x-scpls"]),
);

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
