import MarkdownIt, { type Token } from "markdown-it";
import { checkLinks } from "./docs/links.ts";
import { buildReference } from "./docs/reference.ts";
import { firstSentence, htmlPath, NAME, type Page, PICTURE, ROOT, rootOf, write } from "./docs/site.ts";

/**
 * Builds the site: the API reference of every entry point, the guides that README leads to, an index of both, and the
 * same as text for language models (https://llmstxt.org).
 *
 * @param output The folder; replaced if it exists.
 * @throws {Error} If a link leads nowhere, naming the pages and links, or if a guide has no sentence below its title.
 */
export async function buildDocs(output: URL): Promise<void> {
  await Deno.remove(output, { recursive: true }).catch(() => {});
  await Deno.mkdir(output, { recursive: true });
  const { pages: references, sources } = await buildReference(output);
  const pages = await collectPages(output, sources);
  for (const page of [...pages, ...references]) {
    if (page.path.endsWith(".md")) await write(output, page.path, page.markdown);
    if (!references.includes(page)) await write(output, htmlPath(page.path), renderPage(page));
  }
  const index = indexOf(pages, references);
  await write(output, "llms.txt", index);
  await write(output, "index.html", renderPage({ path: "index.md", title: NAME, summary: "", markdown: index }));
  const texts = [...pages.filter(isGuide), ...references].map(({ path, markdown }) =>
    `<!-- ${path} -->\n\n${markdown}`
  );
  await write(output, "llms-full.txt", texts.join("\n"));
  await write(output, "style.css", await Deno.readTextFile(new URL("docs/style.css", import.meta.url)));
  await checkLinks(output);
}

/** Safe by default: HTML in Markdown is shown, not interpreted. */
const markdownIt = MarkdownIt();

/** README and all that it leads to, in that order, and the sources. Copies the pictures. */
async function collectPages(output: URL, sources: ReadonlySet<string>): Promise<Page[]> {
  const pages: Page[] = [];
  const paths = new Set(["README.md", ...sources]);
  for (const path of paths) {
    const url = new URL(path, ROOT);
    const info = await Deno.stat(url).catch(() => undefined);
    // `checkLinks` reports a missing file, with the page that links it.
    if (info === undefined) continue;
    if (PICTURE.test(path)) {
      await write(output, path, await Deno.readFile(url));
      continue;
    }
    const page = info.isDirectory ? await toGallery(path) : toPage(path, await Deno.readTextFile(url));
    pages.push(page);
    for (const { link } of linksOf(markdownIt.parse(page.markdown, {}))) {
      const target = projectPath(link, path);
      if (target !== undefined) paths.add(target);
    }
  }
  return pages;
}

function toPage(path: string, text: string): Page {
  if (!path.endsWith(".md")) {
    const language = path.split(".").at(-1);
    return { path, title: path, summary: "", markdown: `# ${path}\n\n\`\`\`\`${language}\n${text}\n\`\`\`\`\n` };
  }
  const [, title = path, lead = ""] = /^# (.*)\n\n([\s\S]*?)(?:\n\n|$)/.exec(text) ?? [];
  const summary = firstSentence(lead);
  if (!/^[\w`].*\.$/.test(summary)) throw new Error(`Cannot list "${path}": no sentence follows its title`);
  return { path, title, summary, markdown: text };
}

/** A page of the pictures in a folder. */
async function toGallery(path: string): Promise<Page> {
  const names = await Array.fromAsync(Deno.readDir(new URL(`${path}/`, ROOT)), ({ name }) => name);
  const folder = path.split("/").at(-1);
  const pictures = names.toSorted().map((name) => `## ${name}\n\n![${name}](${folder}/${name})\n`);
  return { path, title: path, summary: "", markdown: `# ${path}\n\n${pictures.join("\n")}` };
}

function isGuide({ path }: Page): boolean {
  return /^(?:README|(?:docs|examples)\/\w+)\.md$/.test(path);
}

/** In the form of https://llmstxt.org; the guides in the order of README's list of them, then the others. */
function indexOf(pages: readonly Page[], references: readonly Page[]): string {
  const [readme, ...others] = pages.filter(({ path }) => path.endsWith(".md"));
  const listed = readme?.markdown.split("\n## Guides\n").at(-1) ?? "";
  const place = ({ path }: Page) => `${listed}](${path})`.indexOf(`](${path})`);
  const list = (pages: readonly Page[]) =>
    pages.map(({ title, path, summary }) => `- [${title}](${path}): ${summary}\n`).join("");
  return `# ${NAME}\n\n> ${readme?.summary}\n\n` +
    `## Start here\n\n- [README](README.md): Install it, run a first program, and look up every option and method.\n\n` +
    `## Guides\n\n${list(others.filter(isGuide).toSorted((a, b) => place(a) - place(b)))}\n` +
    `## API reference\n\n${list(references)}\n` +
    `## Optional\n\n${list(others.filter((page) => !isGuide(page)))}`;
}

function renderPage({ path, title, markdown }: Page): string {
  const tokens = markdownIt.parse(markdown, {});
  addAnchors(tokens);
  for (const { token, name, link } of linksOf(tokens)) {
    if (projectPath(link, path) === undefined) continue;
    const [file = "", fragment] = link.split("#");
    token.attrSet(name, htmlPath(file) + (fragment === undefined ? "" : `#${fragment}`));
  }
  const root = rootOf(path);
  return `<!DOCTYPE html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${markdownIt.utils.escapeHtml(title)}</title>
<link rel="stylesheet" href="${root}style.css">
<script src="${root}api/prism.js" defer></script>
<nav><a href="${root}index.html">${NAME}</a> <a href="${root}api/index.html">API reference</a></nav>
<main>
${markdownIt.renderer.render(tokens, markdownIt.options, {})}</main>
</html>
`;
}

/** Gives headings the fragments that GitHub gives them. */
function addAnchors(tokens: readonly Token[]): void {
  const counts = new Map<string, number>();
  for (const [index, token] of tokens.entries()) {
    if (token.type !== "heading_open") continue;
    const text = tokens[index + 1]?.children?.map(({ content }) => content).join("") ?? "";
    const slug = text.toLowerCase().replace(/[^\p{L}\p{N}\s_-]/gu, "").replaceAll(" ", "-");
    const count = counts.get(slug) ?? 0;
    counts.set(slug, count + 1);
    token.attrSet("id", count === 0 ? slug : `${slug}-${count}`);
  }
}

function linksOf(tokens: readonly Token[]): { token: Token; name: string; link: string }[] {
  return tokens.flatMap(({ children }) => children ?? []).flatMap((token) => {
    return ["href", "src"].flatMap((name) => {
      const link = token.attrGet(name);
      return typeof link === "string" ? [{ token, name, link }] : [];
    });
  });
}

/** The file of the project that a page links; `undefined` for other sites and the page itself. */
function projectPath(link: string, from: string): string | undefined {
  if (/^(?:[a-z]+:|#)/.test(link)) return undefined;
  return decodeURIComponent(new URL(link, `file:///${from}`).pathname.slice(1));
}

if (import.meta.main) {
  const output = new URL(".cache/docs/", ROOT);
  await buildDocs(output);
  // deno-lint-ignore no-console
  console.log(`Open ${output.href}index.html`);
}
