/** What people call files of some types, besides folders. */
export type FileKind = "picture" | "video" | "audio" | "document" | "sheet" | "archive" | "code" | "text";

/** The kind of a file by the ending of its name, since a listing says nothing about types; `undefined` for others. */
export function fileKindOf(name: string): FileKind | undefined {
  return BY_EXTENSION.get(name.slice(name.lastIndexOf(".") + 1).toLowerCase());
}

const EXTENSIONS: Readonly<Record<FileKind, string>> = {
  picture: "ai arw avif bmp cr2 cr3 dng eps gif heic heif ico jpeg jpg jxl nef png psd raw svg tif tiff webp",
  video: "3gp avi flv m2ts m4v mkv mov mp4 mpeg mpg mts ogv webm wmv",
  audio: "aac aif aiff flac m4a mid midi mp3 oga ogg opus wav weba wma",
  document: "doc docm docx dot dotx epub key odp odt pages pdf pot potx ppt pptm pptx rtf tex",
  sheet: "csv numbers ods parquet tsv xls xlsb xlsm xlsx",
  archive: "7z br bz2 dmg gz iso jar lz4 rar tar tbz2 tgz txz xz zip zst",
  code:
    "bash bat c cc clj cpp cs css dart diff ex go h hpp hs htm html ipynb java js json jsonl jsx kt less lua mjs patch php pl ps1 py r rb rs sass scala scss sh sql svelte swift tf toml ts tsx vue wasm xml xsd xsl yaml yml",
  text: "adoc cfg conf env eml ics ini log markdown md org pem properties rst srt text txt vtt",
};

const BY_EXTENSION: ReadonlyMap<string, FileKind> = new Map(
  Object.entries(EXTENSIONS).flatMap(([kind, extensions]) =>
    extensions.split(" ").map((extension): [string, FileKind] => [extension, kind as FileKind])
  ),
);
