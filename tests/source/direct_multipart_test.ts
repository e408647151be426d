import { assert, assertEquals, assertRejects, assertThrows } from "@std/assert";
import { FakeTime } from "@std/testing/time";
import {
  createS3Source,
  FileTooLargeError,
  IntegrityError,
  InvalidArgumentError,
  type MultipartUploadState,
  type S3Source,
  S3SourceError,
  ScopeChangedError,
  ServiceError,
} from "../../mod.ts";
import { createMemoryS3, type MemoryS3 } from "../../src/testing/mod.ts";
import { s3Error, type StubFetch, stubFetch, stubSource } from "../support/stub_fetch.ts";

const MIB = 1024 ** 2;
const STATE: MultipartUploadState = { path: "a b", uploadId: "up+1", size: 11 * MIB, partSizeBytes: 5 * MIB };
const CREATED = new Response("<R><UploadId>up+1</UploadId></R>");

/** ListParts: number and size of each. */
function listing(parts: [number, number][], next?: number): Response {
  const list = parts.map(([number, size]) =>
    `<Part><PartNumber>${number}</PartNumber><ETag>"e${number}"</ETag><Size>${size}</Size></Part>`
  );
  const more = next === undefined ? "" : `<NextPartNumberMarker>${next}</NextPartNumberMarker>`;
  const truncated = `<IsTruncated>${next !== undefined}</IsTruncated>`;
  return new Response(`<ListPartsResult>${truncated}${more}${list.join("")}</ListPartsResult>`);
}

const WHOLE: [number, number][] = [[1, 5 * MIB], [2, 5 * MIB], [3, MIB]];

const steps = ({ requests }: StubFetch) =>
  requests.map(({ method, url }) => `${method} ${url.replace("http://store.test:8333/media/team/", "")}`);

Deno.test("prepareMultipartUpload() announces no checksums, which the parts will not have", async () => {
  const store = stubFetch(CREATED);
  const upload = await stubSource(store).prepareMultipartUpload("a b", {
    size: 11 * MIB,
    partSizeBytes: 5 * MIB,
    contentType: "video/mp4",
    metadata: { Colour: "blue" },
  });
  assertEquals(steps(store), ["POST a%20b?uploads="]);
  const headers = Object.fromEntries(store.requests[0]?.headers ?? []);
  assertEquals([headers["content-type"], headers["x-amz-meta-colour"]], ["video/mp4", "blue"]);
  assertEquals(Object.keys(headers).filter((name) => name.includes("checksum")), []);
  assertEquals([upload.state, upload.partCount], [STATE, 3]);
});

for (
  const [size, partSizeBytes, expected] of [
    [1, undefined, 8 * MIB],
    [8 * MIB, undefined, 8 * MIB],
    [100_000 * MIB, undefined, 10 * MIB],
    [100_000 * MIB, 5 * MIB, 10 * MIB],
    [100_000 * MIB, 20 * MIB, 20 * MIB],
  ] as const
) {
  Deno.test(`prepareMultipartUpload() cuts ${size} bytes into parts of ${expected}`, async () => {
    const options = { size, ...partSizeBytes !== undefined && { partSizeBytes } };
    const { state } = await stubSource(stubFetch(CREATED)).prepareMultipartUpload("a", options);
    assertEquals(state.partSizeBytes, expected);
  });
}

for (
  const [size, partSizeBytes] of [[0, 5 * MIB], [1.5, 5 * MIB], [1, 5 * MIB - 1], [1, 5 * 1024 * MIB + 1], [1, NaN]]
) {
  Deno.test(`prepareMultipartUpload() refuses ${size} bytes in parts of ${partSizeBytes} and sends nothing`, async () => {
    const store = stubFetch();
    const options = { size: size ?? 0, partSizeBytes: partSizeBytes ?? 0 };
    await assertRejects(() => stubSource(store).prepareMultipartUpload("a", options), InvalidArgumentError);
    assertEquals(store.requests.length, 0);
  });
}

Deno.test("prepareMultipartUpload() refuses more than S3 holds", async () => {
  const prepare = () => stubSource(stubFetch()).prepareMultipartUpload("a", { size: 10_000 * 5 * 1024 * MIB + 1 });
  await assertRejects(prepare, FileTooLargeError);
});

