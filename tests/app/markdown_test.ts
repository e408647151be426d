import { assert, assertEquals, assertFalse, assertStringIncludes } from "@std/assert";
import fc from "fast-check";
import { toFileId } from "../../src/app/file_id.ts";
import { renderMarkdown } from "../../src/app/pages/previews/markdown.ts";
import { markdownPicture, markdownTarget, slugOf } from "../../src/app/pages/previews/markdown_links.ts";
import { pagesApp } from "../support/app_pages.ts";

const place = { source: "media", path: "docs/guide/read me.md" };
const render = (text: string) => renderMarkdown(text, { place })?.trim();
const fileUrl = (path: string) => `/-/files/${toFileId({ source: "media", path })}`;

for (
  const [address, target] of [
    ["https://example.com/a?b#c", "https://example.com/a?b#c"],
    ["HTTP://EXAMPLE.com", "http://example.com/"],
    ["mailto:a@example.com", "mailto:a@example.com"],
    ["//example.com/x", "https://example.com/x"],
    ["other.md", fileUrl("docs/guide/other.md")],
    ["./a%20b.md#Part%20Two", `${fileUrl("docs/guide/a b.md")}#md-part%20two`],
    ["../up.txt?x=1", fileUrl("docs/up.txt")],
    ["../../top.txt", fileUrl("top.txt")],
    ["/top.txt", fileUrl("top.txt")],
    ["sub/", "/-/files/source/media?folder=docs%2Fguide%2Fsub%2F"],
    ["..", "/-/files/source/media?folder=docs%2F"],
    ["../..", "/-/files/source/media"],
    ["#part", "#md-part"],
    ["../../../out.txt", undefined],
    ["javascript:alert(1)", undefined],
    ["JaVaScRiPt:alert(1)", undefined],
    ["vbscript:x", undefined],
    ["data:text/html,x", undefined],
    ["file:///etc/passwd", undefined],
    ["blob:https://example.com/1", undefined],
    ["%00", undefined],
    ["%zz", undefined],
    ["https://", undefined],
  ] as const
) {
  Deno.test(`markdownTarget() of ${JSON.stringify(address)}`, () => {
    assertEquals(markdownTarget(address, place), target);
  });
}

Deno.test("markdownPicture() accepts only pictures of the source", () => {
  assertEquals(markdownPicture("a.png", place), `${fileUrl("docs/guide/a.png")}/content`);
  for (
    const address of ["https://example.com/a.png", "//example.com/a.png", "a.html", "../../../a.png", "data:,x.png"]
  ) {
    assertEquals(markdownPicture(address, place), undefined, address);
  }
});

Deno.test("renderMarkdown() makes headings one level lower, with anchors", () => {
  assertEquals(
    render("# One\n\n## Two & `a`\n\n# One"),
    '<h2 id="md-one">One</h2>\n<h3 id="md-two--a">Two &amp; <code>a</code></h3>\n<h2 id="md-one-1">One</h2>',
  );
  assertEquals(slugOf("Größe, 2nd part!"), "größe-2nd-part");
});

Deno.test("renderMarkdown() renders lists, code and tables without styles in attributes", () => {
  const html = render("- a\n- b\n\n```js\n1 < 2\n```\n\n| a | b |\n|:-:|--:|\n| 1 | 2 |") ?? "";
  assertStringIncludes(html, "<li>a</li>");
  assertStringIncludes(html, "1 &lt; 2");
  assertStringIncludes(html, '<td class="align-right">2</td>');
  assertFalse(html.includes("style="));
});

Deno.test("renderMarkdown() shows remote pictures as links, and those in links as text", () => {
  assertEquals(
    render("![a cat](https://example.com/cat.png) [![badge](https://example.com/b.svg)](https://example.com)"),
    '<p><a href="https://example.com/cat.png" rel="noopener noreferrer nofollow">a cat</a> ' +
      '<a href="https://example.com/" rel="noopener noreferrer nofollow">badge</a></p>',
  );
  assertEquals(
    render("![dawn](dawn.png)"),
    `<p><img src="${fileUrl("docs/guide/dawn.png")}/content" alt="dawn" loading="lazy"></p>`,
  );
});

Deno.test("renderMarkdown() shows metadata before the text as it is", () => {
  assertEquals(render("---\ntitle: <b>\n---\n\nText"), "<pre>title: &lt;b&gt;\n</pre><p>Text</p>");
});

