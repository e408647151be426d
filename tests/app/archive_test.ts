import { assert, assertEquals, assertMatch, assertRejects, assertStringIncludes } from "@std/assert";
import { createS3Source, type S3Source } from "../../mod.ts";
import type { AuditEntry } from "../../src/app/mod.ts";
import { ServiceError } from "../../src/errors.ts";
import { pagesApp } from "../support/app_pages.ts";
import { SAME_ORIGIN } from "../support/app_stub.ts";
import { createWorld, type World, type WorldOptions } from "../support/app_world.ts";
import { orSkip } from "../support/or_skip.ts";
import { readZip, textsOf } from "../support/zip.ts";

const ARCHIVE = "/source/media/-/archive";
const ID = "0123456789abcdef";
const LIST = "MISSING FILES.txt";

/** A zip that is as long as announced. */
async function zipOf(response: Response) {
  assertEquals(response.status, 200);
  const bytes = await response.bytes();
  assertEquals(Number(response.headers.get("content-length")), bytes.byteLength);
  return readZip(bytes);
}

const resultOf = async ({ request }: World) => await (await request(`${ARCHIVE}.json?id=${ID}`)).json();

/** A world in which something happens to the files after they were listed. */
function worldWhere(files: WorldOptions["files"], happens: (source: S3Source) => Promise<unknown>): World {
  let happening: Promise<unknown> | undefined;
  return createWorld({
    files: files ?? {},
    fetch: (s3) => async (input, init) => {
      if ((init?.method ?? "GET") === "GET" && !String(input).includes("list-type")) {
        await (happening ??= happens(createS3Source({ ...s3.config, prefix: "team" }, { fetch: s3.fetch })));
      }
      return await s3.fetch(input, init);
    },
  });
}

/** The source of a world, whose files arrive otherwise. */
function worldThat(files: WorldOptions["files"], stream: (source: S3Source) => S3Source["stream"]): World {
  const { source } = createWorld({ files: files ?? {} });
  return createWorld({ sources: { media: { ...source, stream: stream(source) } } });
}

Deno.test("GET archive sends a folder as one zip, under its name", async () => {
  const { request } = createWorld({ files: { "a/in/b.txt": "b", "a/ü.txt": "text", "a/empty/": "", "c.txt": "" } });
  const response = await request(`${ARCHIVE}?path=in%2F&path=a%2F`);
  const zip = await zipOf(response);
  assertEquals(textsOf(zip), { "a/empty/": "", "a/in/b.txt": "b", "a/ü.txt": "text" });
  assertEquals(zip.comment.trim(), "2 files, all complete.");
  assertEquals(response.headers.get("content-type"), "application/zip");
  assertEquals(
    (await request(`${ARCHIVE}?path=a%2F`, { method: "HEAD" })).headers.get("content-disposition"),
    'attachment; filename="a.zip"',
  );
});

for (
  const [query, file, names] of [
    ["path=", "media.zip", ["media/a.txt", "media/b/c.txt", "media/b/d/e.txt"]],
    ["path=b%2F", "b.zip", ["b/c.txt", "b/d/e.txt"]],
    ["path=b%2Fd%2F&path=b%2Fc.txt", "b.zip", ["c.txt", "d/e.txt"]],
    ["path=a.txt&path=b%2Fd%2F&path=a.txt", "media.zip", ["a.txt", "b/d/e.txt"]],
    ["path=b%2F&path=b%2Fc.txt", "media.zip", ["b/c.txt", "b/d/e.txt"]],
  ] as const
) {
  Deno.test(`GET archive?${query} is ${file}`, async () => {
    const { request } = createWorld({ files: { "a.txt": "", "b/c.txt": "", "b/d/e.txt": "" } });
    const response = await request(`${ARCHIVE}?${query}`);
    assertStringIncludes(response.headers.get("content-disposition") ?? "", `"${file}"`);
    assertEquals((await zipOf(response)).entries.map(({ name }) => name).toSorted(), [...names]);
  });
}

