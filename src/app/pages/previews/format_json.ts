/**
 * Formats JSON with a line for each value. It keeps numbers and names as written: `JSON.stringify` would round large numbers and
 * drop duplicate names.
 *
 * @returns `undefined` if the text is not JSON, is nested too deeply, or would become too long.
 */
export function formatJson(text: string): string | undefined {
  try {
    JSON.parse(text);
  } catch {
    return undefined;
  }
  let depth = 0;
  let before = "";
  const lines: string[] = [];
  let line = "";
  let length = 0;
  const breakLine = () => {
    length += line.length;
    lines.push(line);
    line = "  ".repeat(depth);
  };
  for (const [token] of text.matchAll(TOKENS)) {
    const closes = token === "}" || token === "]";
    if (closes) depth--;
    if (closes ? !OPENING.has(before) : OPENING.has(before) || before === ",") breakLine();
    line += token === ":" ? ": " : token;
    if (OPENING.has(token)) depth++;
    if (depth > MAX_DEPTH || length > MAX_LENGTH || lines.length > MAX_LINES) return undefined;
    before = token;
  }
  return [...lines, line].join("\n");
}

const TOKENS = /"(?:[^"\\]|\\.)*"|[{}[\],:]|[^\s{}[\],:"]+/g;
const OPENING = new Set(["{", "["]);
const MAX_DEPTH = 64;
/** In characters. 1 MiB of short values, all deeply indented, would become 64 MiB. */
const MAX_LENGTH = 8 * 1024 ** 2;
/** Formatting blocks all other requests. */
const MAX_LINES = 50_000;
