/** What {@link readDelimited} needs to know. */
export interface DelimitedOptions {
  /** What stands between two fields. */
  readonly delimiter: "," | "\t" | ";";
  /** Rows after that are not read. */
  readonly maxRows: number;
  /** Fields of a row after that are left out. */
  readonly maxColumns: number;
}

/**
 * The rows of a table in text, in the way of https://www.rfc-editor.org/rfc/rfc4180. What breaks its rules is taken as it stands: a quote
 * within a field is text, one that never ends takes the rest.
 */
export function readDelimited(text: string, { delimiter, maxRows, maxColumns }: DelimitedOptions): string[][] {
  const rows: string[][] = [];
  const plainEnd = delimiter === "\t" ? /[\t\r\n]/g : delimiter === "," ? /[,\r\n]/g : /[;\r\n]/g;
  let at = text.startsWith("\uFEFF") ? 1 : 0;
  while (at < text.length && rows.length < maxRows) {
    const row: string[] = [];
    for (;;) {
      let field = "";
      if (text[at] === '"') {
        [field, at] = readQuoted(text, at);
      }
      plainEnd.lastIndex = at;
      const end = plainEnd.exec(text)?.index ?? text.length;
      if (row.length < maxColumns) row.push(field + text.slice(at, end));
      at = end;
      if (text[at] !== delimiter) break;
      at++;
    }
    at += text.startsWith("\r\n", at) ? 2 : 1;
    rows.push(row);
  }
  return rows;
}

/** A field in quotes, and where it ends. */
function readQuoted(text: string, start: number): [string, number] {
  for (let end = text.indexOf('"', start + 1); end >= 0; end = text.indexOf('"', end + 2)) {
    if (text[end + 1] !== '"') return [text.slice(start + 1, end).replaceAll('""', '"'), end + 1];
  }
  return [text.slice(start + 1).replaceAll('""', '"'), text.length];
}
