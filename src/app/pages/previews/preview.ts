import { html } from "hono/html";
import type { S3Source } from "../../../types/source.ts";
import type { FileInfo } from "../../../types/files.ts";
import { formatName } from "../../browser/format.js";
import { isImageType, mediaTypeOf } from "../../files/media_types.ts";
import { filePartUrl } from "../urls.ts";
import { fileIcon, icon } from "../icons.ts";
import type { Markup } from "../page.ts";
import { type FileText, readFileText } from "./file_text.ts";
import { markdownPreview } from "./markdown_preview.ts";
import { tablePreview, textPreview } from "./text_preview.ts";

/** The file to preview. */
export interface PreviewFile {
  /** The source's name. */
  readonly name: string;
  /** Holds the file. */
  readonly source: S3Source;
  /** Its facts. */
  readonly file: FileInfo;
  /** Whether to show the source of a text that could be shown formatted. */
  readonly showsSource: boolean;
  /** Cancels. */
  readonly signal: AbortSignal;
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
  const { name, source, file, signal } = preview;
  const type = mediaTypeOf(file);
  const media = type === undefined ? undefined : mediaPreview(preview, type);
  if (media) return { content: media, isEditable: false };
  // Files without a known type, such as `Makefile`, may be text; large ones seldom are.
  const isText = type === undefined ? file.size <= MAX_UNKNOWN_BYTES : TEXT_TYPE.test(type);
  const read = isText ? await readFileText(source, file, signal) : undefined;
  if (!read) return { content: plainPreview(name, file), isEditable: false };
  return { content: await formatted(preview, read, type), isEditable: read.isWhole };
}

async function formatted(
  { name, file, showsSource }: PreviewFile,
  read: FileText,
  type = "",
): Promise<Markup> {
  if (type === "text/markdown") return await markdownPreview(read, { source: name, path: file.path }, { showsSource });
  const delimiter = DELIMITERS.get(type);
  return delimiter === undefined
    ? textPreview(read, { isJson: type.endsWith("json") })
    : tablePreview(read, { delimiter, sizeBytes: file.size });
}

function mediaPreview({ name, file }: PreviewFile, type: string): Markup | undefined {
  const src = filePartUrl(name, file.path, "content");
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

function plainPreview(name: string, { path }: FileInfo): Markup {
  return html`
    <div class="plain">
      ${icon(fileIcon(path))}
      <p>No preview is available for this type of file.</p>
      <a class="button" href="${filePartUrl(name, path, "download")}">Download it</a>
    </div>
  `;
}

const MAX_UNKNOWN_BYTES = 65_536;
const TEXT_TYPE = /^(text\/.*|application\/([\w.-]+\+)?(json|xml|yaml|javascript|toml|sql|x-sh|x-ndjson))$/;
const DELIMITERS = new Map<string, "," | "\t">([["text/csv", ","], ["text/tab-separated-values", "\t"]]);
