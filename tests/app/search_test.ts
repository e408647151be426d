import { assert, assertEquals, assertFalse, assertMatch, assertRejects, assertStringIncludes } from "@std/assert";
import { CredentialsError } from "../../src/errors.ts";
import { RequestRefusal } from "../../src/app/failure.ts";
import type { SearchFilter } from "../../src/app/files/search_filter.ts";
import type { FileInfo } from "../../src/types/files.ts";
import { searchFiles, type SearchOptions } from "../../src/app/files/search.ts";
import { attributes, escaped, pagesApp } from "../support/app_pages.ts";
import { appOf, EVERYTHING, failing, fileInfo, HTML, stubSource } from "../support/app_stub.ts";
import { createWorld } from "../support/app_world.ts";

const OPTIONS: SearchOptions = {
  query: "",
  maxHits: 100,
  maxFiles: 5_000,
  maxMs: 1_000,
  now: () => 0,
  signal: new AbortController().signal,
};

async function namesOf(files: string[], query: string): Promise<string[]> {
  return (await find(files, { query })).files;
}

/** The paths that a search of one source finds. */
async function find(files: (string | FileInfo)[], filter: SearchFilter) {
  const { hits, folders } = await searchFiles(new Map([["media", listing(files)]]), { ...OPTIONS, ...filter });
  return { files: hits.map(({ file }) => file.path), folders: folders.map(({ path }) => path) };
}

/** A source that lists these files, of all folders. */
function listing(paths: (string | FileInfo)[]) {
  return stubSource({}, {
    list: ({ cursor, limit = 100 } = {}) => {
      const start = Number(cursor ?? 0);
      const files = paths.slice(start, start + limit).map((file) => typeof file === "string" ? fileInfo(file) : file);
      const next = paths.length > start + limit ? `${start + limit}` : null;
      return Promise.resolve({ files, folders: [], cursor: next, skipped: 0 });
    },
  });
}

Deno.test("a search finds names with all the words, in upper or lower case", async () => {
  const files = ["Report 2024.PDF", "report.txt", "x/2024 report.pdf", "report 2024/x", "report 2024.pdf/"];
  assertEquals(await namesOf(files, "REPORT 2024 pdf"), ["Report 2024.PDF", "x/2024 report.pdf"]);
});

Deno.test("a search finds letters however they are composed, in both forms of one name", async () => {
  const names = ["\u00dcnal.txt", "U\u0308nal.txt"];
  for (const query of ["u\u0308NAL", "\u00fcnal"]) assertEquals(await namesOf(names, query), names);
});

Deno.test("a search finds folders by their own names, each once, and with their markers", async () => {
  const files = ["a/Photos/1", "a/Photos/2", "a/Photos/old photos/3", "empty photos/", "photos", "z/other/photo"];
  assertEquals(await find(files, { query: "photos" }), {
    files: ["photos"],
    folders: ["a/Photos/", "a/Photos/old photos/", "empty photos/"],
  });
});

Deno.test("a search below a folder does not find that folder", async () => {
  const { folders } = await searchFiles(new Map([["media", listing(["a/a/x"])]]), {
    ...OPTIONS,
    query: "a",
    folder: "a/",
  });
  assertEquals(folders, [{ source: "media", path: "a/a/" }]);
});

Deno.test("a search leaves out what the app itself has written", async () => {
  const files = [".s3-source-probe-1", "a/.s3-source-thumbnails/b.jpg", "a/b.jpg"];
  assertEquals(await find(files, { query: "" }), { files: ["a/b.jpg"], folders: ["a/"] });
});

const OLD = new Date(Date.UTC(2029, 0, 1));
const FACTS = [
  fileInfo("a/clip.MP4", { size: 5_000_000, lastModified: OLD }),
  fileInfo("a/notes", { size: 10, lastModified: null }),
  fileInfo("a/photo.HEIC", { size: 2_000, lastModified: new Date(Date.UTC(2030, 5, 1)) }),
  fileInfo("a/table.csv", { size: 2_001, lastModified: OLD }),
];
for (
  const [filter, files, folders] of [
    [{}, ["a/clip.MP4", "a/notes", "a/photo.HEIC", "a/table.csv"], ["a/"]],
    [{ kind: "folder" }, [], ["a/"]],
    [{ kind: "picture" }, ["a/photo.HEIC"], []],
    [{ kind: "sheet" }, ["a/table.csv"], []],
    [{ kind: "video", minBytes: 5_000_001 }, [], []],
    [{ minBytes: 2_000, maxBytes: 2_000 }, ["a/photo.HEIC"], []],
    [{ maxBytes: 10 }, ["a/notes"], []],
    [{ sinceMs: OLD.getTime(), beforeMs: OLD.getTime() + 1 }, ["a/clip.MP4", "a/table.csv"], []],
    [{ beforeMs: OLD.getTime() }, [], []],
  ] as const
) {
  Deno.test(`a search for ${JSON.stringify(filter)} finds what fits`, async () => {
    assertEquals(await find([...FACTS], { query: "", ...filter }), { files: [...files], folders: [...folders] });
  });
}

