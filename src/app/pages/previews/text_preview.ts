import { html } from "hono/html";
import { formatBytes, formatNumber } from "../../browser/format.js";
import type { Markup } from "../page.ts";
import { delimitedRows } from "./delimited_text.ts";
import { type FileText, MAX_TEXT_BYTES } from "./file_text.ts";
import { formatJson } from "./format_json.ts";

/** Shows a text as it is, and JSON with a line for each value. */
export function textPreview({ text, isWhole }: FileText, { isJson }: { isJson: boolean }): Markup {
  const shown = (isJson && isWhole ? formatJson(text) : undefined) ?? text;
  return html`<pre tabindex="0" aria-label="Text">${`\n${shown}`}</pre>${
    isWhole ? "" : partNote(formatBytes(MAX_TEXT_BYTES))
  }`;
}

/** Options of {@link tablePreview}. */
export interface TablePreviewOptions {
  /** Separates the fields of a row. */
  readonly delimiter: "," | "\t";
  /** Of the whole file. */
  readonly sizeBytes: number;
}

/** Shows delimited text as a table, with the first row as its heading. */
export function tablePreview({ text, isWhole }: FileText, { delimiter, sizeBytes }: TablePreviewOptions): Markup {
  const rows = delimitedRows(text, { delimiter: separatorOf(text, delimiter), maxColumns: MAX_COLUMNS });
  const head = rows.next().value ?? [];
  const shown: string[][] = [];
  let count = 0;
  for (const row of rows) {
    if (++count <= MAX_ROWS) shown.push(row);
  }
  // The last row of a text that was cut off may be incomplete.
  if (!isWhole && count > 0 && count-- === shown.length) shown.pop();
  const total = isWhole ? count : Number((count * sizeBytes / MAX_TEXT_BYTES).toPrecision(2));
  const isAll = isWhole && shown.length === count;
  return html`
    <section class="grid" tabindex="0" aria-label="Table">
      <table data-rows>
        <thead>
          <tr>${head.map((cell) => html`<th scope="col">${cell}</th>`)}</tr>
        </thead>
        <tbody>
          ${shown.map((row) => html`<tr>${row.map((cell) => html`<td>${cell}</td>`)}</tr>`)}
        </tbody>
      </table>
    </section>
    ${isAll ? "" : partNote(`${formatNumber(shown.length)} of ${isWhole ? "" : "about "}${formatNumber(total)} rows`)}
  `;
}

const MAX_ROWS = 1_000;
const MAX_COLUMNS = 200;

/** Spreadsheets put semicolons into CSV files in countries whose decimal point is a comma, and tabs if it is UTF-16. */
function separatorOf(text: string, delimiter: "," | "\t"): "," | "\t" | ";" {
  const [line = ""] = text.split(/\r?\n/, 1);
  const count = (separator: string) => line.split(separator).length;
  return delimiter === "\t" ? delimiter : ([",", ";", "\t"] as const).toSorted((a, b) => count(b) - count(a))[0] ?? ",";
}

/** Says that only the beginning is shown. */
function partNote(shown: string): Markup {
  return html`<p class="hint">Showing the first ${shown}. Download the file to see the rest.</p>`;
}