const HOSTILE = [
  "<script>alert(1)</script>",
  "<img src=x onerror=alert(1)>",
  "[a](javascript:alert(1))",
  "[a](&#106;avascript:alert(1))",
  "[a](java\tscript:alert(1))",
  "[a](<java\nscript:alert(1)>)",
  "[a](data:text/html;base64,PHNjcmlwdD4=)",
  "<javascript:alert(1)>",
  '[a](https://example.com/"onmouseover="alert(1))',
  '![x" onerror="alert(1)](a.png "y\\" onload=\\"alert(1)")',
  '```"><script>alert(1)</script>\ncode\n```',
  "[a]: javascript:alert(1)\n\n[a]",
  "# <svg onload=alert(1)>",
  '# " onclick="alert(1)',
];
for (const text of HOSTILE) {
  Deno.test(`renderMarkdown() makes ${JSON.stringify(text)} harmless`, () => {
    const html = render(text) ?? "";
    // Quotes, and what could open a tag, are escaped in texts and values.
    const tags = html.match(/<[^>]*>/g) ?? [];
    for (const tag of tags) {
      assertFalse(/<(script|svg|iframe)|\son\w+=(?!.*&quot;)|javascript:|data:|style=/i.test(tag), tag);
    }
    assertFalse(/href="(?!https:\/\/example\.com|\/-\/files)/.test(html), html);
  });
}

Deno.test("renderMarkdown() survives any text", () => {
  const parts = [
    "[",
    "]",
    "(",
    ")",
    "!",
    "*",
    "_",
    "`",
    "<",
    ">",
    "#",
    "|",
    "-",
    "\n",
    "    ",
    "> ",
    "1. ",
    "a",
    "&",
    "\\",
  ];
  fc.assert(fc.property(fc.array(fc.constantFrom(...parts), { maxLength: 200 }), (text) => {
    const html = render(text.join("")) ?? "";
    assertFalse(/<(script|img)|\son\w+=/i.test(html));
  }));
});

for (
  const [name, unit, end] of [
    ["open brackets", "[", ""],
    ["open pictures", "![", ""],
    ["nested links", "[a](", ""],
    ["emphasis", "*a _b ", ""],
    ["closed emphasis", "**a**b", ""],
    ["backticks", "`a``b```", ""],
    ["nested quotes", "> ", "x"],
    ["quotes on lines", "> > > > > > a\n", ""],
    ["nested lists", "- ", "x"],
    ["lists of lists", "* a\n  * b\n    1. c\n", ""],
    ["open tags", "<a ", ""],
    ["entities", "&amp;&#x;", ""],
    ["references", "[a]: b\n", "[a]"],
    ["uses of references", "[a] ", "\n\n[a]: b"],
    ["columns", "|a", "\n|-"],
    ["rows", "|a|b|\n|-|-|\n", ""],
    ["short paragraphs", "a*b*\n\n", ""],
    ["strikes", "~~a", ""],
    ["heading lines", "a\n=\n", ""],
    ["an underlined paragraph", "a\n", "==="],
  ] as const
) {
  Deno.test(`renderMarkdown() takes bounded time for 256 KiB of ${name}`, () => {
    const startMs = performance.now();
    render(unit.repeat(Math.floor(262_144 / unit.length)) + end);
    const ms = performance.now() - startMs;
    assert(ms < 2_000, `${Math.round(ms)} ms`);
  });
}

for (
  const [name, text] of [
    ["a table of 1,000 columns", `${"|a".repeat(1_000)}|\n${"|-".repeat(1_000)}|\n${"|b\n".repeat(50_000)}`],
    ["a list of 500 levels", Array.from({ length: 500 }, (_, depth) => `${"  ".repeat(depth)}* a`).join("\n")],
    ["a quote of 700 levels", Array.from({ length: 700 }, (_, depth) => `${">".repeat(depth)} a`).join("\n")],
  ] as const
) {
  Deno.test(`renderMarkdown() takes bounded time for ${name}`, () => {
    const startMs = performance.now();
    render(text);
    const ms = performance.now() - startMs;
    assert(ms < 2_000, `${Math.round(ms)} ms`);
  });
}

Deno.test("renderMarkdown() gives up when its time is over", () => {
  let now = 0;
  assertEquals(renderMarkdown("a\n\n".repeat(100), { place, now: () => now += 10 }), undefined);
});

Deno.test("the page of a Markdown file shows it rendered, and its source one click away", async () => {
  const app = pagesApp({ "a.md": "# Title\n\nSee [b](b.txt).", "b.txt": "b" });
  const { text } = await app.get(fileUrl("a.md"));
  assertStringIncludes(text, `<h2 id="md-title">Title</h2>`);
  assertStringIncludes(text, `<a href="${fileUrl("b.txt")}">b</a>`);
  assertStringIncludes(text, `href="${fileUrl("a.md")}?view=source"`);
  const source = await app.get(`${fileUrl("a.md")}?view=source`);
  assertStringIncludes(source.text, "\n# Title\n\nSee [b](b.txt).</pre>");
  assertFalse(source.text.includes("<h2 id="));
});

Deno.test("the page of a Markdown file that is too large shows its source, and says so", async () => {
  const app = pagesApp({ "a.md": "# Title\n\n" + "word ".repeat(60_000) });
  const { text } = await app.get(fileUrl("a.md"));
  assertStringIncludes(text, "\n# Title\n");
  assertStringIncludes(text, "too large or too complex to be shown formatted");
});

Deno.test("renderMarkdown() gives up in time on text that takes long without any words", () => {
  let ms = 0;
  assertEquals(renderMarkdown("***\n".repeat(1_000), { place, now: () => ms++ }), undefined);
  const start = performance.now();
  assertEquals(renderMarkdown("> ".repeat(500) + "a\n".repeat(130_000), { place }), undefined);
  assert(performance.now() - start < 1_000);
});
