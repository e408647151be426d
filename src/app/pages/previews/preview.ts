import { html } from "hono/html";
import type { S3Source } from "../../../types/source.ts";
import type { FileInfo } from "../../../types/files.ts";
import { formatName } from "../../browser/format.js";
import { mediaTypeByName } from "../../../operations/media_type.ts";
import { isImageType, isTextOrFilm, isTextType, mediaTypeOf } from "../../files/media_types.ts";
import { type FilePart, filePartUrl } from "../urls.ts";
import { fileIcon, icon } from "../icons.ts";
import type { Markup, OptionalMarkup } from "../page.ts";
import { type FileText, nameEncoding, readFileText } from "./file_text.ts";
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
  /** Whether to show the source of a text that could be shown formatted. Default `false`. */
  readonly showsSource?: boolean;
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
  /** The media type, by the content if the name can mean two. */
  readonly type: string | undefined;
  /** How a text is stored, unless it is UTF-8. */
  readonly encoding?: string | undefined;
}

/** Shows images, audio, video, PDF, text and tables; for other files, a link to download them. */
export async function previewOf(preview: PreviewFile): Promise<Preview> {
  const { source, file, signal } = preview;
  const type = mediaTypeOf(file);
  const mayBeText = type === undefined || isTextType(type) || isTextOrFilm(file);
  if (file.size === 0) return { content: emptyPreview(file), isEditable: mayBeText, type };
  // Files without a known type, such as `Makefile`, may be text; large ones seldom are.
  const isText = type === undefined ? file.size <= MAX_UNKNOWN_BYTES : mayBeText;
  const read = isText ? await readFileText(source, file, signal) : undefined;
  if (read) {
    const textType = type === undefined || isTextType(type) ? type : mediaTypeByName(file.name);
    const encoding = nameEncoding(read.encoding);
    return { content: await textContent(preview, read, textType), isEditable: read.isWhole, type: textType, encoding };
  }
  const mediaType = isTextOrFilm(file) ? "video/mp2t" : type;
  return { content: mediaPreview(preview, mediaType ?? ""), isEditable: false, type: mediaType };
}

async function textContent(preview: PreviewFile, read: FileText, type = ""): Promise<Markup> {
  const { name, file, showsSource = false, urlOf } = preview;
  // Its links would lead to pages that need a login.
  if (type === "text/markdown" && urlOf === undefined) {
    return await markdownPreview(read, { source: name, path: file.path }, { showsSource });
  }
  const delimiter = DELIMITERS.get(type);
  return delimiter === undefined
    ? textPreview(read, { isJson: type.endsWith("json") })
    : tablePreview(read, { delimiter, sizeBytes: file.size });
}

function mediaPreview(preview: PreviewFile, type: string): Markup {
  const { file } = preview;
  const src = partUrl(preview, "content");
  const label = formatName(file.path);
  if (isImageType(type)) return html`<img src="${src}" alt="${label}">${failureNote(preview, "picture")}`;
  if (type === "video/mp2t") return plainPreview(preview, "Browsers cannot play this kind of video.");
  if (type.startsWith("audio/")) {
    return html`<audio controls preload="metadata" src="${src}" aria-label="${label}"></audio>${
      failureNote(preview, "audio")
    }`;
  }
  if (type.startsWith("video/")) {
    return html`<video controls preload="metadata" src="${src}" aria-label="${label}"></video>${
      failureNote(preview, "video")
    }`;
  }
  return type === "application/pdf"
    ? html`<iframe src="${src}" title="${label}"></iframe>`
    : plainPreview(preview, "No preview is available for this type of file.");
}

/** Shown by the script instead of what this browser cannot show. */
function failureNote(preview: PreviewFile, what: "picture" | "audio" | "video"): Markup {
  const verb = what === "picture" ? "shown" : "played";
  const reason = "It may be damaged, or of a kind that this browser does not know.";
  return plainPreview(preview, `This ${what} cannot be ${verb} here. ${reason}`, html`hidden`);
}

/** The URL of a part of the file. */
function partUrl({ name, file: { path }, urlOf }: PreviewFile, part: FilePart): string {
  return urlOf?.(part) ?? filePartUrl(name, path, part);
}

function plainPreview(preview: PreviewFile, sentence: string, hidden: OptionalMarkup = ""): Markup {
  return html`
    <div class="plain" ${hidden}>
      ${icon(fileIcon(preview.file.path))}
      <p>${sentence}</p>
      <a class="button" href="${partUrl(preview, "download")}">Download it</a>
    </div>
  `;
}

function emptyPreview({ path }: FileInfo): Markup {
  return html`<div class="plain">${icon(fileIcon(path))}<p>This file is empty.</p></div>`;
}

const MAX_UNKNOWN_BYTES = 65_536;
const DELIMITERS = new Map<string, "," | "\t">([["text/csv", ","], ["text/tab-separated-values", "\t"]]);