Deno.test("partUrl() signs the size of the part", async () => {
  const now = () => Date.parse("2030-01-01T00:00:00.900Z");
  const upload = stubSource(stubFetch(), {}, { now }).resumeMultipartUpload(STATE);
  const { url, ...part } = await upload.partUrl(3, { expiresInSeconds: 60 });
  assertEquals(part, { partNumber: 3, offset: 10 * MIB, size: MIB, expiresAt: new Date("2030-01-01T00:01:00Z") });
  const { pathname, searchParams } = new URL(url);
  const [uploadId, partNumber] = [searchParams.get("uploadId"), searchParams.get("partNumber")];
  assertEquals([pathname, uploadId, partNumber], ["/media/team/a%20b", "up+1", "3"]);
  assertEquals(searchParams.get("X-Amz-SignedHeaders"), "content-length;host");
});

for (const partNumber of [0, 4, 1.5, NaN]) {
  Deno.test(`partUrl() refuses the part ${partNumber} of 3`, async () => {
    const upload = stubSource(stubFetch()).resumeMultipartUpload(STATE);
    await assertRejects(() => upload.partUrl(partNumber), InvalidArgumentError, "a whole number from 1 to 3");
  });
}

Deno.test("parts() says of all parts whether they are stored, in their right size", async () => {
  const store = stubFetch(listing([[1, 5 * MIB]], 1), listing([[3, MIB - 1], [4, 1]]));
  const parts = await stubSource(store).resumeMultipartUpload(STATE).parts();
  assertEquals(parts, [
    { partNumber: 1, offset: 0, size: 5 * MIB, isStored: true },
    { partNumber: 2, offset: 5 * MIB, size: 5 * MIB, isStored: false },
    { partNumber: 3, offset: 10 * MIB, size: MIB, isStored: false },
  ]);
  assertEquals(steps(store), ["GET a%20b?uploadId=up%2B1", "GET a%20b?part-number-marker=1&uploadId=up%2B1"]);
});

Deno.test("parts() and complete() put the parts in order", async () => {
  const unordered = () => listing([[3, MIB], [1, 5 * MIB], [2, 5 * MIB]]);
  const store = stubFetch(unordered(), unordered(), new Response('<R><ETag>"whole-3"</ETag></R>'));
  const upload = stubSource(store).resumeMultipartUpload(STATE);
  assertEquals((await upload.parts()).map(({ partNumber }) => partNumber), [1, 2, 3]);
  await upload.complete();
  assertEquals(Array.from(store.requests[2]?.body.matchAll(/"e(\d)"/g) ?? [], ([, tag]) => tag), ["1", "2", "3"]);
});

Deno.test("parts() takes a listing that is called a response", async () => {
  const xml = (await listing(WHOLE).text()).replaceAll("ListPartsResult", "ListPartsResponse");
  const parts = await stubSource(stubFetch(new Response(xml))).resumeMultipartUpload(STATE).parts();
  assertEquals(parts.map(({ isStored }) => isStored), [true, true, true]);
});

Deno.test("parts() gives up after 1,000 empty pages", async () => {
  let pages = 0;
  const upload = stubSource(stubFetch(() => listing([], ++pages))).resumeMultipartUpload(STATE);
  await assertRejects(() => upload.parts(), ServiceError, "1000 pages in a row with nothing new");
  assertEquals(pages, 1_000);
});

Deno.test("parts() refuses more than 10,000 parts", async () => {
  const many = (count: number) => listing(Array.from({ length: count }, (_, index) => [index + 1, 5 * MIB]));
  const partsOf = (count: number) => stubSource(stubFetch(many(count))).resumeMultipartUpload(STATE).parts();
  assertEquals((await partsOf(10_000)).length, 3);
  await assertRejects(() => partsOf(10_001), ServiceError, "the store lists more than 10000 parts");
  const upload = stubSource(stubFetch(listing([[1, 5 * MIB]], 1), many(10_000))).resumeMultipartUpload(STATE);
  await assertRejects(() => upload.parts(), ServiceError, "the store lists more than 10000 parts");
});

