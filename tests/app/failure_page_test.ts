import { assert, assertEquals, assertFalse, assertMatch, assertStringIncludes } from "@std/assert";
import { AccessDeniedError, CredentialsError, ScopeChangedError, TimeoutError } from "../../mod.ts";
import { RequestRefusal } from "../../src/app/failure.ts";
import { toFileId } from "../../src/app/file_id.ts";
import { pagesApp } from "../support/app_pages.ts";

const KNOWN = { authenticate: () => ({ id: "ines" }) };

Deno.test("the failure page asks anonymous visitors to log in, and nobody else", async () => {
  const permissions = { "files-browse": { id: "alice" } };
  const unknown = await pagesApp({}, { permissions }).get("/-/files/source/media");
  assertEquals(unknown.status, 403);
  assertStringIncludes(unknown.text, "<h1>You are not logged in</h1>");
  assertStringIncludes(unknown.text, "Open the login link you were given");
  const known = await pagesApp({}, { ...KNOWN, permissions }).get("/-/files/source/media");
  assertEquals(known.status, 403);
  assertStringIncludes(known.text, "<h1>Not allowed</h1>");
  assertStringIncludes(known.text, "You may not browse this source.");
});

Deno.test("the failure page links to no other site, whatever the path", async () => {
  const authenticate = () => {
    throw new Error("out of order");
  };
  const { get } = pagesApp({}, { authenticate });
  for (const path of ["//evil.example/x", "/\\evil.example/x"]) {
    const { status, text } = await get(path);
    assertEquals(status, 500);
    assertMatch(text, /href="\/-\/files"[^>]*>\s*Try again now/);
    assertFalse(text.includes("evil.example"));
  }
});

function fileUrl(path: string): string {
  return `/-/files/${toFileId({ source: "media", path })}`;
}

Deno.test("the failure page leads from a missing file to its folder", async () => {
  for (const url of [fileUrl("x/y/none"), `${fileUrl("x/y/none")}/download`]) {
    const { status, text } = await pagesApp().get(url);
    assertEquals(status, 404);
    assertStringIncludes(text, 'href="/-/files/source/media?folder=x%2Fy%2F">Back to the folder</a>');
  }
});

Deno.test("the failure page has a heading for what has failed, also where others have the same status", async () => {
  for (
    const [error, status, heading] of [
      [new CredentialsError("down"), 503, "No credentials right now"],
      [new RequestRefusal(503, "Too much is being uploaded."), 503, "The server is busy"],
      [new ScopeChangedError("moved"), 409, "This folder has moved"],
      [new RequestRefusal(409, "There is already a folder of this name."), 409, "This did not work"],
    ] as const
  ) {
    const page = await pagesApp({}, {}, { list: () => Promise.reject(error) }).get("/-/files/source/media");
    assertEquals(page.status, status);
    assertStringIncludes(page.text, `<h1>${heading}</h1>`);
  }
});

Deno.test("the failure page keeps the breadcrumbs, but not those of a source that the visitor may not browse", async () => {
  const crumbs = (text: string) => [...text.matchAll(/<li[^>]*>(?:<a [^>]*>)?<bdi>([^<]*)/g)].map(([, name]) => name);
  for (
    const [url, names] of [
      [fileUrl("x/y/none"), ["media", "x", "y", "none"]],
      ["/-/files/source/media?folder=x%2F&sort=colour", ["media", "x"]],
      ["/-/files/source/media/-/form/edit?path=x%2Fnone", ["media", "x", "none"]],
      ["/-/files/source/media?folder=..%2F..%2F", ["media"]],
      ["/-/files/source/media?folder=%FF", []],
      ["/-/files/source/%FF", []],
      ["/-/files/source/none", []],
      ["/-/files/none", []],
    ] as const
  ) {
    const { status, text } = await pagesApp().get(url);
    assert(status >= 400, url);
    const [list = ""] = /<ol>.*?<\/ol>/s.exec(text) ?? [];
    assertEquals(crumbs(list), [...names], url);
    assertFalse(/data-can="[^"]/.test(text), url);
  }
  const hidden = await pagesApp({}, { permissions: { "files-upload": true } }).get(fileUrl("x/secret"));
  assertFalse(hidden.text.includes("crumbs"));
});

Deno.test("the failure page says whether the files are safe, where the reason does not", async () => {
  const down = () => Promise.reject(new TimeoutError("slow"));
  const app = pagesApp({ a: "" }, {}, { list: down, deleteMany: down });
  const read = await app.get("/-/files/source/media");
  assertStringIncludes(read.text, "Try again in a moment. The files are safe, and nothing was changed.");
  const change = await app.post("/-/files/source/media/-/form/delete", [["path", "a"], ["confirmed", "1"]]);
  if (change.status >= 500) assertStringIncludes(change.text, "It may have been done in part");
  const denied = await pagesApp({}, {}, { list: () => Promise.reject(new AccessDeniedError("no")) })
    .get("/-/files/source/media");
  assertStringIncludes(denied.text, "do not allow this. Nothing was changed.");
});

Deno.test("the failure page lets the browser forget a file that is gone, and no other", async () => {
  const { text } = await pagesApp().get(fileUrl("x/none"));
  assertStringIncludes(text, `data-gone="${toFileId({ source: "media", path: "x/none" })}"`);
  assertFalse((await pagesApp().get("/-/files/none")).text.includes("data-gone"));
});
