import { assert, assertEquals, assertFalse, assertMatch, assertStringIncludes } from "@std/assert";
import type { AuditEntry, FilesAppOptions } from "../../src/app/mod.ts";
import { createMemoryState } from "../../src/app/mod.ts";
import { attributes, escaped, pagesApp } from "../support/app_pages.ts";
import { SIGNING_SECRET } from "../support/app_stub.ts";
import { brokenState } from "../support/broken_state.ts";

const FORM = "/-/files/source/media/-/form";

const FILES = {
  "top secret.txt": "secret",
  "team/plans/a <1>.txt": "Hello",
  "team/plans/deep/b.html": "<script>alert(1)</script>",
  "team/plans/deep/picture.png": "png",
  "team/plans-2/other.txt": "secret",
  "team/private.txt": "secret",
};

/** A link to a path, and what people see who have only that. */
async function share(path: string, options: Partial<FilesAppOptions> = {}, files: Record<string, string> = FILES) {
  let id: string | null = "alice";
  let nowMs = Date.now();
  const app = pagesApp(files, {
    permissions: { "files-browse": { id: "alice" }, "files-edit": { id: "alice" }, "files-delete": { id: "alice" } },
    authenticate: () => id === null ? null : { id },
    now: () => nowMs,
    ...options,
  });
  const { text } = await app.post(`${FORM}/link`, [["path", path]]);
  const [, url = ""] = /class="mono" value="([^"]*)"/.exec(text) ?? [];
  const link = new URL(url).pathname;
  id = null;
  return {
    app,
    link,
    get: (rest = "") => app.get(link + rest),
    async revoke() {
      [id, nowMs] = ["alice", nowMs + 1];
      assertEquals((await app.post(`${FORM}/revoke`, [["path", path]])).status, 200);
      id = null;
    },
    wait: (ms: number) => void (nowMs += ms),
  };
}

const fileQuery = (path: string) => `?path=${encodeURIComponent(path)}`;

Deno.test("a link to a folder shows it to anyone, read-only, with nothing that leads above it", async () => {
  const { get, link } = await share("team/plans/");
  const { status, text, headers } = await get();
  assertEquals(status, 200);
  assertStringIncludes(text, `<bdi>${escaped("a <1>.txt")}</bdi>`);
  assertStringIncludes(text, `href="${link}?folder=deep%2F"`);
  assertFalse(/<form|<button|<script|data-can|private|plans-2|secret/.test(text));
  for (const href of attributes(text, "href")) {
    assert(href.startsWith(link) || href.startsWith("/-/files/-/") || href === "#main", href);
  }
  assertFalse(text.includes("team"));
  assertEquals(headers.get("referrer-policy"), "no-referrer");
  assertEquals(headers.get("x-robots-tag"), "noindex");
  assertEquals(headers.get("cache-control"), "no-store");
  assertMatch(headers.get("content-security-policy") ?? "", /connect-src 'self';/);
});

Deno.test("a link to a folder leads into its folders and to its files, and back", async () => {
  const { get, link } = await share("team/plans/");
  const folder = await get("?folder=deep%2F");
  assertStringIncludes(folder.text, "<bdi>b.html</bdi>");
  assertStringIncludes(folder.text, `<li><a href="${link}" title="plans"><bdi>plans</bdi></a></li>`);
  const file = await get(`/file${fileQuery("a <1>.txt")}`);
  assertEquals(file.status, 200);
  assertStringIncludes(file.text, "\nHello</pre>");
  assertStringIncludes(file.text, `href="${link}/download?path=a%20%3C1%3E.txt"`);
  assertFalse(file.text.includes("team"));
  const download = await get(`/download${fileQuery("a <1>.txt")}`);
  assertEquals(download.text, "Hello");
  assertMatch(download.headers.get("content-disposition") ?? "", /^attachment/);
  const picture = await get(`/file${fileQuery("deep/picture.png")}`);
  assertStringIncludes(picture.text, `<img src="${link}/content?path=deep%2Fpicture.png"`);
  assertEquals((await get(`/thumbnail${fileQuery("deep/picture.png")}`)).status, 200);
});