for (
  const [conditions, header] of [[{ ifNoneMatch: "*" }, "if-none-match"], [{ ifMatch: '"e"' }, "if-match"]] as const
) {
  Deno.test(`complete() sends ${header} with the request that makes the file`, async () => {
    const store = stubFetch(listing(WHOLE), new Response('<R><ETag>"whole-3"</ETag></R>'));
    await stubSource(store).resumeMultipartUpload(STATE).complete(conditions);
    const sent = store.requests.map(({ headers }) => headers.get(header));
    assertEquals<unknown>(sent.slice(0, 2), [null, ...Object.values(conditions)]);
  });
}

Deno.test("parts() does not request the same page forever", async () => {
  const upload = stubSource(stubFetch(listing([[1, 5 * MIB]], 1))).resumeMultipartUpload(STATE);
  await assertRejects(() => upload.parts(), ServiceError, "the store repeats a page");
});

Deno.test("complete() sends the store's own tags", async () => {
  const store = stubFetch(listing(WHOLE), new Response('<R><ETag>"whole-3"</ETag></R>'));
  const info = await stubSource(store).resumeMultipartUpload(STATE).complete();
  assertEquals(info.etag, '"whole-3"');
  assertEquals(steps(store).slice(0, 2), ["GET a%20b?uploadId=up%2B1", "POST a%20b?uploadId=up%2B1"]);
  const sent = [1, 2, 3].map((number) => `<Part><PartNumber>${number}</PartNumber><ETag>"e${number}"</ETag></Part>`);
  assertEquals(store.requests[1]?.body.includes(sent.join("")), true);
});

const COMPLETED = new Response('<R><ETag>"whole-3"</ETag></R>');
const BARE = {
  path: "a b",
  name: "a b",
  size: 11 * MIB,
  etag: '"whole-3"',
  lastModified: null,
  contentType: "application/octet-stream",
  contentHash: null,
  metadata: {},
};

Deno.test("complete() returns the facts that are stored with the file", async () => {
  const headers = {
    etag: '"whole-3"',
    "content-length": String(11 * MIB),
    "content-type": "video/mp4",
    "last-modified": "Tue, 01 Jan 2030 00:00:00 GMT",
    "x-amz-meta-colour": "blue",
  };
  const store = stubFetch(listing(WHOLE), COMPLETED, new Response(null, { headers }));
  assertEquals(await stubSource(store).resumeMultipartUpload(STATE).complete(), {
    ...BARE,
    lastModified: new Date("2030-01-01T00:00:00Z"),
    contentType: "video/mp4",
    metadata: { colour: "blue" },
  });
  assertEquals(steps(store).slice(2), ["HEAD a%20b"]);
});

for (
  const [name, answer] of [
    ["the credentials cannot read it", s3Error(403, "AccessDenied")],
    ["it has been deleted meanwhile", s3Error(404, "NoSuchKey")],
    ["another file has replaced it", new Response(null, { headers: { etag: '"other"', "content-length": "1" } })],
  ] as const
) {
  Deno.test(`complete() returns what it knows of the file if ${name}`, async () => {
    const store = stubFetch(listing(WHOLE), COMPLETED, answer);
    assertEquals(await stubSource(store).resumeMultipartUpload(STATE).complete(), BARE);
  });
}

for (
  const [name, parts, message] of [
    ["none", [], "of its 3 parts, these are missing or have another size: 1-3"],
    ["the first and the last", [[2, 5 * MIB]], "another size: 1, 3"],
    ["one that is too small", [[1, 5 * MIB], [2, 5 * MIB], [3, MIB - 1]], "another size: 3"],
    ["one that is too large", [[1, 5 * MIB], [2, 5 * MIB + 1], [3, MIB]], "another size: 2"],
    ["one too many", [...WHOLE, [4, 1]], "it has 3 parts, but the store also has part 4"],
  ] as [string, [number, number][], string][]
) {
  Deno.test(`complete() commits nothing when the store has ${name}`, async () => {
    const store = stubFetch(listing(parts));
    const complete = () => stubSource(store).resumeMultipartUpload(STATE).complete();
    await assertRejects(complete, IntegrityError, message);
    assertEquals(store.requests.length, 1);
  });
}