Deno.test("GET archive has what unzip and Python read, also of 3,000 files", async () => {
  const many = Array.from({ length: 3_000 }, (_, number) => [`folder ${number % 7}/é${number}.txt`, `${number}`]);
  const { request } = createWorld({ files: { ...Object.fromEntries(many), "large.bin": new Uint8Array(3_000_000) } });
  const response = await request(`${ARCHIVE}?path=`);
  const bytes = await response.bytes();
  assertEquals(Number(response.headers.get("content-length")), bytes.byteLength);
  assertEquals(readZip(bytes).entries.length, 3_001);
  const path = await Deno.makeTempFile({ suffix: ".zip" });
  try {
    await Deno.writeFile(path, bytes);
    const script = "import sys, zipfile; z = zipfile.ZipFile(sys.argv[1]); print(z.testzip(), len(z.namelist()))";
    const run = (command: string, ...args: string[]) =>
      orSkip(`${command} is missing`, async () => {
        const { success, stdout } = await new Deno.Command(command, { args, stderr: "inherit" }).output();
        return { success, output: new TextDecoder().decode(stdout).trim() };
      });
    const python = await run("python3", "-c", script, path);
    assertEquals(python?.output ?? "None 3001", "None 3001");
    assert((await run("unzip", "-tq", path))?.success ?? true);
  } finally {
    await Deno.remove(path);
  }
});

Deno.test("GET archive leaves out files that were changed or deleted meanwhile, and lists them", async () => {
  const files = { "f/a.txt": "a", "f/b.txt": "listed", "f/c.txt": "c", "f/d.bin": new Uint8Array(900_000) };
  const world = worldWhere(files, async (source) => {
    await source.upload("f/b.txt", "others");
    await source.upload("f/d.bin", new Uint8Array(900_000).fill(1));
    await source.delete("f/c.txt");
  });
  const { [LIST]: list = "", ...others } = textsOf(await zipOf(await world.request(`${ARCHIVE}?path=f%2F&id=${ID}`)));
  for (const name of ["b.txt", "c.txt", "d.bin"]) assertStringIncludes(list, `f/${name}\n`);
  assertEquals(Object.keys(others), ["f/a.txt", `${LIST} - filler, can be deleted`]);
  const { missing, ...result } = await resultOf(world);
  assertEquals(result, { ended: true, files: 1, missing_count: 3, error: null });
  assertEquals(missing[0], { path: "f/b.txt", message: "It was changed while the archive was made." });
  assertEquals(missing[1], { path: "f/c.txt", message: "It was deleted while the archive was made." });
});

Deno.test("GET archive fills up a file that fails in its middle, and lists it", async () => {
  const content = new Uint8Array(1_000_000).fill(7);
  const world = worldThat({ "large.bin": content, "z.txt": "z" }, (source) => async (path, options) => {
    const opened = await source.stream(path, options);
    if (path !== "large.bin") return opened;
    const chunks = [content.slice(0, 400_000)];
    const body = new ReadableStream<Uint8Array<ArrayBuffer>>({
      pull(controller) {
        const chunk = chunks.shift();
        if (chunk === undefined) controller.error(new ServiceError("gone", { code: "NetworkError" }));
        else controller.enqueue(chunk);
      },
    });
    return { ...opened, body };
  });
  const zip = await zipOf(await world.request(`${ARCHIVE}?path=&id=${ID}`));
  const large = zip.entries.find(({ name }) => name === "media/large.bin")?.bytes ?? new Uint8Array();
  assertEquals([large.byteLength, large[399_999], large[400_000]], [1_000_000, 7, 0]);
  const texts = textsOf(zip);
  assertStringIncludes(texts[LIST] ?? "", "large.bin\n    It is not whole: after 400000 of 1000000 bytes");
  assertEquals(texts["media/z.txt"], "z");
  const { files, missing_count } = await resultOf(world);
  assertEquals([files, missing_count], [1, 1]);
});

Deno.test("GET archive breaks off when the store no longer responds", async () => {
  const files = Object.fromEntries(Array.from({ length: 40 }, (_, number) => [`${number}`, "x"]));
  const world = worldThat(files, () => () => Promise.reject(new ServiceError("gone", { code: "NetworkError" })));
  const response = await world.request(`${ARCHIVE}?path=&id=${ID}`);
  await assertRejects(() => response.bytes());
  const { ended, error } = await resultOf(world);
  assertEquals([ended, error], [
    true,
    "The store cannot be reached at the moment. The files are safe; try again in a moment.",
  ]);
});

