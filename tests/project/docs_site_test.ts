import { assert, assertEquals, assertRejects, assertStringIncludes } from "@std/assert";
import config from "../../deno.json" with { type: "json" };
import * as api from "../../mod.ts";
import { checkLinks } from "../../tools/docs/links.ts";
import { listFiles, ROOT, write } from "../../tools/docs/site.ts";
import { buildDocs } from "../../tools/docs.ts";
import { isChromiumAvailable, openChromium } from "../browser/chromium.ts";
import { documentedSymbols } from "../support/documented_symbols.ts";

const folder = new URL(`file://${await Deno.makeTempDir()}/`);
Deno.test.afterAll(() => Deno.remove(folder, { recursive: true }));

const site = new URL("site/", folder);
const read = (path: string) => Deno.readTextFile(new URL(path, site));

Deno.test("buildDocs() builds a site without dead links, within a minute", async () => {
  const start = performance.now();
  await buildDocs(site);
  assert(performance.now() - start < 60_000);
});

Deno.test("the site has a page for every entry point and every symbol, and the text of both", async () => {
  const files = new Set(await listFiles(site));
  const symbols = await documentedSymbols();
  const text = await read("llms-full.txt");
  for (const [entry, file] of Object.entries(config.exports)) {
    const place = entry === "." ? "api/" : `api/${entry.slice(2)}/`;
    assert(files.has(`${place}index.html`) && files.has(`${place}index.md`), entry);
    assertStringIncludes(text, `\n# ${config.name}${entry.slice(1)}\n`);
    const names = symbols.filter((symbol) => symbol.file === file).map(({ name }) => name);
    assert(names.length > 1, entry);
    const [printed, page] = [await read(`${place}index.md`), await read(`${place}~/${names[0]}.html`)];
    assertStringIncludes(page, `from &quot;${config.name}${entry.slice(1)}&quot;`);
    for (const name of names) {
      assert(files.has(`${place}~/${name}.html`), `${entry}: ${name}`);
      assert(new RegExp(`^.*\\b(?:class|const|function|interface|type) ${name}\\b`, "m").test(printed), name);
    }
  }
  const exported = symbols.filter(({ file }) => file === "./mod.ts").map(({ name }) => name);
  assertEquals(Object.keys(api).filter((name) => !exported.includes(name)), []);
});

Deno.test("llms.txt and the index name every guide and entry point", async () => {
  const index = await read("llms.txt");
  assert(/^# s3-source\n\n> \S[^\n]*\n\n## /.test(index));
  const page = await read("index.html");
  const guides = (await listFiles(new URL("docs/", ROOT))).filter((name) => name.endsWith(".md"));
  const entries = Object.keys(config.exports).map((entry) => `api${entry.slice(1)}/index.md`);
  for (const path of ["README.md", "CHANGELOG.md", ...guides.map((name) => `docs/${name}`), ...entries]) {
    assert(new RegExp(`^- \\[.+\\]\\(${path}\\): [^\\n]+\\.$`, "m").test(index), path);
    assertStringIncludes(page, `href="${path.replace(/md$/, "html")}"`);
  }
  const text = await read("llms-full.txt");
  for (const name of guides) {
    assertStringIncludes(text, (await Deno.readTextFile(new URL(`docs/${name}`, ROOT))).trim());
  }
});

Deno.test("the site has the pictures, and nothing of this machine", async () => {
  const files = await listFiles(site);
  for await (const { name } of Deno.readDir(new URL("docs/screenshots/", ROOT))) {
    assert(files.includes(`docs/screenshots/${name}`), name);
  }
  for (const path of files.filter((path) => /\.(?:html|js|md|txt)$/.test(path))) {
    assert(!(await read(path)).includes(ROOT.pathname.replace(/\/$/, "")), path);
  }
});

Deno.test({
  name: "the pages of the site fit a phone",
  ignore: !await isChromiumAvailable(),
  async fn() {
    const browser = await openChromium();
    try {
      const page = await browser.newPage();
      await page.setViewport({ width: 390, height: 844 });
      for (const path of ["index", "README", "docs/errors", "examples/backup.ts", "api/index", "api/~/S3Source"]) {
        await page.goto(new URL(`${path}.html`, site).href);
        assertEquals(await page.evaluate("document.documentElement.scrollWidth"), 390, path);
      }
    } finally {
      await browser.close();
    }
  },
});

Deno.test("checkLinks() names the page and the link that lead nowhere", async () => {
  const other = new URL("other/", folder);
  await write(
    other,
    "index.html",
    '<h1 id="top"></h1><a href="#top"></a><a href="a/"></a><a href="https://x.test/"></a>',
  );
  await write(other, "a/index.html", '<a href="../index.html#top"></a><img src="b&amp;c.png">');
  await write(other, "a/b&c.png", "");
  await checkLinks(other);

  await write(other, "a/index.html", '<a href="../index.html#end"></a><a href="b.html"></a><img src="c.png">');
  const message = "these links:\na/index.html: ../index.html#end\na/index.html: b.html\na/index.html: c.png";
  await assertRejects(() => checkLinks(other), Error, message);
});
