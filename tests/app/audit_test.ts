import { assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { type AuditEntry, createFilesApp, createRootSession, type FilesAppOptions } from "../../src/app/mod.ts";
import { RequestRefusal } from "../../src/app/failure.ts";
import { ServiceError } from "../../src/errors.ts";
import { logLine } from "../../src/command/log_line.ts";
import { appOf, EVERYTHING, HTML, SAME_ORIGIN, SIGNING_SECRET, stubSource } from "../support/app_stub.ts";
import { createWorld, idOf, type WorldOptions } from "../support/app_world.ts";

/** A world, and what its audit has, without what differs in each run. */
function auditedWorld(options: WorldOptions = {}) {
  const entries: AuditEntry[] = [];
  const world = createWorld({ ...options, onAudit: (entry) => entries.push(entry) });
  return {
    ...world,
    entries,
    taken: () => entries.splice(0).map(({ requestId: _, actor: __, ...entry }) => entry),
  };
}

const media = { source: "media" };
const done = { type: "done", ...media } as const;

Deno.test("onAudit receives an entry for each change through the API", async () => {
  const { post, request, taken } = auditedWorld({ files: { "a.txt": "12345", "old/b.txt": "b" } });
  await request("/source/media/-/content?path=new.txt", { method: "PUT", body: "123" });
  await request("/source/media/-/content?path=a.txt", { method: "PUT", body: "1234" });
  assertEquals(taken(), [
    { ...done, action: "upload", path: "new.txt", bytes: 3 },
    { ...done, action: "replace", path: "a.txt", bytes: 4 },
  ]);
  await post("/source/media/-/folder", { path: "folder" });
  await post("/source/media/-/copy", { from: "a.txt", to: "c.txt" });
  await post("/source/media/-/move", { from: "c.txt", to: "d.txt" });
  await post("/source/media/-/delete", { paths: ["d.txt", "old/"] });
  await post(`/${idOf("a.txt")}/-/update`, { update: { search_text: "x" } });
  await post(`/${idOf("a.txt")}/-/delete`, {});
  assertEquals(taken(), [
    { ...done, action: "folder", path: "folder" },
    { ...done, action: "copy", path: "a.txt", to: "c.txt" },
    { ...done, action: "move", path: "c.txt", to: "d.txt" },
    { ...done, action: "delete", paths: ["d.txt", "old/"], pathCount: 2 },
    { ...done, action: "edit", path: "a.txt" },
    { ...done, action: "delete", path: "a.txt", bytes: 4 },
  ]);
});

Deno.test("onAudit receives one entry for an upload in steps, where its file is stored", async () => {
  const { post, request, taken } = auditedWorld({ files: { "a.txt": "12345" } });
  const prepare = async (wish: object) => await (await post("/upload/media/-/prepare", wish)).json();
  const send = async ({ upload_url }: { upload_url: string }, body: string) =>
    await request(upload_url.slice("/-/files".length), { method: "PUT", body });
  const small = await prepare({ filename: "b.txt", folder: "", on_collision: "keep_both", size: 2 });
  assertEquals(taken(), []);
  await send(small, "bb");
  await post("/upload/media/-/complete", { upload_token: small.upload_token });
  assertEquals(taken(), [{ ...done, action: "upload", path: "b.txt", bytes: 2 }]);
  const other = await prepare({ filename: "a.txt", folder: "", on_collision: "replace", size: 2 });
  await send(other, "cc");
  await send(other, "dd");
  assertEquals(taken(), [
    { ...done, action: "replace", path: "a.txt", bytes: 2 },
    {
      ...{ type: "refused", ...media, action: "replace", path: "a.txt", bytes: 2 },
      reason: "This upload has already been used. Start a new one.",
    },
  ]);
  await prepare({ filename: "a.txt", folder: "", on_collision: "ask", size: 2 });
  assertEquals(taken(), [{
    ...{ type: "refused", ...media, action: "upload", path: "a.txt", bytes: 2 },
    reason: "There is already a file named “a.txt” here, which was kept.",
  }]);
});

Deno.test("onAudit receives downloads and links, but not what is in the browser's cache, nor signed URLs", async () => {
  const { request, taken } = auditedWorld({ files: { "a.txt": "12345" } });
  const file = `/${idOf("a.txt")}`;
  for (const path of ["/download", "/link", "/content", "/download?proxy=1", "/thumbnail", ".json"]) {
    await (await request(file + path)).body?.cancel();
  }
  const entry = { ...done, path: "a.txt", bytes: 5 };
  const entries = taken();
  assertEquals(entries.slice(0, 2), [{ ...entry, action: "download" }, { ...entry, action: "link" }]);
  assertEquals(entries.slice(2), Array(2).fill({ ...done, action: "download", path: "a.txt" }));
  const etag = (await request(`${file}/content`, { method: "HEAD" })).headers.get("etag") ?? "";
  assertEquals((await request(`${file}/content`, { headers: { "if-none-match": etag } })).status, 304);
  assertEquals(taken(), []);
});

Deno.test("onAudit receives a redirect to the store, also if only its headers were asked for", async () => {
  const { request, taken } = auditedWorld({ files: { "a.txt": "12345" } });
  const response = await request(`/${idOf("a.txt")}/download`, { method: "HEAD", redirect: "manual" });
  assertEquals([response.status, response.headers.has("location")], [302, true]);
  assertEquals(taken(), [{ ...done, action: "download", path: "a.txt", bytes: 5 }]);
});

Deno.test("onAudit receives what the forms of pages do", async () => {
  const { source, entries, taken } = auditedWorld({ files: { "a.txt": "12345", "b.txt": "b", "c.txt": "c" } });
  const request = appOf(source, { onAudit: (entry) => entries.push(entry) });
  const submit = async (form: string, fields: [string, string | File][]) => {
    const body = new FormData();
    for (const [name, value] of fields) body.append(name, value);
    const urlEncoded = new URLSearchParams(
      fields.filter((field): field is [string, string] => !(field[1] instanceof File)),
    );
    const init = { method: "POST", headers: { ...HTML, ...SAME_ORIGIN }, redirect: "manual" } as const;
    const response = await request(`/-/files/source/media/-/form/${form}`, {
      ...init,
      body: form === "upload" ? body : urlEncoded,
    });
    await response.body?.cancel();
  };
  await submit("delete", [["path", "a.txt"]]);
  assertEquals(taken(), [], "it only asks");
  await submit("delete", [["path", "a.txt"], ["confirmed", "1"]]);
  await submit("move", [["path", "b.txt"], ["path", "c.txt"], ["to", "x"], ["confirmed", "1"]]);
  await submit("folder", [["name", "new"]]);
  await submit("edit", [["path", "new.txt"], ["text", "text"], ["etag", ""]]);
  await submit("upload", [["file", new File(["1"], "1.txt")], ["file", new File(["22"], "2.txt")]]);
  assertEquals(taken(), [
    { ...done, action: "delete", path: "a.txt" },
    { ...done, action: "move", paths: ["b.txt", "c.txt"], pathCount: 2, to: "x" },
    { ...done, action: "folder", path: "new" },
    { ...done, action: "edit", path: "new.txt" },
    { ...done, action: "upload", paths: ["1.txt", "2.txt"], pathCount: 2, bytes: 3 },
  ]);
});

Deno.test("onAudit says who asked, from where, and why it was refused or failed", async () => {
  const entries: AuditEntry[] = [];
  const failing = stubSource({ "a.txt": "1" }, {
    delete: () => Promise.reject(new ServiceError("secret reason", { status: 503 })),
  });
  const app = createFilesApp({
    sources: { media: failing },
    permissions: { ...EVERYTHING, "files-upload": { id: "alice" } },
    authenticate: () => ({ id: "bob", token: "a secret" }),
    trustedProxies: ["127.0.0.1"],
    onAudit: (entry) => entries.push(entry),
  });
  const ask = async (path: string, init: RequestInit) => {
    const headers = { "user-agent": "curl\u0085/8".padEnd(300, "x"), "x-forwarded-for": "192.0.2.9", ...init.headers };
    return await app(new Request(`http://localhost/-/files${path}`, { ...init, headers }), "127.0.0.1");
  };
  const refused = await ask("/source/media/-/folder", { method: "POST", body: '{"path": "x"}' });
  const failed = await ask(`/${idOf("a.txt")}/-/delete`, { method: "POST", headers: HTML, body: "{}" });
  const caller = {
    actor: { id: "bob" },
    login: "own",
    address: "192.0.2.9",
    userAgent: "curl\\u0085/8".padEnd(200, "x"),
  };
  const [first, second] = entries;
  assertEquals(entries, [
    {
      ...{ type: "refused", requestId: refused.headers.get("x-request-id") ?? "", ...caller },
      ...{ action: "folder", source: "media", reason: "You may not upload to this source." },
    },
    {
      ...{ type: "failed", requestId: failed.headers.get("x-request-id") ?? "", ...caller },
      ...{ action: "delete", source: "media", path: "a.txt", bytes: 1 },
      reason: "The store cannot be reached at the moment. The files are safe; try again in a moment.",
    },
  ]);
  assertMatch(first?.requestId ?? "", /^[0-9a-f-]{36}$/);
  // A person can quote it.
  assertStringIncludes(await failed.text(), `<code>${second?.requestId}</code>`);
});

Deno.test("onAudit receives what was done in part as failed, and at most 100 paths", async () => {
  const { post, taken } = auditedWorld({
    files: { a: "1", b: "2" },
    fetch: (s3) => async (input, init) => {
      const isDelete = init?.method === "DELETE" || new URL(String(input)).searchParams.has("delete");
      return isDelete ? new Response(DENIED, { status: 403 }) : await s3.fetch(input, init);
    },
  });
  const paths = Array.from({ length: 150 }, (_, index) => `file ${index}`);
  await post("/source/media/-/delete", { paths });
  const [entry] = taken();
  assertEquals([entry?.type, entry?.paths?.length, entry?.pathCount], ["failed", 100, 150]);
  assertStringIncludes(entry?.reason ?? "", " failed, the first: The credentials of this source do not allow");
});

const DENIED = "<Error><Code>AccessDenied</Code><Message>Access Denied</Message></Error>";

Deno.test("onAudit receives logins and logouts of the operator, without the link", async () => {
  const entries: AuditEntry[] = [];
  const session = createRootSession({ secret: SIGNING_SECRET });
  const request = appOf(stubSource(), { session, secret: SIGNING_SECRET, onAudit: (entry) => entries.push(entry) });
  const link = await session.createLoginPath();
  const login = await request(link);
  await request(link);
  const headers = { cookie: login.headers.get("set-cookie")?.split(";")[0] ?? "", ...SAME_ORIGIN };
  await request("/-/files/source/media/-/content?path=a", { method: "PUT", body: "x", headers });
  await request("/-/files/-/logout", { method: "POST", headers });
  await request("/-/files/-/logout", { method: "POST", headers: SAME_ORIGIN });
  assertEquals(entries.map(({ type, actor, login, action }) => [type, actor?.id, login, action]), [
    ["done", "root", "root", "login"],
    ["refused", undefined, "root", "login"],
    ["done", "root", "root", "upload"],
    ["done", "root", "root", "logout"],
  ]);
  assertEquals(JSON.stringify(entries).includes(link.split("=")[1] ?? ""), false);
});

Deno.test("hostile names are one line of the audit, and no command to a terminal", async () => {
  const { request, taken } = auditedWorld();
  const path = 'a"}\u202e\u0085\u2028<b>\u009b31m.txt';
  await request(`/source/media/-/content?path=${encodeURIComponent(path)}`, { method: "PUT", body: "1" });
  const [entry = {}] = taken();
  const line = logLine(entry);
  assertEquals(JSON.parse(line).path, path);
  assertMatch(line, /^[\x20-\x7e]+$/);
});

Deno.test("a listener of the audit that fails changes nothing", async () => {
  const options: Partial<FilesAppOptions> = {
    onAudit: () => {
      throw new Error("the disk is full");
    },
  };
  const request = appOf(stubSource(), options);
  assertEquals((await request("/-/files/source/media/-/content?path=a", { method: "PUT", body: "1" })).status, 201);
});

Deno.test("onAudit receives as refused, not as failed, what a client breaks off", async () => {
  const { request, taken } = auditedWorld({
    fetch: () => (_, init) =>
      new Promise((_, reject) => init?.signal?.addEventListener("abort", () => reject(init.signal?.reason))),
  });
  const [client, server] = [new AbortController(), new AbortController()];
  const put = ({ signal }: AbortController) =>
    request("/source/media/-/content?path=a", { method: "PUT", body: "1", headers: { "if-none-match": "*" }, signal });
  const answers = Promise.all([put(client), put(server)]);
  setTimeout(() => client.abort(), 20);
  setTimeout(() => server.abort(new RequestRefusal(503, "The server is stopping.")), 40);
  assertEquals((await answers).map(({ status }) => status), [400, 503]);
  const entry = { ...media, action: "upload", path: "a" } as const;
  assertEquals(taken(), [
    { ...entry, type: "refused", reason: "The client disconnected before the end." },
    { ...entry, type: "failed", reason: "The server is stopping." },
  ]);
});
