/** Options of {@link delimitedRows}. */
export interface DelimitedOptions {
  /** Separates the fields of a row. */
  readonly delimiter: "," | "\t" | ";";
  /** Leaves out further fields of a row. */
  readonly maxColumns: number;
}

/**
 * Reads the rows of delimited text: https://www.rfc-editor.org/rfc/rfc4180. It accepts malformed text too: a quote
 * inside an unquoted field is text, and an unclosed quote extends to the end.
 */
export function* delimitedRows(
  text: string,
  { delimiter, maxColumns }: DelimitedOptions,
): Generator<string[], undefined> {
  const plainEnd = delimiter === "\t" ? /[\t\r\n]/g : delimiter === "," ? /[,\r\n]/g : /[;\r\n]/g;
  let at = text.startsWith("\uFEFF") ? 1 : 0;
  while (at < text.length) {
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
    yield row;
  }
}

/** A quoted field, and the index behind its closing quote. */
function readQuoted(text: string, start: number): [string, number] {
  for (let end = text.indexOf('"', start + 1); end >= 0; end = text.indexOf('"', end + 2)) {
    if (text[end + 1] !== '"') return [text.slice(start + 1, end).replaceAll('""', '"'), end + 1];
  }
  return [text.slice(start + 1).replaceAll('""', '"'), text.length];
}
