/** Where a text stops being JSON, without quoting it. https://www.rfc-editor.org/rfc/rfc8259 */
export function jsonProblem(text: string): string {
  const offset = invalidOffset(text);
  if (offset >= text.length) return text.trim() === "" ? "it is empty" : "it ends too early";
  const before = text.slice(0, offset).split("\n");
  return `it is invalid at line ${before.length}, column ${(before.at(-1)?.length ?? 0) + 1}`;
}

/** The offset of the first character that cannot be there; the text's length if something is missing at the end. */
function invalidOffset(text: string): number {
  const open: string[] = [];
  let expected: "value" | "value or end" | "name" | "name or end" | "colon" | "comma or end" = "value";
  let isWhole = false;
  for (let offset = skipSpace(text, 0); offset < text.length; offset = skipSpace(text, offset)) {
    const char = text.charAt(offset);
    if (isWhole) return offset;
    if ((char === "]" || char === "}") && expected.endsWith("or end") && open.at(-1) === char) {
      open.pop();
      expected = "comma or end";
      offset++;
    } else if (char === "," && expected === "comma or end") {
      expected = open.at(-1) === "}" ? "name" : "value";
      offset++;
    } else if (char === ":" && expected === "colon") {
      expected = "value";
      offset++;
    } else if (char === '"' && (expected.startsWith("name") || expected.startsWith("value"))) {
      const end = stringEnd(text, offset);
      if (!end.isValid) return end.offset;
      offset = end.offset;
      expected = expected.startsWith("name") ? "colon" : "comma or end";
    } else if (!expected.startsWith("value")) {
      return offset;
    } else if (char === "[" || char === "{") {
      open.push(char === "[" ? "]" : "}");
      expected = char === "[" ? "value or end" : "name or end";
      offset++;
    } else {
      SCALAR.lastIndex = offset;
      if (!SCALAR.test(text)) return offset;
      offset = SCALAR.lastIndex;
      expected = "comma or end";
    }
    isWhole = open.length === 0 && expected === "comma or end";
  }
  return text.length;
}

/** The offset behind a string, or of what is invalid in it. */
function stringEnd(text: string, start: number): { isValid: boolean; offset: number } {
  for (SPECIAL.lastIndex = start + 1; SPECIAL.test(text);) {
    const offset = SPECIAL.lastIndex - 1;
    if (text[offset] === '"') return { isValid: true, offset: offset + 1 };
    ESCAPE.lastIndex = offset;
    if (!ESCAPE.test(text)) return { isValid: false, offset };
    SPECIAL.lastIndex = ESCAPE.lastIndex;
  }
  return { isValid: false, offset: text.length };
}

function skipSpace(text: string, offset: number): number {
  SPACE.lastIndex = offset;
  SPACE.test(text);
  return SPACE.lastIndex;
}

const SPACE = /[ \t\n\r]*/y;
const SCALAR = /-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?|true|false|null/y;
// deno-lint-ignore no-control-regex
const SPECIAL = /["\\\u0000-\u001f]/g;
const ESCAPE = /\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4})/y;
