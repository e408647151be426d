/**
 * JSON with a line for each value. Numbers and names stay as they are written: `JSON.stringify` would round large numbers and drop what is
 * there twice.
 *
 * @returns `undefined` if it is no JSON, nested too deep to be read, or would become many times as long,
 * or very many lines.
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
/** Of what is shown, in characters: 1 MiB of short values, each on a line that is indented far, would be 64. */
const MAX_LENGTH = 8 * 1024 ** 2;
/** All other requests wait while these are made. */
const MAX_LINES = 50_000;
