import { listFiles } from "./site.ts";

/**
 * Checks that every link within a site of HTML files has a target.
 *
 * @param site The folder of the site.
 * @throws {Error} If a file or an anchor is missing, naming all such links with their pages.
 */
export async function checkLinks(site: URL): Promise<void> {
  const files = await listFiles(site);
  const pages = new Map<string, string>();
  for (const path of files.filter((path) => path.endsWith(".html"))) {
    pages.set(path, await Deno.readTextFile(new URL(path, site)));
  }
  const ids = new Map([...pages].map(([path, html]) => [path, new Set(attributesOf(html, "id"))]));
  const dead: string[] = [];
  for (const [path, html] of pages) {
    for (const link of attributesOf(html, "href|src")) {
      if (/^(?!file:)[a-z]+:/.test(link)) continue;
      const { pathname, hash } = new URL(link, `file:///${path}`);
      const target = decodeURIComponent(pathname.slice(1)).replace(/(^|\/)$/, "$1index.html");
      const exists = hash === "" ? files.includes(target) : ids.get(target)?.has(decodeURIComponent(hash.slice(1)));
      if (!exists) dead.push(`${path}: ${link}`);
    }
  }
  if (dead.length > 0) throw new Error(`Cannot find the targets of these links:\n${dead.join("\n")}`);
}

function attributesOf(html: string, names: string): string[] {
  return Array.from(html.matchAll(new RegExp(`\\s(?:${names})="([^"]*)"`, "g")), ([, value = ""]) => {
    return value.replaceAll("&#x2F;", "/").replaceAll("&amp;", "&");
  });
}