for (
  const [limit, options] of [
    ["hits", { maxHits: 7 }],
    ["files", { maxFiles: 1_000 }],
    ["time", { maxMs: 0 }],
  ] as const
) {
  Deno.test(`a search continues where it stopped for the limit on ${limit}, each file once`, async () => {
    const paths = Array.from({ length: 2_500 }, (_, index) => `f${index}`);
    const sources = new Map([["one", listing(paths)], ["none", listing([])], ["two", listing(["f", "f7"])]]);
    const found: string[] = [];
    const searched: number[] = [];
    let next: string | undefined;
    let count = 0;
    do {
      const result = await searchFiles(sources, { ...OPTIONS, ...options, query: "7", ...next && { next } });
      found.push(...result.hits.map(({ source, file }) => `${source}/${file.path}`));
      next = result.next ?? undefined;
      searched.push(result.searched);
      count++;
    } while (next !== undefined && count < 1_000);
    assertEquals(found, [...paths.filter((path) => path.includes("7")).map((path) => `one/${path}`), "two/f7"]);
    assertEquals(count > 1, true);
    assertEquals([searched.at(-1), searched.every((now, at) => now >= (searched[at - 1] ?? 0))], [2_502, true]);
  });
}

Deno.test("a search that continues finds a folder on both sides of its stop once", async () => {
  const paths = Array.from({ length: 30 }, (_, index) => `same/${index}`);
  const found: string[] = [];
  let next: string | null = null;
  do {
    const options: SearchOptions = { ...OPTIONS, query: "", maxHits: 4, ...next !== null && { next } };
    const result = await searchFiles(new Map([["media", listing(paths)]]), options);
    found.push(...result.folders.map(({ path }) => path));
    next = result.next;
  } while (next !== null);
  assertEquals(found, ["same/"]);
});

Deno.test("a search says which source failed, and searches the others", async () => {
  const sources = new Map([["bad", failing(new CredentialsError("secret"))], ["good", listing(["a"])]]);
  const { hits, failures, next } = await searchFiles(sources, { ...OPTIONS, query: "a" });
  assertEquals([hits.length, failures.map(({ source }) => source), next], [1, ["bad"], null]);
});

for (
  const next of [
    "x",
    "e30",
    "WzEsMiwzXQ",
    btoa('["other",null,0]').replaceAll("=", ""),
    btoa('["media",null,-1,0,""]').replaceAll("=", ""),
    btoa('["media",null,0,0.5,""]').replaceAll("=", ""),
    btoa('["media",null,0,0,7]').replaceAll("=", ""),
  ]
) {
  Deno.test(`GET search refuses to continue at "${next}"`, async () => {
    const { status } = await pagesApp().get(`/-/files/search?q=a&_next=${encodeURIComponent(next)}`);
    assertEquals(status, 400);
  });
}

Deno.test("GET search shows where each file is", async () => {
  const { text } = await pagesApp({ "x/y/needle <1>.txt": "", "hay": "" }).get("/-/files/search?q=NEEDLE");
  assertStringIncludes(text, `<bdi>${escaped("needle <1>.txt")}</bdi><small><bdi>media/x/y/</bdi></small>`);
  assertEquals(attributes(text, "data-path"), [escaped("x/y/needle <1>.txt")]);
  assertMatch(text, /id="search"[^>]*value="NEEDLE"/);
});

Deno.test("GET search says how much was searched, and offers to continue", async () => {
  const files = Object.fromEntries(Array.from({ length: 101 }, (_, index) => [`n${index}`, ""]));
  const app = pagesApp(files);
  const { text } = await app.get("/-/files/search?q=n&source=media");
  assertStringIncludes(text, '<span id="found">100 files so far.</span>');
  assertStringIncludes(text, '<span id="searched">Searched 100 files; there are more.</span>');
  const [, url = ""] = /href="([^"]*_next=[^"]*)">Continue</.exec(text) ?? [];
  assertStringIncludes(url, "source=media");
  const rest = (await app.get(url.replaceAll("&amp;", "&"))).text;
  assertStringIncludes(rest, '<span id="found">1 file on this page.</span>');
  assertStringIncludes(rest, '<span id="searched">Searched all 101 files.</span>');
});

