import { assertEquals, assertFalse, assertStringIncludes } from "@std/assert";
import { CredentialsError, ServiceError } from "../../mod.ts";
import { attributes, escaped, pagesApp } from "../support/app_pages.ts";
import { appOf, failing, HTML, stubSource } from "../support/app_stub.ts";

const FILES = { "a/photos/1.png": "12345", "a/2.png": "1", "b.txt": "12345" };

Deno.test("GET search narrows by the form's fields, and keeps them in the form", async () => {
  const { text } = await pagesApp(FILES).get("/-/files/search?q=&kind=picture&min_size=2+B&max_size=&since=&before=");
  assertEquals(attributes(text, "data-path"), ["a/photos/1.png"]);
  assertStringIncludes(text, 'name="min_size" value="2 B"');
  assertEquals(/<option value="picture"\s+selected/.test(text), true);
  assertStringIncludes(text, '<details class="search-filters" open>');
});

Deno.test("GET search shows folders with links to them, and where they are", async () => {
  const { text } = await pagesApp(FILES).get("/-/files/search?q=photos");
  assertEquals(attributes(text, "data-path"), ["a/photos/"]);
  assertStringIncludes(text, "<bdi>photos</bdi><small><bdi>media/a/</bdi></small>");
  assertStringIncludes(text, 'href="/-/files/source/media?folder=a%2Fphotos%2F"');
  assertStringIncludes(text, '<span id="found">1 folder.</span>');
});

Deno.test("GET search refuses a size that is none, and keeps everything that was typed", async () => {
  const { status, text } = await pagesApp(FILES).get("/-/files/search?q=a&min_size=%3Cbig%3E&since=2030-01-31");
  assertEquals(status, 400);
  assertStringIncludes(text, escaped("“<big>” is not a size."));
  assertStringIncludes(text, `name="min_size" value="${escaped("<big>")}"`);
  assertStringIncludes(text, 'name="since" value="2030-01-31"');
});

Deno.test("GET search below a folder says so, and leads to everything", async () => {
  const { text } = await pagesApp(FILES).get("/-/files/search?q=png&folder=a%2Fphotos");
  assertEquals(attributes(text, "data-path"), ["a/photos/1.png"]);
  assertStringIncludes(text, "Only below <bdi>a/photos</bdi>.");
  assertStringIncludes(text, 'href="/-/files/search?q=png">Search everywhere');
});

Deno.test("GET search continues with the same fields", async () => {
  const files = Object.fromEntries(Array.from({ length: 102 }, (_, index) => [`p${index}.png`, "1"]));
  const { text } = await pagesApp({ ...files, "p.txt": "1" }).get("/-/files/search?kind=picture&max_size=1+kB");
  const [, url = ""] = /id="continue" href="([^"]*)"/.exec(text) ?? [];
  assertStringIncludes(url, "kind=picture");
  assertStringIncludes(url, "max_size=1%20kB");
});

Deno.test("GET search names no source that may not be browsed", async () => {
  const sources = { media: stubSource({ a: "" }), secret: stubSource({ a: "" }), other: stubSource({ a: "" }) };
  const permissions = { "files-browse": { media: { allow: true }, other: { allow: true } } };
  const text = await (await appOf(stubSource(), { sources, permissions })("/-/files/search?q=a", { headers: HTML }))
    .text();
  assertStringIncludes(text, '<option value="other"');
  assertFalse(text.includes("secret"));
});

for (const [name, found] of [["p7000", "Nothing more was found"], ["none", "No name contains “none”"]] as const) {
  Deno.test(`GET search says at its end “${found}” if it looked for ${name}`, async () => {
    const app = pagesApp(Object.fromEntries(Array.from({ length: 6_000 }, (_, index) => [`a${index}`, ""])));
    app.s3.putObject({ bucket: "bucket", key: "media/a0-p7000", body: "" });
    let { text } = await app.get(`/-/files/search?q=${name}`);
    for (let pages = 0; pages < 20; pages++) {
      const [, url = ""] = /id="continue" href="([^"]*)"/.exec(text) ?? [];
      if (url === "") break;
      ({ text } = await app.get(url.replaceAll("&amp;", "&")));
    }
    assertStringIncludes(text, found);
  });
}

Deno.test("GET search claims nothing of a source that could not be searched, also on later pages", async () => {
  const many = Object.fromEntries(Array.from({ length: 6_000 }, (_, index) => [`a${index}`, ""]));
  const refused = new CredentialsError("secret", { code: "BrokerRefused", status: 403 });
  for (
    const [error, reason] of [
      [new ServiceError("secret", { code: "SlowDown", status: 503 }), "The store cannot be reached"],
      [refused, "The credentials service refuses this app. Waiting does not help"],
    ] as const
  ) {
    for (const media of [failing(error), stubSource(many)]) {
      const request = appOf(stubSource(), { sources: { bad: failing(error), media } });
      const ask = async (url: string) => await (await request(url, { headers: HTML })).text();
      let text = await ask("/-/files/search?q=none");
      assertStringIncludes(text, reason);
      for (;;) {
        const [, url = ""] = /id="continue" href="([^"]*)"/.exec(text) ?? [];
        if (url === "") break;
        text = await ask(url.replaceAll("&amp;", "&"));
      }
      assertStringIncludes(text, "Not everything could be searched; what you look for may be there.");
      assertFalse(/No name contains|Searched all|Everything has been searched|secret/.test(text));
    }
  }
});

Deno.test("a folder leads to a search below it, which asks no store before it knows what for", async () => {
  const app = pagesApp(FILES);
  const folder = await app.get("/-/files/source/media?folder=a%2F");
  const [, url = ""] = /href="([^"]*)">Search this folder</.exec(folder.text) ?? [];
  const before = app.s3.requests.length;
  const { text } = await app.get(url.replaceAll("&amp;", "&"));
  assertEquals(app.s3.requests.length, before);
  assertStringIncludes(text, '<input type="hidden" name="folder" value="a/">');
  assertStringIncludes(text, "Only below <bdi>a/</bdi>.");
});
