import { html } from "hono/html";
import type { S3Source } from "../../../types/source.ts";
import type { FileInfo } from "../../../types/files.ts";
import { formatName } from "../../browser/format.js";
import { isImageType, mediaTypeOf } from "../../files/media_types.ts";
import { type FilePart, filePartUrl } from "../urls.ts";
import { fileIcon, icon } from "../icons.ts";
import type { Markup } from "../page.ts";
import { readFileText } from "./file_text.ts";
import { tablePreview, textPreview } from "./text_preview.ts";

/** The file to preview. */
export interface PreviewFile {
  /** The source's name. */
  readonly name: string;
  /** Holds the file. */
  readonly source: S3Source;
  /** Its facts. */
  readonly file: FileInfo;
  /** Cancels. */
  readonly signal: AbortSignal;
  /** Where the file is, for people who see it through a link. Default: in its source. */
  readonly urlOf?: ((part: FilePart) => string) | undefined;
}

/** The preview of a file. */
export interface Preview {
  /** HTML for the page. */
  readonly content: Markup;
  /** Whether the file is a text that can be edited here. */
  readonly isEditable: boolean;
}

/** Shows images, audio, video, PDF, text and tables; for other files, a link to download them. */
export async function previewOf(preview: PreviewFile): Promise<Preview> {
  const { source, file, signal } = preview;
  const type = mediaTypeOf(file);
  const media = type === undefined ? undefined : mediaPreview(preview, type);
  if (media) return { content: media, isEditable: false };
  // Files without a known type, such as `Makefile`, may be text; large ones seldom are.
  const isText = type === undefined ? file.size <= MAX_UNKNOWN_BYTES : TEXT_TYPE.test(type);
  const read = isText ? await readFileText(source, file, signal) : undefined;
  if (!read) return { content: plainPreview(preview), isEditable: false };
  const delimiter = DELIMITERS.get(type ?? "");
  const content = delimiter === undefined
    ? textPreview(read, { isJson: type?.endsWith("json") ?? false })
    : tablePreview(read, delimiter);
  return { content, isEditable: read.isWhole };
}

function mediaPreview(preview: PreviewFile, type: string): Markup | undefined {
  const { file } = preview;
  const src = partUrl(preview, "content");
  const label = formatName(file.path);
  if (isImageType(type)) return html`<img src="${src}" alt="${label}">`;
  if (type.startsWith("audio/")) {
    return html`<audio controls preload="metadata" src="${src}" aria-label="${label}"></audio>`;
  }
  if (type.startsWith("video/")) {
    return html`<video controls preload="metadata" src="${src}" aria-label="${label}"></video>`;
  }
  return type === "application/pdf" ? html`<iframe src="${src}" title="${label}"></iframe>` : undefined;
}

/** The URL of a part of the file. */
function partUrl({ name, file: { path }, urlOf }: PreviewFile, part: FilePart): string {
  return urlOf?.(part) ?? filePartUrl(name, path, part);
}

function plainPreview(preview: PreviewFile): Markup {
  return html`
    <div class="plain">
      ${icon(fileIcon(preview.file.path))}
      <p>No preview is available for this type of file.</p>
      <a class="button" href="${partUrl(preview, "download")}">Download it</a>
    </div>
  `;
}

const MAX_UNKNOWN_BYTES = 65_536;
const TEXT_TYPE = /^(text\/.*|application\/([\w.-]+\+)?(json|xml|yaml|javascript|toml|sql|x-sh|x-ndjson))$/;
const DELIMITERS = new Map<string, "," | "\t">([["text/csv", ","], ["text/tab-separated-values", "\t"]]);
