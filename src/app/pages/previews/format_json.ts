/**
 * Formats JSON with a line for each value. It keeps numbers and names as written: `JSON.stringify` would round large
 * numbers and drop duplicate names.
 *
 * @returns `undefined` if the text is not JSON, is nested too deeply, or would have too many lines.
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
  const breakLine = () => {
    lines.push(line);
    line = "  ".repeat(depth);
  };
  for (const [token] of text.matchAll(TOKENS)) {
    const closes = token === "}" || token === "]";
    if (closes) depth--;
    if (closes ? !OPENING.has(before) : OPENING.has(before) || before === ",") breakLine();
    line += token === ":" ? ": " : token;
    if (OPENING.has(token)) depth++;
    if (depth > MAX_DEPTH || lines.length > MAX_LINES) return undefined;
    before = token;
  }
  return [...lines, line].join("\n");
}

const TOKENS = /"(?:[^"\\]|\\.)*"|[{}[\],:]|[^\s{}[\],:"]+/g;
const OPENING = new Set(["{", "["]);
const MAX_DEPTH = 64;
/** Formatting blocks all other requests. */
const MAX_LINES = 50_000;