Deno.test("a shared folder can be downloaded as one zip, of what is below it only", async () => {
  const { get } = await share("team/plans/");
  for (
    const [query, has, hasNot] of [["", "plans/deep/b.html", "private"], ["?folder=deep%2F", "deep/b.html", "Hello"]]
  ) {
    const { status, headers, text } = await get(`/archive${query}`);
    assertEquals([status, headers.get("content-type")], [200, "application/zip"]);
    assertStringIncludes(text, has ?? "");
    assertFalse(text.includes(hasNot ?? "") || text.includes("secret"));
  }
  for (const folder of ["..", "deep/../..", "/team", "..\\"]) {
    assertEquals((await get(`/archive?folder=${encodeURIComponent(folder)}`)).status, 400);
  }
  assertEquals((await (await share("team/private.txt")).get("/archive")).status, 404);
});

Deno.test("HTML in a shared folder can run nothing", async () => {
  const { get } = await share("team/plans/");
  for (const part of ["content", "download"]) {
    const { headers, text } = await get(`/${part}${fileQuery("deep/b.html")}`);
    assertEquals(text, "<script>alert(1)</script>");
    assertMatch(headers.get("content-security-policy") ?? "", /^sandbox; default-src 'none';(?!.*(script|allow-))/);
    assertEquals(headers.get("x-content-type-options"), "nosniff");
    assertEquals(headers.get("x-robots-tag"), "noindex");
    if (part === "content") assertEquals(headers.get("content-type"), "text/plain; charset=utf-8");
  }
  const page = await get(`/file${fileQuery("deep/b.html")}`);
  assertStringIncludes(page.text, "&lt;script&gt;");
  assertFalse(page.text.includes("<script"));
});

for (
  const path of [
    "../private.txt",
    "deep/../../private.txt",
    "..\\private.txt",
    "/team/private.txt",
    "./../private.txt",
    "..%2Fprivate.txt",
    "-2/other.txt",
    "team/private.txt",
    "\0",
    "",
    "x".repeat(1_020),
    "\ud83d\ude00".repeat(250),
  ]
) {
  Deno.test(`a link to a folder leads nowhere else by ${JSON.stringify(path.slice(0, 30))}`, async () => {
    const { get } = await share("team/plans/");
    for (const part of ["file", "content", "download", "thumbnail"]) {
      const { status, text } = await get(`/${part}${fileQuery(path)}`);
      // What there is no picture of gets an icon.
      if (part === "thumbnail" && status === 200) assertStringIncludes(text, "<svg");
      else assert(status === 404 || status === 400, `${part}: ${status}`);
      assertFalse(/secret|team\/plans/.test(text), text);
    }
  });
}

for (const folder of ["..", "../", "deep/../..", "/", "/team", "..\\", "deep/../../plans-2/"]) {
  Deno.test(`a link to a folder lists nothing else by ${JSON.stringify(folder)}`, async () => {
    const { get } = await share("team/plans/");
    const { status, text } = await get(`?folder=${encodeURIComponent(folder)}`);
    assertEquals(status, 400);
    assertFalse(/other|private|secret|team\/plans/.test(text));
  });
}

Deno.test("a large shared folder has pages, in the order in which people read names", async () => {
  const files = Object.fromEntries(Array.from({ length: 250 }, (_, index) => [`big/${index}`, ""]));
  const { get, link } = await share("big/", {}, files);
  const first = await get();
  const [, next = ""] = /href="([^"]*)">Next page</.exec(first.text) ?? [];
  assertStringIncludes(next, `${link}?cursor=`);
  const second = await get(next.slice(link.length).replaceAll("&amp;", "&"));
  assertEquals(second.text.match(/<tr>/g)?.length, 51);
  assertStringIncludes(first.text, "<bdi>199</bdi>");
  assertStringIncludes(second.text, "<bdi>200</bdi>");
});

Deno.test("a link to a file leads to this file only", async () => {
  const { get } = await share("team/private.txt");
  assertEquals((await get()).text, "secret");
  for (const rest of ["/file?path=x", "/content?path=x", "/download?path=private.txt", "/thumbnail?path=x"]) {
    assertEquals((await get(rest)).status, 404);
  }
  assertEquals((await get("?folder=team%2F")).text, "secret");
});