Deno.test("GET archive stops reading when its client is gone", async () => {
  const signals: (AbortSignal | undefined)[] = [];
  const world = worldThat(
    { "a.bin": new Uint8Array(2_000_000), "b.bin": new Uint8Array(2_000_000) },
    (source) => (path, options) => {
      signals.push(options?.signal);
      return source.stream(path, options);
    },
  );
  const response = await world.request(`${ARCHIVE}?path=&id=${ID}`);
  const reader = response.body?.getReader();
  for (let chunks = 0; chunks < 5; chunks++) await reader?.read();
  await reader?.cancel();
  assertEquals(signals.map((signal) => signal?.aborted), [true]);
  assertEquals((await resultOf(world)).error, "The download was stopped before its end.");
});

Deno.test("a person downloads four archives at a time", async () => {
  const world = createWorld({ files: { "a.bin": new Uint8Array(600_000) } });
  const ask = () => world.request(`${ARCHIVE}?path=`);
  const running = [await ask(), await ask(), await ask(), await ask()];
  const refused = await world.request(`${ARCHIVE}?path=&id=${ID}`);
  assertEquals([refused.status, (await refused.json()).code], [429, "too_many"]);
  assertStringIncludes((await resultOf(world)).error, "Too many");
  await running[0]?.body?.cancel();
  await running[1]?.bytes();
  await new Promise((resolve) => setTimeout(resolve, 0));
  for (const response of [await ask(), await ask(), ...running.slice(2)]) await response.body?.cancel();
});

for (
  const [query, status] of [
    ["", 400],
    ["path=none", 404],
    ["path=none%2F", 404],
    ["path=..%2Fx", 400],
    ["path=%2Fetc%2F", 400],
    ["path=%ff", 400],
  ] as const
) {
  Deno.test(`GET archive?${query} is ${status}`, async () => {
    assertEquals((await createWorld({ files: { a: "" } }).request(`${ARCHIVE}?${query}`)).status, status);
  });
}

Deno.test("GET archive refuses more than 10,000 files after eleven pages, and tells the page", async () => {
  const page = (start: number) => Array.from({ length: 1_000 }, (_, number) => `${start + number}`);
  let asked = 0;
  const { source } = createWorld();
  const list: S3Source["list"] = () => {
    const files = page(asked++ * 1_000).map((path) => ({ path, name: path, size: 1, etag: null, lastModified: null }));
    return Promise.resolve({ files, folders: [], cursor: "more", skipped: 0 });
  };
  const world = createWorld({ sources: { media: { ...source, list } } });
  assertEquals((await world.request(`${ARCHIVE}?path=&id=${ID}`)).status, 413);
  assertEquals(asked, 11);
  assertStringIncludes((await resultOf(world)).error, "more than 10,000 files");
});

Deno.test("HEAD archive has the length, starts nothing, and is not in the audit; GET is, with count and bytes", async () => {
  const entries: AuditEntry[] = [];
  const { request, s3 } = createWorld({
    files: { "a/b": "12", "a/c": "345" },
    onAudit: (entry) => entries.push(entry),
  });
  const head = await request(`${ARCHIVE}?path=a%2F`, { method: "HEAD" });
  const reads = s3.requests.filter(({ operation }) => operation === "GetObject");
  assertEquals([head.body, reads.length, entries.length], [null, 0, 0]);
  const response = await request(`${ARCHIVE}?path=a%2F`);
  assertEquals(head.headers.get("content-length"), response.headers.get("content-length"));
  await response.bytes();
  const [{ type, action, path, files, bytes }] = entries as [AuditEntry];
  assertEquals({ type, action, path, files, bytes }, {
    type: "done",
    action: "download",
    path: "a/",
    files: 2,
    bytes: 5,
  });
});

Deno.test("GET archive has dates of the files themselves, within what the format knows", async () => {
  const { request, s3 } = createWorld();
  const put = (key: string, mtime: string) =>
    s3.putObject({ bucket: "bucket", key: `team/${key}`, body: "x", metadata: { mtime } });
  put("a", `${Date.UTC(2001, 4, 6, 12) / 1_000}.123456789`);
  put("b", "-1");
  put("c", "99999999999");
  const { entries } = await zipOf(await request(`${ARCHIVE}?path=`));
  assertEquals(entries.map(({ date }) => date), ["2001-05-06", "1980-01-02", "2107-12-30"]);
});