Deno.test("complete() takes a lost answer for what it was", async () => {
  const headers = { etag: '"whole-3"', "content-length": String(11 * MIB) };
  const store = stubFetch(
    listing(WHOLE),
    new TypeError("connection reset"),
    s3Error(404, "NoSuchUpload"),
    new Response(null, { headers }),
  );
  assertEquals((await stubSource(store).resumeMultipartUpload(STATE).complete()).etag, '"whole-3"');
});

for (const code of ["NoSuchUpload", "NoSuchKey"]) {
  Deno.test(`complete() rejects if the upload no longer exists, which the store calls ${code}`, async () => {
    const upload = stubSource(stubFetch(s3Error(404, code))).resumeMultipartUpload(STATE);
    const error = await assertRejects(() => upload.complete(), ServiceError, 'Cannot complete the upload of "a b"');
    assertEquals(error.code, "NoSuchUpload");
  });
}

Deno.test("abort() rejects if the store refuses", async () => {
  const upload = stubSource(stubFetch(s3Error(403, "AccessDenied"))).resumeMultipartUpload(STATE);
  await assertRejects(() => upload.abort(), S3SourceError, 'Cannot abort the upload of "a b"');
});

for (
  const [name, change] of Object.entries({
    "a path out of the folder": { path: "../team-2/a" },
    "an absolute path": { path: "/a" },
    "no path": { path: undefined },
    "a path that is not a string": { path: ["a"] },
    "an empty upload id": { uploadId: "" },
    "an upload id with dot segments": { uploadId: "x/../../y" },
    "an upload id with backslashes": { uploadId: "x\\..\\y" },
    "an upload id with a line break": { uploadId: "x\r\ny" },
    "an upload id that is not a string": { uploadId: { toString: "x" } },
    "an endless upload id": { uploadId: "x".repeat(1_025) },
    "no size": { size: undefined },
    "a size that is text": { size: "5" },
    "a negative size": { size: -1 },
    "a size beyond S3's": { size: 5 * MIB ** 2 + 1 },
    "tiny parts": { partSizeBytes: 1 },
    "huge parts": { partSizeBytes: 6 * 1024 * MIB },
    "too many parts": { size: 5 * MIB * 10_000 + 1 },
  })
) {
  Deno.test(`resumeMultipartUpload() refuses ${name}`, () => {
    const state = { ...STATE, ...change } as unknown as MultipartUploadState;
    const error = assertThrows(() => stubSource(stubFetch()).resumeMultipartUpload(state), S3SourceError);
    assertEquals(/^Cannot (use the path|resume the upload of "a b":)/.test(error.message), true, error.message);
  });
}

Deno.test("resumeMultipartUpload() refuses a state that is not an object", () => {
  for (const text of ["null", '"x"', "7"]) {
    const resume = () => stubSource(stubFetch()).resumeMultipartUpload(JSON.parse(text));
    assertThrows(resume, InvalidArgumentError, "its state is not an object");
  }
});

Deno.test("resumeMultipartUpload() keeps nothing it does not know", () => {
  const state = { ...STATE, bucket: "other", key: "team-2/a" };
  assertEquals(stubSource(stubFetch()).resumeMultipartUpload(state).state, STATE);
});

/** A source whose grants last 15 minutes; grant n has the keys `KEY-n`, for the given folder. */
function createWorld(folderOf: (grant: number) => string) {
  let nowMs = Date.parse("2030-01-01T00:00:00Z");
  let count = 0;
  const now = () => nowMs;
  const store = createMemoryS3({ credentials: {}, now });
  const credentials = () => {
    const [prefix, expiresAt] = [folderOf(++count), new Date(nowMs + 900_000)];
    const keys = { secretAccessKey: `secret-${count}`, sessionToken: `token-${count}` };
    store.credentials.set(`KEY-${count}`, { ...keys, bucket: "bucket", prefix, expiresAt });
    return Promise.resolve({ accessKeyId: `KEY-${count}`, ...keys, expiration: expiresAt, bucket: "bucket", prefix });
  };
  const source = createS3Source({ endpointUrl: store.config.endpointUrl }, { credentials, fetch: store.fetch, now });
  return { source, store, advance: (seconds: number) => void (nowMs += seconds * 1_000) };
}

async function sendPart(
  { source, store }: { source: S3Source; store: MemoryS3 },
  state: MultipartUploadState,
  n: number,
) {
  const { url, size } = await source.resumeMultipartUpload(state).partUrl(n);
  return (await store.fetch(url, { method: "PUT", body: new Uint8Array(size) })).status;
}

