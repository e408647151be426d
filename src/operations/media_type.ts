/** The media type of a file without one. */
export const DEFAULT_CONTENT_TYPE = "application/octet-stream";

/**
 * The `Content-Type` to store a file with if none is given, by its name's ending. Text is said to be UTF-8, as by rclone
 * and s5cmd: browsers would show it as Windows-1252.
 */
export function contentTypeByName(path: string): string {
  const type = mediaTypeByName(path) ?? DEFAULT_CONTENT_TYPE;
  return type.startsWith("text/") ? `${type}; charset=utf-8` : type;
}

/** The media type for the ending of a name or path, without parameters; `undefined` if that is unknown. */
export function mediaTypeByName(path: string): string | undefined {
  const [, extension = ""] = /\.([^./]+)$/.exec(path) ?? [];
  return BY_EXTENSION.get(extension.toLowerCase());
}

const EXTENSIONS: Readonly<Record<string, string>> = {
  "application/gzip": "gz tgz",
  "application/epub+zip": "epub",
  "application/json": "json geojson har ipynb map webmanifest",
  "application/mbox": "mbox",
  "application/msword": "doc",
  "application/pdf": "pdf",
  "application/rtf": "rtf",
  "application/vnd.apache.parquet": "parquet",
  "application/vnd.apple.mpegurl": "m3u8",
  "application/vnd.ms-excel": "xls",
  "application/vnd.ms-powerpoint": "ppt",
  "application/vnd.oasis.opendocument.spreadsheet": "ods",
  "application/vnd.oasis.opendocument.text": "odt",
  "application/vnd.openxmlformats-officedocument.presentationml.presentation": "pptx",
  "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet": "xlsx",
  "application/vnd.openxmlformats-officedocument.wordprocessingml.document": "docx",
  "application/vnd.rar": "rar",
  "application/wasm": "wasm",
  "application/x-7z-compressed": "7z",
  "application/x-bzip2": "bz2",
  "application/x-ndjson": "ndjson jsonl",
  "application/x-pem-file": "pem",
  "application/x-sh": "sh bash zsh",
  "application/x-subrip": "srt",
  "application/x-tar": "tar",
  "application/x-x509-ca-cert": "crt cer",
  "application/x-xz": "xz",
  "application/xml": "xml xsd xsl xslt atom gpx kml opml plist rss",
  "application/yaml": "yaml yml",
  "application/toml": "toml",
  "application/sql": "sql",
  "application/zip": "zip",
  "application/zstd": "zst",
  "audio/aac": "aac",
  "audio/aiff": "aif aiff",
  "audio/flac": "flac",
  "audio/midi": "mid midi",
  "audio/mp4": "m4a",
  "audio/mpeg": "mp3",
  "audio/mpegurl": "m3u",
  "audio/ogg": "oga ogg opus",
  "audio/wav": "wav",
  "font/otf": "otf",
  "font/ttf": "ttf",
  "font/woff": "woff",
  "font/woff2": "woff2",
  "image/avif": "avif",
  "image/bmp": "bmp",
  "image/gif": "gif",
  "image/heic": "heic",
  "image/heif": "heif",
  "image/jpeg": "jpg jpeg",
  "image/png": "png",
  "image/svg+xml": "svg",
  "image/tiff": "tif tiff",
  "image/webp": "webp",
  "image/x-icon": "ico",
  "message/rfc822": "eml mht mhtml",
  "text/calendar": "ics",
  "text/css": "css",
  "text/csv": "csv",
  "text/html": "html htm",
  "text/javascript": "js mjs cjs",
  "text/markdown": "md markdown",
  "text/plain":
    "txt text log ini cfg conf env properties nfo diff patch adoc rst org tex bib po ldif csr asc cue lrc sbv " +
    "py rb rs go java c h cc cpp hpp cs fs vb m mm swift kt kts scala groovy gradle dart lua r jl pl pm php hs ml ex exs " +
    "erl clj lisp el vim nim zig pas asm s ts cts tsx jsx vue svelte scss sass less graphql gql proto tf hcl awk bat cmd " +
    "ps1 psm1 fish cmake mk lock",
  "text/tab-separated-values": "tsv",
  "text/vcard": "vcf",
  "text/vtt": "vtt",
  "text/x-ssa": "ass ssa",
  "video/3gpp": "3gp",
  "video/mp2t": "m2t m2ts mts",
  "video/mp4": "mp4 m4v",
  "video/mpeg": "mpeg mpg",
  "video/ogg": "ogv",
  "video/quicktime": "mov",
  "video/webm": "webm",
  "video/x-matroska": "mkv",
  "video/x-ms-wmv": "wmv",
  "video/x-msvideo": "avi",
};

const BY_EXTENSION = new Map(
  Object.entries(EXTENSIONS).flatMap(([type, extensions]) =>
    extensions.split(" ").map((extension): [string, string] => [extension, type])
  ),
);