Deno.test("GET archive leaves out what the app itself writes", async () => {
  const { request } = createWorld({
    files: { "a/x.png": "", "a/.s3-source-thumbnails/x": "", ".s3-source-probe-1": "", "a/.s3-source-probe-2": "" },
  });
  const { entries } = await zipOf(await request(`${ARCHIVE}?path=`));
  assertEquals(entries.map(({ name }) => name), ["media/a/x.png"]);
});

Deno.test("a file's name is not that of the list of missing files", async () => {
  const world = worldWhere({ [LIST]: "mine", b: "listed" }, (source) => source.delete("b"));
  const zip = await zipOf(await world.request(`${ARCHIVE}?path=b&path=${encodeURIComponent(LIST)}`));
  const texts = textsOf(zip);
  assertStringIncludes(zip.comment, "see MISSING FILES (2).txt.");
  assertEquals(texts[LIST], "mine");
  assertStringIncludes(texts["MISSING FILES (2).txt"] ?? "", "It was deleted");
});

Deno.test("a file's name is not that of what fills up an archive", async () => {
  const name = `${LIST} - filler, can be deleted`;
  const files = { [`d/${name}`]: "Hello", "d/large": "x".repeat(1_000_000) };
  const { request } = worldWhere(files, (source) => source.delete("d/large"));
  const zip = await zipOf(await request(`${ARCHIVE}?path=d%2Flarge&path=${encodeURIComponent(`d/${name}`)}`));
  assertEquals(zip.entries.map(({ name }) => name), [
    ...[name, "MISSING FILES (2).txt", "MISSING FILES (2).txt - filler, can be deleted"],
  ]);
});

Deno.test("GET archive refuses more than 1,000 paths before it asks the store for any", async () => {
  const { request, s3 } = createWorld({ files: { "a.txt": "a" } });
  const before = s3.requests.length;
  const paths = Array.from({ length: 1_001 }, (_, index) => `path=${index}`).join("&");
  const response = await request(`${ARCHIVE}?${paths}`);
  assertEquals(response.status, 413);
  await response.body?.cancel();
  assertEquals(s3.requests.length, before);
});

Deno.test("the form of a folder's page downloads what is selected, and nothing of the store's addresses", async () => {
  const app = pagesApp({ "a.txt": "1", "b/c.txt": "2", "d.txt": "3" });
  const form = [["path", "a.txt"], ["path", "b/"]] as const;
  const page = await app.post("/-/files/source/media/-/form/archive", form, SAME_ORIGIN);
  assertEquals([page.status, page.headers.get("content-disposition")], [200, 'attachment; filename="media.zip"']);
  assertStringIncludes(page.text, "b/c.txt");
  assert(!/d\.txt|memory\.s3/.test(page.text));
});

Deno.test("a result is for the person whose download it was", async () => {
  const files = { a: "" };
  const world = createWorld({ files, authenticate: ({ headers }) => ({ id: headers.get("x-user") ?? "alice" }) });
  await (await world.request(`${ARCHIVE}?path=&id=${ID}`)).bytes();
  assertEquals((await resultOf(world)).ended, true);
  const others = await world.request(`${ARCHIVE}.json?id=${ID}`, { headers: { "x-user": "bob" } });
  assertEquals(await others.json(), { ended: false });
});

Deno.test("GET archive reads a few small files ahead, and each in the version that was listed", async () => {
  const files = Object.fromEntries(Array.from({ length: 100 }, (_, number) => [`${number}`, "x"]));
  const { request, s3 } = createWorld({ files });
  const response = await request(`${ARCHIVE}?path=`);
  const reader = response.body?.getReader();
  await reader?.read();
  const reads = s3.requests.filter(({ operation }) => operation === "GetObject");
  assert(reads.length > 0 && reads.length <= 10, `${reads.length} files`);
  for (const { headers } of reads) assertMatch(headers["if-match"] ?? "", /^"[^"]+"$/);
  await reader?.cancel();
});