Deno.test("prepareMultipartUpload() outlives its grant", async () => {
  const world = createWorld(() => "folder/");
  const upload = await world.source.prepareMultipartUpload("a", { size: 11 * MIB, partSizeBytes: 5 * MIB });
  for (const partNumber of [1, 2, 3]) {
    world.advance(900);
    const { url, size } = await upload.partUrl(partNumber);
    assertEquals((await world.store.fetch(url, { method: "PUT", body: new Uint8Array(size) })).status, 200);
  }
  world.advance(900);
  assertEquals((await upload.complete()).size, 11 * MIB);
  assertEquals(world.store.credentials.size, 5);
});

Deno.test("partUrl() promises no longer than the credentials live", async () => {
  const world = createWorld(() => "folder/");
  const upload = await world.source.prepareMultipartUpload("a", { size: 1 });
  const { expiresAt } = await upload.partUrl(1, { expiresInSeconds: 3_600 });
  assertEquals(expiresAt, new Date("2030-01-01T00:15:00Z"));
});

Deno.test("partUrl(), parts(), complete() and abort() end when the grant has moved to another folder", async () => {
  const world = createWorld((grant) => `folder-${grant}/`);
  const upload = await world.source.prepareMultipartUpload("a", { size: 1 });
  world.advance(900);
  await world.source.connect();
  const requests = world.store.requests.length;
  for (const run of [() => upload.partUrl(1), () => upload.parts(), () => upload.complete(), () => upload.abort()]) {
    await assertRejects(run, ScopeChangedError);
  }
  assertEquals(world.store.requests.length, requests);
});

Deno.test("partUrl() signs with the former grant as long as that lives", async () => {
  const world = createWorld((grant) => `folder-${grant}/`);
  const upload = await world.source.prepareMultipartUpload("a", { size: 1 });
  world.advance(800);
  await world.source.connect();
  await world.source.connect();
  const { url, expiresAt } = await upload.partUrl(1, { expiresInSeconds: 300 });
  assertEquals([/KEY-\d/.exec(url)?.[0], expiresAt], ["KEY-1", new Date("2030-01-01T00:15:00Z")]);
  assertEquals((await world.store.fetch(url, { method: "PUT", body: "x" })).status, 200);
});

Deno.test("resumeMultipartUpload() under a grant for another folder reaches nothing", async () => {
  const world = createWorld((grant) => `folder-${grant}/`);
  const { state } = await world.source.prepareMultipartUpload("a", { size: 1 });
  world.advance(900);
  assertEquals(await sendPart(world, state, 1), 404);
  await assertRejects(() => world.source.resumeMultipartUpload(state).complete(), ServiceError, "NoSuchUpload");
  assertEquals(world.store.listUploads("bucket").map(({ key }) => key), ["folder-1/a"]);
});

for (const use of ["partUrl", "parts"] as const) {
  Deno.test(`resumeMultipartUpload() belongs to the folder of its first ${use}()`, async () => {
    const world = createWorld((grant) => `folder-${grant}/`);
    const { state } = await world.source.prepareMultipartUpload("a", { size: 1 });
    const resumed = world.source.resumeMultipartUpload(state);
    const run = () => use === "parts" ? resumed.parts() : resumed.partUrl(1);
    await run();
    world.advance(900);
    await assertRejects(run, ScopeChangedError);
  });
}

for (const use of ["partUrl", "parts"] as const) {
  Deno.test(`prepareMultipartUpload() uses the last grant for its folder that ${use}() had`, async () => {
    const world = createWorld((grant) => grant < 3 ? "folder/" : "other/");
    const upload = await world.source.prepareMultipartUpload("a", { size: 1 });
    world.advance(900);
    await (use === "parts" ? upload.parts() : upload.partUrl(1));
    world.advance(800);
    await world.source.connect();
    await world.source.connect();
    assertEquals(/KEY-\d/.exec((await upload.partUrl(1)).url)?.[0], "KEY-2");
  });
}

