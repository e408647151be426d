import { html } from "hono/html";
import type { Markup } from "../page.ts";
import { type FileText, MAX_TEXT_BYTES } from "./file_text.ts";
import { formatBytes } from "../format.ts";
import { formatJson } from "./format_json.ts";

/** Shows a text as it is, and JSON with a line for each value. */
export function textPreview({ text, isWhole }: FileText, { isJson }: { isJson: boolean }): Markup {
  const shown = (isJson && isWhole ? formatJson(text) : undefined) ?? text;
  return html`${preformatted(shown)}${isWhole ? "" : partNote(formatBytes(MAX_TEXT_BYTES))}`;
}

/** Says that only the beginning is shown. */
export function partNote(shown: string): Markup {
  return html`<p class="hint">Only the first ${shown} are shown. Download the file to see the rest.</p>`;
}

function preformatted(text: string): Markup {
  // HTML drops a line break at the beginning of `<pre>`.
  return html`<pre tabindex="0" aria-label="Text">${`\n${text}`}</pre>`;
}
