import { assertEquals, assertStringIncludes } from "@std/assert";
import { attributes } from "../support/app_pages.ts";
import { appOf, HTML, stubSource } from "../support/app_stub.ts";

const FOLDER = "/-/files/source/media";

/** The names of a folder's page. @param files Their names, or the contents by these. */
async function namesOf(files: readonly string[] | Record<string, string>, { query = "", language = "" } = {}) {
  const contents = Array.isArray(files) ? Object.fromEntries(files.map((name) => [name, ""])) : files;
  const request = appOf(stubSource(contents));
  const headers = { ...HTML, ...language !== "" && { "accept-language": language } };
  const text = await (await request(FOLDER + query, { headers })).text();
  return { text, names: attributes(text, "data-name").slice(0, -2), locale: attributes(text, "data-language")[0] };
}

Deno.test("the folder page has names in natural order, folders first", async () => {
  const files = ["file10.txt", "file2.txt", "File1.txt", "b10/x", "b9/x"];
  const { names, text } = await namesOf(files);
  assertEquals(names, ["b9", "b10", "File1.txt", "file2.txt", "file10.txt"]);
  assertStringIncludes(text, 'data-order=""');
  const { names: backwards } = await namesOf(files, { query: "?sort=name&order=desc" });
  assertEquals(backwards, ["b10", "b9", "file10.txt", "file2.txt", "File1.txt"]);
  // Equals in size are in the order of their names, whichever way.
  assertEquals((await namesOf(files, { query: "?sort=size&order=desc" })).names, names);
});

for (
  const [language, names, locale] of [
    ["sv", "a z å ä", "sv"],
    ["de-DE,de;q=0.9", "a å ä z", "de-DE"],
    ["en;q=0.5, sv;q=0.9", "a z å ä", "sv"],
    ["xx, *;q=0.5, sv;q=0", "a å ä z", "en"],
    ["sv-u-kn-false, x", "a å ä z", "en"],
    ['"><script>', "a å ä z", "en"],
    [`${"a".repeat(10_000)},sv`, "a å ä z", "en"],
    ["", "a å ä z", "en"],
  ] as const
) {
  Deno.test(`the folder page is sorted for a reader of "${language.slice(0, 30)}"`, async () => {
    const found = await namesOf(["z", "ä", "å", "a"], { language });
    assertEquals([found.names.toSorted().join(" "), found.locale], [names.split(" ").toSorted().join(" "), locale]);
    const places = found.names.indexOf("å") < found.names.indexOf("z");
    assertEquals(places, names.indexOf("å") < names.indexOf("z"));
  });
}

Deno.test("the folder page goes through a naturally sorted folder page by page, each file once", async () => {
  const files = Array.from({ length: 450 }, (_, index) => `f${index}`);
  const first = await namesOf(files);
  assertEquals(first.names, files.slice(0, 200));
  const url = /rel="next"[^>]*href="[^"]*(\?[^"]*)"/s.exec(first.text)?.[1]?.replaceAll("&amp;", "&") ?? "";
  assertEquals((await namesOf(files, { query: url })).names, files.slice(200, 400));
});

for (
  const query of ["?", "?sort=name&order=desc&", "?sort=size&", "?sort=size&order=desc&", "?sort=modified&order=desc&"]
) {
  Deno.test(`the folder page "${query}" shows each file once while files are deleted between its pages`, async () => {
    const files: Record<string, string> = {};
    for (let index = 0; index < 450; index++) files[`f & ${index}`] = "x".repeat(index % 7);
    for (let index = 0; index < 30; index++) files[`d${index}/x`] = "";
    const shown: string[] = [];
    for (let next: string | undefined = query; next !== undefined;) {
      const { text, names } = await namesOf(files, { query: next });
      shown.push(...names);
      next = /rel="next"[^>]*href="[^"]*(\?[^"]*)"/s.exec(text)?.[1]?.replaceAll("&amp;", "&");
      for (const name of names.slice(-50)) delete files[name];
    }
    assertEquals([shown.length, new Set(shown).size], [480, 480]);
  });
}

Deno.test("the folder page goes on where a file was that has become larger since the page before", async () => {
  const files = Object.fromEntries(Array.from({ length: 300 }, (_, index) => [`f${index}`, "x".repeat(index)]));
  const { text } = await namesOf(files, { query: "?sort=size" });
  const query = /rel="next"[^>]*href="[^"]*(\?[^"]*)"/s.exec(text)?.[1]?.replaceAll("&amp;", "&") ?? "";
  const larger = { ...files, f199: "x".repeat(1_000) };
  assertEquals((await namesOf(larger, { query })).names, [...Object.keys(files).slice(200), "f199"]);
});

Deno.test("the folder page leaves a folder that is too large to sort in the order of the store", async () => {
  const files = Array.from({ length: 5_001 }, (_, index) => `${5_001 - index}`);
  let asked = 0;
  const source = stubSource(Object.fromEntries(files.map((name) => [`f${name}`, ""])));
  const list: typeof source.list = (options) => {
    asked++;
    return source.list(options);
  };
  const request = appOf({ ...source, list }, { permissions: { "files-browse": true } });
  const open = async () => await (await request(FOLDER, { headers: HTML })).text();
  const text = await open();
  assertEquals(attributes(text, "data-name").slice(0, 2), ["f5001", "f5000"]);
  assertStringIncludes(text, 'data-order="store"');
  assertEquals(asked, 6);
  await open();
  // That it is large is known for a moment.
  assertEquals(asked, 7);
});

Deno.test("GET source/{s}.json has natural order if it is asked to sort by name, else that of the store", async () => {
  const request = appOf(stubSource({ f10: "", f9: "" }));
  const names = async (query: string) => {
    const { files } = await (await request(`${FOLDER}.json${query}`)).json();
    return files.map(({ filename }: { filename: string }) => filename).join(" ");
  };
  assertEquals([await names(""), await names("?sort=name")], ["f10 f9", "f9 f10"]);
});
