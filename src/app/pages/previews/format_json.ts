/**
 * JSON with a line for each value. Numbers and names stay as they are written: `JSON.stringify` would round large numbers and drop what is
 * there twice.
 *
 * @returns `undefined` if it is no JSON, or nested too deep to be read.
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
    if (depth > MAX_DEPTH) return undefined;
    before = token;
  }
  return [...lines, line].join("\n");
}

const TOKENS = /"(?:[^"\\]|\\.)*"|[{}[\],:]|[^\s{}[\],:"]+/g;
const OPENING = new Set(["{", "["]);
const MAX_DEPTH = 64;
