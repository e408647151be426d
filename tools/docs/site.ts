import config from "../../deno.json" with { type: "json" };

/** A file of the project on the site: a guide, or a program that a guide links. */
export interface Page {
  /** Path in the project, such as `docs/errors.md`. */
  readonly path: string;
  readonly title: string;
  /** The first sentence of a guide; empty for a program. */
  readonly summary: string;
  readonly markdown: string;
}

/** The folder of the project. */
export const ROOT = new URL("../..", import.meta.url);

/** The name of the site. */
export const NAME = config.name.split("/").at(-1) ?? config.name;

/** Files that are copied as they are. */
export const PICTURE = /\.(?:png|svg)$/;

/** Where a file of the project is on the site. */
export function htmlPath(path: string): string {
  if (PICTURE.test(path)) return path;
  return path.endsWith(".md") ? path.replace(/md$/, "html") : `${path}.html`;
}

/** The way from a page to the top of the site. */
export function rootOf(path: string): string {
  return "../".repeat(path.split("/").length - 1);
}

/** The first sentence of a text in Markdown, without its links. */
export function firstSentence(text: string): string {
  const paragraph = text.split(/\n\n|\n@/, 1).join("").replaceAll("\n", " ");
  const words = paragraph.replace(/\[([^\]]*)\]\([^)]*\)/g, "$1").replace(/ \(https?:[^)]*\)/g, "");
  return /^.*?(?:\.(?= [A-Z`"]|$)|:$)/.exec(words)?.[0].replace(/:$/, ".") ?? "";
}

/** Writes a file of the site. */
export async function write(output: URL, path: string, content: string | Uint8Array<ArrayBuffer>): Promise<void> {
  const url = new URL(path, output);
  await Deno.mkdir(new URL(".", url), { recursive: true });
  await Deno.writeFile(url, typeof content === "string" ? new TextEncoder().encode(content) : content);
}

/** The paths of all files below a folder, relative to it. */
export async function listFiles(folder: URL, path = ""): Promise<string[]> {
  const entries = await Array.fromAsync(Deno.readDir(new URL(path, folder)));
  const found = await Promise.all(entries.map(({ name, isDirectory }) => {
    return isDirectory ? listFiles(folder, `${path}${name}/`) : [`${path}${name}`];
  }));
  return found.flat();
}