Deno.test("GET search says that nothing has that name", async () => {
  const { text } = await pagesApp({ a: "" }).get("/-/files/search?q=%3Cb%3E");
  assertStringIncludes(text, "No name contains “&lt;b&gt;”");
});

Deno.test("GET search asks what to look for, and asks no store", async () => {
  const app = pagesApp({ a: "" });
  assertStringIncludes((await app.get("/-/files/search?q=+")).text, "Find files and folders");
  assertEquals(app.s3.requests.length, 0);
});

Deno.test("GET search names a source that cannot be searched, without the reason, and shows the files of others", async () => {
  const sources = { bad: failing(new CredentialsError("secret")), media: listing(["a"]) };
  const request = appOf(stubSource(), { sources });
  const text = await (await request("/-/files/search?q=a", { headers: HTML })).text();
  assertMatch(text, /role="alert"><bdi>bad<\/bdi> could not be searched\. The credentials service/);
  assertEquals(attributes(text, "data-path"), ["a"]);
  assertFalse(text.includes("secret"));
  const { files, errors, total } = await (await request("/-/files/search.json?q=a")).json();
  assertEquals([files.length, errors.length, total], [1, 1, null]);
  assertEquals((await request("/-/files/search?q=a&source=bad", { headers: HTML })).status, 503);
});

Deno.test("GET search finds nothing without files-browse", async () => {
  const permissions = { ...EVERYTHING, "files-browse": false };
  const request = appOf(stubSource({ a: "" }), { permissions });
  const text = await (await request("/-/files/search?q=a", { headers: HTML })).text();
  assertFalse(text.includes("data-path"));
  assertEquals((await request("/-/files/search?q=a&source=media", { headers: HTML })).status, 403);
});

Deno.test("a search refuses too many words and too long queries", async () => {
  const words = Array.from({ length: 17 }, (_, index) => `w${index}`).join(" ");
  for (const query of ["x".repeat(257), words]) {
    await assertRejects(() => namesOf(["a"], query), RequestRefusal, "Search for at most");
  }
  assertEquals(await namesOf(["w w"], "w ".repeat(128)), ["w w"]);
});

Deno.test("a search lets other requests run while it compares long names", async () => {
  // Each becomes 18 characters when it is normalised.
  const paths = Array.from({ length: 4_000 }, (_, index) => `${"\ufdfa".repeat(330)}${index}`);
  const query = Array.from({ length: 16 }, (_, index) => `w${index}`).join(" ");
  let [longestMs, isOver] = [0, false];
  const bystander = (async () => {
    while (!isOver) {
      const startedMs = performance.now();
      await new Promise((resolve) => setTimeout(resolve));
      longestMs = Math.max(longestMs, performance.now() - startedMs);
    }
  })();
  await searchFiles(new Map([["media", listing(paths)]]), { ...OPTIONS, query, now: () => performance.now() });
  isOver = true;
  await bystander;
  assert(longestMs < 500, `another one waited ${longestMs} ms`);
});

Deno.test("a search for a query of 257 characters is refused, in JSON and as a page", async () => {
  const { request } = createWorld({ files: { a: "A" } });
  const query = "x".repeat(257);
  const answers = [
    await request(`/search.json?q=${query}`),
    await request(`/search?q=${query}`, { headers: { accept: "text/html" } }),
  ];
  for (const answer of answers) {
    assertEquals(answer.status, 400);
    assertStringIncludes(await answer.text(), "Search for at most 256 characters.");
  }
});

Deno.test("the page of a search that is refused keeps what was typed", async () => {
  const { source } = createWorld();
  const query = "x".repeat(257);
  const page = await appOf(source)(`/-/files/search?q=${query}`, { headers: HTML });
  const text = await page.text();
  assertEquals(page.status, 400);
  assertStringIncludes(text, `name="q" value="${query}"`);
  // In the search box, and in the form below.
  assertEquals(text.split(query).length, 3);
});

Deno.test("a search stops within a page once its time is over", async () => {
  const paths = Array.from({ length: 1_000 }, (_, index) => `f${index}`);
  let nowMs = 0;
  const options = { ...OPTIONS, query: "f", maxHits: 1_000, maxMs: 5, now: () => nowMs++ };
  const { hits, next } = await searchFiles(new Map([["media", listing(paths)]]), options);
  assert(hits.length < 200, `${hits.length} hits`);
  assert(next !== null);
});
