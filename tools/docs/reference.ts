import config from "../../deno.json" with { type: "json" };
import { runProgram } from "../programs.ts";
import { firstSentence, htmlPath, listFiles, NAME, type Page, ROOT, rootOf, write } from "./site.ts";

/** The API reference, as text, and what its pages link. */
export interface Reference {
  /** A page per entry point, of the text that `deno doc` prints. */
  readonly pages: readonly Page[];
  /** The sources that the HTML links. */
  readonly sources: ReadonlySet<string>;
}

/** Builds the API reference of every entry point as HTML, into `api/`, and returns it as text. */
export async function buildReference(output: URL): Promise<Reference> {
  const folder = decodeURIComponent(new URL("api", output).pathname);
  await runDoc(["--html", `--name=${NAME}`, `--output=${folder}`, ...Object.values(config.exports)]);
  const sources = await finishPages(output);
  return { pages: await Promise.all(Object.entries(config.exports).map(readReference)), sources };
}

/**
 * Gives the pages of the API reference a link to the guides, the names of the entry points, and room on a phone.
 *
 * @returns The sources that they link, which are then pages of the site.
 */
async function finishPages(output: URL): Promise<Set<string>> {
  const sources = new Set<string>();
  for (const path of (await listFiles(output)).filter((path) => path.endsWith(".html"))) {
    const root = rootOf(path);
    let html = await Deno.readTextFile(new URL(path, output));
    html = html.replace('<button id="theme-toggle"', `<a href="${root}index.html">Guides</a>$&`);
    html = html.replaceAll(/href="(file:[^"]*)"/g, (_, href) => {
      const source = decodeURIComponent(href.replaceAll("&#x2F;", "/").slice(ROOT.href.length));
      sources.add(source);
      return `href="${root}${htmlPath(source)}"`;
    });
    for (const entry of Object.keys(config.exports)) {
      const name = entry.replace("./", "");
      html = html.replaceAll(`from &quot;${name}&quot;`, `from &quot;${config.name}${entry.slice(1)}&quot;`);
    }
    await write(output, path, html);
  }
  const phone = `.ddoc > div { min-width: 0; }
@media (width < 768px) {
  #topnav { height: auto; position: static; }
  #topnav > div, #content { flex-direction: column; gap: .5rem; }
  .ddoc { overflow-wrap: anywhere; }
  pre { overflow-x: auto; }
}
`;
  await Deno.writeTextFile(new URL("api/page.css", output), phone, { append: true });
  return sources;
}

/** What `deno doc` prints of an entry point, without this machine's paths. */
async function readReference([entry, file]: [string, string]): Promise<Page> {
  const title = config.name + entry.slice(1);
  const text = (await runDoc([file])).replace(/^Defined in file:.*\n\n/gm, "").replace(/\{@link (\S+)\}/g, "$1");
  const path = `api/${entry === "." ? "" : `${entry.slice(2)}/`}index.md`;
  return { path, title, summary: firstSentence(text), markdown: `# ${title}\n\n${text}` };
}

async function runDoc(args: readonly string[]): Promise<string> {
  const { ok, output } = await runProgram([Deno.execPath(), "doc", "--quiet", ...args], { env: { NO_COLOR: "1" } });
  if (!ok) throw new Error(`Cannot document the API: ${output}`);
  return output;
}