Deno.test("uploadPart() sends a part with its MD5, and with no checksum that was not announced", async () => {
  const store = stubFetch(new Response(null, { headers: { etag: '"e1"' } }));
  await stubSource(store).resumeMultipartUpload({ ...STATE, size: 5 }).uploadPart(1, new TextEncoder().encode("hello"));
  assertEquals(steps(store), ["PUT a%20b?partNumber=1&uploadId=up%2B1"]);
  const headers = Object.fromEntries(store.requests[0]?.headers ?? []);
  assertEquals(headers["content-md5"], "XUFAKrxLKna5cZ2REBfFkg==");
  assertEquals(Object.keys(headers).filter((name) => name.includes("checksum")), []);
});

const HELLO_SHA256 = "2cf24dba5fb0a30e26e83b2ac5b9e29e1b161e5c1fa7425e73043362938b9824";
for (
  const [endpointUrl, checksums, hash] of [
    ["https://store.test", "auto", "UNSIGNED-PAYLOAD"],
    ["https://store.test", "sha256", HELLO_SHA256],
    ["http://store.test", "auto", HELLO_SHA256],
  ] as const
) {
  Deno.test(`uploadPart() signs the MD5 and ${hash.slice(0, 8)}, to ${endpointUrl} with ${checksums}`, async () => {
    const store = stubFetch(new Response(null, { headers: { etag: '"e1"' } }));
    const source = stubSource(store, { endpointUrl, store: { checksums } });
    await source.resumeMultipartUpload({ ...STATE, size: 5 }).uploadPart(1, new TextEncoder().encode("hello"));
    const headers = store.requests[0]?.headers;
    assertEquals(headers?.get("x-amz-content-sha256"), hash);
    assert(headers?.get("authorization")?.includes("SignedHeaders=content-md5;"));
  });
}

const hello = new TextEncoder().encode("hello");
for (
  const [name, body] of Object.entries({
    "a Blob": new Blob([hello]),
    "a buffer": hello.buffer,
    "a view": new DataView(hello.buffer),
  })
) {
  Deno.test(`uploadPart() takes ${name}`, async () => {
    const store = stubFetch(new Response(null, { headers: { etag: '"e1"' } }));
    await stubSource(store).resumeMultipartUpload({ ...STATE, size: 5 }).uploadPart(1, body);
    assertEquals(store.requests.map((request) => request.body), ["hello"]);
  });
}

for (
  const [name, body, message] of [
    ["a stream", new Blob(["hello"]).stream(), "its bytes must be a Blob, a view or an ArrayBuffer"],
    ["text", "hello", "its bytes must be a Blob, a view or an ArrayBuffer"],
    ["a promise", Promise.resolve(hello), "the body is a promise; await it"],
  ] as const
) {
  Deno.test(`uploadPart() refuses ${name}`, async () => {
    const upload = stubSource(stubFetch()).resumeMultipartUpload({ ...STATE, size: 5 });
    const error = await assertRejects(() => upload.uploadPart(1, body as never), InvalidArgumentError, message);
    assertEquals(error.message.startsWith('Cannot send a part of the upload of "a b": '), true);
  });
}

for (const [partNumber, size] of [[0, 5], [2, 5], [1, 4], [1, 6]] as const) {
  Deno.test(`uploadPart() refuses ${size} bytes as part ${partNumber} of a file of 5`, async () => {
    const store = stubFetch();
    const upload = stubSource(store).resumeMultipartUpload({ ...STATE, size: 5 });
    await assertRejects(() => upload.uploadPart(partNumber, new Uint8Array(size)), S3SourceError);
    assertEquals(store.requests.length, 0);
  });
}

Deno.test("complete() waits longer for a store that has a large file to put together", async () => {
  using time = new FakeTime();
  const late = async () => {
    await new Promise((resolve) => setTimeout(resolve, 60_000));
    return new Response('<R><ETag>"whole-3"</ETag></R>');
  };
  const source = stubSource(stubFetch(listing(WHOLE), late), {}, { retry: { maxAttempts: 1 } });
  let outcome: unknown;
  source.resumeMultipartUpload(STATE).complete().then(({ etag }) => outcome = etag, (error) => outcome = error);
  for (let ticks = 0; outcome === undefined && ticks < 10_000; ticks++) await time.tickAsync(1_000);
  assertEquals(outcome, '"whole-3"');
});
