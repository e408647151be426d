import { html, raw } from "hono/html";
import type { Markup } from "../page.ts";
import { fileUrl } from "../urls.ts";
import type { FileText } from "./file_text.ts";
import type { MarkdownPlace } from "./markdown_links.ts";
import { textPreview } from "./text_preview.ts";

/** Shows Markdown rendered, or its source, with a link to the other. */
export async function markdownPreview(
  read: FileText,
  place: MarkdownPlace,
  { showsSource }: { showsSource: boolean },
): Promise<Markup> {
  const { renderMarkdown } = await import("./markdown.ts");
  const isShort = read.isWhole && read.text.length <= MAX_MARKDOWN_LENGTH;
  const rendered = isShort ? renderMarkdown(read.text, { place }) : undefined;
  const source = textPreview(read, { isJson: false });
  if (rendered === undefined) {
    return html`${source}<p class="hint">This is too large or too complex to be shown formatted.</p>`;
  }
  const url = fileUrl(place.source, place.path);
  const tab = (label: string, href: string, isCurrent: boolean) =>
    html`<a class="button small" href="${href}" aria-current="${`${isCurrent}`}">${label}</a>`;
  return html`
    <div class="preview-tabs" role="group" aria-label="Show as">
      ${tab("Formatted", url, !showsSource)}${tab("Source", `${url}?view=source`, showsSource)}
    </div>
    ${showsSource ? source : html`<div class="rendered">${raw(rendered)}</div>`}
  `;
}

/** In characters. Longer texts are seldom documents. */
const MAX_MARKDOWN_LENGTH = 262_144;