Deno.test("a link that was revoked or has ended gets a calm page, which leads nowhere", async () => {
  const shared = await share("team/plans/");
  await shared.revoke();
  const late = await share("team/plans/");
  late.wait(86_400_000);
  for (const { get, link } of [shared, late]) {
    const { status, text, headers } = await get();
    assertEquals(status, 404);
    assertStringIncludes(text, "<h1>This link does not work any more</h1>");
    assertStringIncludes(text, "This link has expired, was revoked, or is not complete.");
    assertFalse(/<form|<button|team|plans|shared/.test(text.replaceAll(link, "")));
    assertEquals([headers.get("x-robots-tag"), headers.get("referrer-policy")], ["noindex", "no-referrer"]);
    for (const part of ["file", "content", "download", "thumbnail", "archive"]) {
      assertEquals((await get(`/${part}${fileQuery("a <1>.txt")}`)).status, 404);
    }
  }
});

Deno.test("a link survives a restart with a state, and its use is refused while the state is gone", async () => {
  const options = { secret: SIGNING_SECRET, state: createMemoryState() };
  const { link } = await share("team/plans/", options);
  const restarted = pagesApp(FILES, { permissions: { "files-browse": { id: "alice" } }, ...options });
  assertEquals((await restarted.get(link)).status, 200);
  const denied = pagesApp(FILES, { permissions: { "files-browse": { id: "bob" } }, ...options });
  assertEquals((await denied.get(link)).status, 404);
  const alone = pagesApp(FILES, {
    permissions: { "files-browse": { id: "alice" } },
    secret: SIGNING_SECRET,
    state: brokenState(),
  });
  const { status, text } = await alone.get(link);
  assertEquals(status, 503);
  assertStringIncludes(text, "The files are safe; try again in a moment.");
});

Deno.test("onAudit receives who made, used and revoked a link, without the link", async () => {
  const entries: AuditEntry[] = [];
  const { get, revoke, link } = await share("team/plans/", { onAudit: (entry) => void entries.push(entry) });
  await get();
  await get(`/download${fileQuery("a <1>.txt")}`);
  await get(`/download${fileQuery("none")}`);
  await revoke();
  const facts = entries.map(({ type, action, actor, login, sharedBy, path }) => [
    ...[type, action, path],
    ...[actor?.id, login, sharedBy?.id],
  ]);
  assertEquals(facts, [
    ["done", "link", "team/plans/", "alice", "own", undefined],
    ["done", "link_open", "team/plans/", undefined, "link", "alice"],
    ["done", "download", "team/plans/a <1>.txt", undefined, "link", "alice"],
    ["refused", "download", "team/plans/none", undefined, "link", "alice"],
    ["done", "link_revoke", "team/plans/", "alice", "own", undefined],
  ]);
  assertFalse(JSON.stringify(entries).includes(link.split("/").at(-1) ?? ""));
});

Deno.test("onAudit receives what is refused to someone with a link", async () => {
  const entries: AuditEntry[] = [];
  const { get, revoke } = await share("team/plans/", { onAudit: (entry) => void entries.push(entry) });
  await get("/content?path=../private.txt");
  await get("/file?path=.s3-source-thumbnails/a.png");
  await get("/archive?folder=..");
  await get("?folder=%00/");
  await revoke();
  await get();
  await get(`/download${fileQuery("a <1>.txt")}`);
  const facts = entries.slice(1).map(({ type, action, path, login, sharedBy }) => [
    ...[type, action, path],
    ...[login, sharedBy?.id],
  ]);
  assertEquals(facts, [
    ["refused", "download", "team/plans/../private.txt", "link", "alice"],
    ["refused", "link_open", "team/plans/.s3-source-thumbnails/a.png", "link", "alice"],
    ["refused", "download", "team/plans/../", "link", "alice"],
    ["refused", "link_open", "team/plans/\u0000/", "link", "alice"],
    ["done", "link_revoke", "team/plans/", "own", undefined],
    ["refused", "link_open", undefined, "link", undefined],
    ["refused", "download", undefined, "link", undefined],
  ]);
});

Deno.test("links and what they lead to begin with the base path", async () => {
  const { link } = await share("team/plans/", { publicUrl: "https://example.org/files/" });
  assertMatch(link, /^\/files\/-\/files\/shared\//);
});
