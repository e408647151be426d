import { assert, assertEquals, assertRejects } from "@std/assert";
import fc from "fast-check";
import {
  createS3Source,
  IntegrityError,
  InvalidArgumentError,
  type S3Source,
  type ServeFileOptions,
} from "../../mod.ts";
import { createMemoryS3, type MemoryS3 } from "../../src/testing/mod.ts";
import { hang, s3Error, s3Object, stubFetch, stubSource } from "../support/stub_fetch.ts";

const TEXT = "hello";
const ETAG = '"5d41402abc4b2a76b9719d911017c592"';
const MODIFIED = "Thu, 10 Jan 2030 12:00:00 GMT";
const EARLIER = "Thu, 10 Jan 2030 11:59:59 GMT";
const LATER = "Thu, 10 Jan 2030 12:00:01 GMT";

/** A store with the file `a.txt`. */
function open(fetch?: (s3: MemoryS3) => typeof globalThis.fetch): { source: S3Source; s3: MemoryS3 } {
  // Not a whole second: headers have only those.
  const now = () => Date.parse(MODIFIED) + 999;
  const s3 = createMemoryS3({ now });
  s3.putObject({ bucket: "bucket", key: "a.txt", body: TEXT, contentType: "text/plain" });
  s3.putObject({ bucket: "bucket", key: "empty", body: "" });
  return { source: createS3Source(s3.config, { fetch: fetch?.(s3) ?? s3.fetch, now }), s3 };
}

function ask(method: string, headers: HeadersInit = {}): Request {
  return new Request("http://host.test/any", { method, headers });
}

async function answerOf(
  source: S3Source,
  request: Request,
  path = "a.txt",
  options?: ServeFileOptions,
): Promise<{ status: number; headers: Record<string, string>; text: string }> {
  const response = await source.serveFile(request, path, options);
  return { status: response.status, headers: Object.fromEntries(response.headers), text: await response.text() };
}

const NOSNIFF = { "x-content-type-options": "nosniff" };
const FACTS = {
  ...NOSNIFF,
  "accept-ranges": "bytes",
  "cache-control": "private, no-cache",
  "content-disposition": 'attachment; filename="a.txt"',
  "content-type": "text/plain",
  etag: ETAG,
  "last-modified": MODIFIED,
};
const WHOLE = { status: 200, headers: { ...FACTS, "content-length": "5" }, text: TEXT };
const UNCHANGED = { status: 304, headers: { ...NOSNIFF, "cache-control": "private, no-cache", etag: ETAG }, text: "" };
const FAILED = { status: 412, headers: { ...NOSNIFF, "cache-control": "no-store" }, text: "" };
const part = (first: number, last: number) => ({
  status: 206,
  headers: { ...FACTS, "content-length": `${last - first + 1}`, "content-range": `bytes ${first}-${last}/5` },
  text: TEXT.slice(first, last + 1),
});
const beyond = (size = 5) => ({
  status: 416,
  headers: { ...NOSNIFF, "cache-control": "no-store", "content-range": `bytes */${size}` },
  text: "",
});

for (
  const [headers, expected, operations = "GetObject"] of [
    [{}, WHOLE],
    // Ranges.
    [{ range: "bytes=1-3" }, part(1, 3)],
    [{ range: "bytes=2-2" }, part(2, 2)],
    [{ range: "bytes=3-" }, part(3, 4)],
    [{ range: "bytes=0-" }, part(0, 4)],
    [{ range: "bytes=-2" }, part(3, 4)],
    [{ range: "bytes=-99" }, part(0, 4)],
    [{ range: "bytes=0-99" }, part(0, 4)],
    [{ range: "bytes=1-99999999999999999999" }, part(1, 4)],
    [{ range: "BYTES=1-3" }, part(1, 3)],
    [{ range: "bytes=, 1-3\t," }, part(1, 3)],
    [{ range: "bytes=00001-003" }, part(1, 3)],
    [{ range: "bytes=0-0,2-3" }, WHOLE],
    [{ range: "bytes=0-0, 99-" }, WHOLE],
    [{ range: "bytes=3-1" }, WHOLE],
    [{ range: "bytes=99999999999999999999-99999999999999999998" }, WHOLE],
    [{ range: "bytes=-" }, WHOLE],
    [{ range: "bytes=" }, WHOLE],
    [{ range: "bytes=1" }, WHOLE],
    [{ range: "bytes=1-3x" }, WHOLE],
    [{ range: "bytes = 1-3" }, WHOLE],
    [{ range: "bytes=+1-3" }, WHOLE],
    [{ range: "bytes=0x1-3" }, WHOLE],
    [{ range: "lines=1-3" }, WHOLE],
    [{ range: "1-3" }, WHOLE],
    [{ range: "bytes=5-" }, beyond(), "GetObject HeadObject"],
    [{ range: "bytes=5-9" }, beyond(), "GetObject HeadObject"],
    [{ range: "bytes=99999999999999999999-" }, beyond(), "GetObject HeadObject"],
    [{ range: "bytes=-0" }, beyond(), "HeadObject"],
    // If-Match, which must be strong.
    [{ "if-match": ETAG }, WHOLE],
    [{ "if-match": `"x,", ${ETAG}` }, WHOLE],
    [{ "if-match": "*" }, WHOLE],
    [{ "if-match": '"x"' }, FAILED],
    [{ "if-match": `W/${ETAG}` }, FAILED],
    [{ "if-match": ETAG.slice(1, -1) }, FAILED],
    [{ "if-match": `"x${ETAG.slice(1)}` }, FAILED],
    [{ "if-match": '"x"', range: "bytes=1-3" }, FAILED],
    [{ "if-match": ETAG, range: "bytes=1-3" }, part(1, 3)],
    [{ "if-match": '"x"', range: "bytes=9-" }, FAILED, "GetObject HeadObject"],
    // If-Unmodified-Since, which If-Match replaces.
    [{ "if-unmodified-since": MODIFIED }, WHOLE],
    [{ "if-unmodified-since": LATER }, WHOLE],
    [{ "if-unmodified-since": EARLIER }, FAILED],
    [{ "if-unmodified-since": "Thursday, 10-Jan-30 11:59:59 GMT" }, FAILED],
    [{ "if-unmodified-since": "Thu Jan 10 11:59:59 2030" }, FAILED],
    [{ "if-unmodified-since": "Thu, 31 Feb 2022 11:59:59 GMT" }, WHOLE],
    [{ "if-unmodified-since": "2022-01-01" }, WHOLE],
    [{ "if-unmodified-since": "soon" }, WHOLE],
    [{ "if-match": ETAG, "if-unmodified-since": EARLIER }, WHOLE],
    // If-None-Match, which may be weak.
    [{ "if-none-match": ETAG }, UNCHANGED],
    [{ "if-none-match": `W/${ETAG}` }, UNCHANGED],
    [{ "if-none-match": `"x,y" ,\tW/"z",${ETAG}` }, UNCHANGED],
    [{ "if-none-match": "*" }, UNCHANGED],
    [{ "if-none-match": '"x"' }, WHOLE],
    [{ "if-none-match": `"x, ${ETAG.slice(1, -1)}, y"` }, WHOLE],
    [{ "if-none-match": "garbage" }, WHOLE],
    [{ "if-none-match": ETAG, range: "bytes=1-3" }, UNCHANGED],
    [{ "if-none-match": ETAG, range: "bytes=9-" }, UNCHANGED, "GetObject HeadObject"],
    // If-Modified-Since, which If-None-Match replaces.
    [{ "if-modified-since": MODIFIED }, UNCHANGED],
    [{ "if-modified-since": LATER }, UNCHANGED],
    [{ "if-modified-since": EARLIER }, WHOLE],
    [{ "if-modified-since": "soon" }, WHOLE],
    [{ "if-modified-since": MODIFIED, "if-none-match": '"x"' }, WHOLE],
    // Precedence.
    [{ "if-match": '"x"', "if-none-match": ETAG }, FAILED],
    [{ "if-match": ETAG, "if-none-match": ETAG }, UNCHANGED],
    [{ "if-unmodified-since": EARLIER, "if-modified-since": MODIFIED }, FAILED],
    // If-Range.
    [{ range: "bytes=1-3", "if-range": ETAG }, part(1, 3)],
    [{ range: "bytes=1-3", "if-range": MODIFIED }, part(1, 3)],
    [{ range: "bytes=1-3", "if-range": '"x"' }, WHOLE, "GetObject GetObject"],
    [{ range: "bytes=1-3", "if-range": `W/${ETAG}` }, WHOLE, "GetObject GetObject"],
    [{ range: "bytes=1-3", "if-range": LATER }, WHOLE, "GetObject GetObject"],
    [{ range: "bytes=1-3", "if-range": "soon" }, WHOLE, "GetObject GetObject"],
    [{ range: "bytes=9-", "if-range": '"x"' }, WHOLE, "GetObject HeadObject GetObject"],
    [{ range: "bytes=9-", "if-range": ETAG }, beyond(), "GetObject HeadObject"],
    [{ "if-range": '"x"' }, WHOLE],
    [{ range: "bytes=1-3", "if-range": ETAG, "if-match": '"x"' }, FAILED],
  ] as const
) {
  Deno.test(`serveFile() answers ${JSON.stringify(headers)} with ${expected.status}`, async () => {
    const { source, s3 } = open();
    assertEquals(await answerOf(source, ask("GET", headers)), expected);
    assertEquals(s3.requests.map(({ operation }) => operation).join(" "), operations);
  });

  Deno.test(`serveFile() answers HEAD with ${JSON.stringify(headers)} by a HEAD`, async () => {
    const { source, s3 } = open();
    const { range: _, ...conditions } = { range: "", ...headers };
    const { status, headers: whole } = await answerOf(open().source, ask("GET", conditions));
    assertEquals(await answerOf(source, ask("HEAD", headers)), { status, headers: whole, text: "" });
    assertEquals(s3.requests.map(({ operation }) => operation), ["HeadObject"]);
  });
}

Deno.test("serveFile() answers an empty file", async () => {
  const { source } = open();
  const get = async (range?: string) =>
    await answerOf(source, ask("GET", range === undefined ? {} : { range }), "empty");
  const empty = await get();
  assertEquals([empty.status, empty.headers["content-length"], empty.text], [200, "0", ""]);
  assertEquals(await get("bytes=-5"), empty);
  for (const range of ["bytes=0-", "bytes=0-0", "bytes=1-", "bytes=-0"]) assertEquals(await get(range), beyond(0));
});

Deno.test("serveFile() answers other methods with 405, and sends nothing", async () => {
  const { source, s3 } = open();
  for (const method of ["POST", "PUT", "DELETE", "OPTIONS", "PATCH"]) {
    const headers = { ...NOSNIFF, allow: "GET, HEAD", "cache-control": "no-store" };
    assertEquals(await answerOf(source, ask(method)), { status: 405, headers, text: "" });
  }
  assertEquals(s3.requests.length, 0);
});

for (const path of ["", "/a.txt", "../a.txt", "a\r\nb", "a\u0000", "x".repeat(1025), "none", "a.txt/"]) {
  Deno.test(`serveFile() answers 404 for ${JSON.stringify(path.slice(0, 20))}`, async () => {
    const { source } = open();
    for (const method of ["GET", "HEAD"]) {
      for (const headers of [{}, { range: "bytes=0-1" }, { "if-match": "*" }, { "if-none-match": "*" }]) {
        const expected = { status: 404, headers: { ...NOSNIFF, "cache-control": "no-store" }, text: "" };
        assertEquals(await answerOf(source, ask(method, headers), path), expected);
      }
    }
  });
}

Deno.test("serveFile() answers 404 for a key that is too long only with the prefix", async () => {
  const source = stubSource(stubFetch(), { prefix: "p" });
  assertEquals((await source.serveFile(ask("GET"), "x".repeat(1023))).status, 404);
});

Deno.test("serveFile() rejects when the store fails, or the credentials do not allow it", async () => {
  for (const [code, name] of [["AccessDenied", "AccessDeniedError"], ["NoSuchBucket", "ServiceError"]] as const) {
    const source = stubSource(stubFetch(() => s3Error(code === "AccessDenied" ? 403 : 404, code)));
    for (const method of ["GET", "HEAD"]) {
      if (method === "HEAD" && code === "NoSuchBucket") continue;
      const error = await assertRejects(() => source.serveFile(ask(method), "a.txt"), Error, 'Cannot read "a.txt"');
      assertEquals(error.name, name);
    }
  }
  const dead = stubSource(stubFetch(new TypeError("refused")), {}, { retry: { maxAttempts: 1 } });
  await assertRejects(() => dead.serveFile(ask("GET"), "a.txt"), Error, 'Cannot read "a.txt"');
});

Deno.test("serveFile() says what it takes in place of a Request", async () => {
  const { source, s3 } = open();
  for (const given of [undefined, "GET", {}, { method: "GET", headers: {} }, new URL("http://host.test/")]) {
    const call = () => Reflect.apply(source.serveFile, source, [given, "a.txt"]);
    await assertRejects(
      call,
      InvalidArgumentError,
      "the first argument must be a Request (in Hono, c.req.raw; with node:http, use @hono/node-server), not ",
    );
  }
  for (const cacheControl of ["", "a\r\nb: c", "ü"]) {
    await assertRejects(() => source.serveFile(ask("GET"), "a.txt", { cacheControl }), InvalidArgumentError);
  }
  assertEquals(s3.requests.length, 0);
});

Deno.test("serveFile() takes a name, a sandbox to show the file in, and a Cache-Control", async () => {
  const { source } = open();
  const options = { filename: 'a "ü".txt', inline: true, cacheControl: "public, max-age=60" };
  const { headers } = await answerOf(source, ask("GET"), "a.txt", options);
  assertEquals(headers, {
    ...WHOLE.headers,
    "cache-control": "public, max-age=60",
    "content-disposition": `inline; filename="a ___.txt"; filename*=UTF-8''a%20%22%C3%BC%22.txt`,
    "content-security-policy": "sandbox",
  });
  const unchanged = await answerOf(source, ask("GET", { "if-none-match": ETAG }), "a.txt", options);
  assertEquals(unchanged.headers, {
    ...UNCHANGED.headers,
    "cache-control": "public, max-age=60",
    "content-security-policy": "sandbox",
  });
});

for (
  const [stored, sent] of [
    ["text/html; charset=utf-8", "text/html; charset=utf-8"],
    ['text/plain;charset="utf-8" ; x=y', 'text/plain;charset="utf-8" ; x=y'],
    ["image/svg+xml", "image/svg+xml"],
    ["text/html, text/plain", "application/octet-stream"],
    ["multipart/x-mixed-replace; boundary=x", "application/octet-stream"],
    ["Multipart/Related", "application/octet-stream"],
    ["text", "application/octet-stream"],
    ["text/", "application/octet-stream"],
    ["text/html\u0085x", "application/octet-stream"],
    ["text/ü", "application/octet-stream"],
    ['text/html; a="\u00ff"', "application/octet-stream"],
    ["text/html" + ";  ".repeat(2_000) + "=", "application/octet-stream"],
    ["", "application/octet-stream"],
  ] as const
) {
  Deno.test(`serveFile() sends the media type ${JSON.stringify(stored.slice(0, 40))} as ${sent}`, async () => {
    const answer = new Response(TEXT, { headers: { "content-length": "5", "x-amz-request-id": "R" } });
    answer.headers.set("content-type", stored);
    for (const inline of [false, true]) {
      const { headers } = await answerOf(stubSource(stubFetch(answer)), ask("GET"), "a.txt", { inline });
      assertEquals(headers["content-type"], sent);
      assertEquals(headers["content-security-policy"], inline ? "sandbox" : undefined);
    }
  });
}

Deno.test("serveFile() sends none of a file's other headers, and no tag or date that is not valid", async () => {
  const hostile = {
    "x-amz-meta-x": "y",
    "set-cookie": "a=b",
    "access-control-allow-origin": "*",
    "content-disposition": "inline",
    "cache-control": "public",
    "content-security-policy": "default-src *",
    location: "https://evil.test",
    refresh: "0",
    etag: '"a"b"',
    "last-modified": "whenever",
    "content-type": "text/html",
  };
  const source = stubSource(stubFetch(s3Object(TEXT, hostile)));
  assertEquals((await answerOf(source, ask("GET"))).headers, {
    ...NOSNIFF,
    "accept-ranges": "bytes",
    "cache-control": "private, no-cache",
    "content-disposition": 'attachment; filename="a.txt"',
    "content-length": "5",
    "content-type": "text/html",
  });
  for (const filename of ["a\r\nset-cookie: x", 'a"; filename="b.exe', "\u202eexe.txt", "\ud800", ""]) {
    const { headers } = await answerOf(source, ask("GET"), "a.txt", { filename });
    assertEquals(
      /^attachment; filename="[^"\\\r\n]*"(?:; filename\*=UTF-8''[\w.~%-]*)?$/.test(
        headers["content-disposition"] ?? "",
      ),
      true,
    );
    assertEquals(headers["set-cookie"], undefined);
  }
});

/** A store whose object has `Content-Encoding`, which it leaves out when it is asked to, if it can be. */
function encodedStore(contentEncoding: string, canLeaveOut: boolean) {
  return (s3: MemoryS3): typeof fetch => async (input, init) => {
    const asked = new URL(String(input)).searchParams.get("response-content-encoding");
    const response = await s3.fetch(input, init);
    response.headers.set("content-encoding", canLeaveOut && asked !== null ? asked : contentEncoding);
    return response;
  };
}

Deno.test("serveFile() labels stored bytes with the Content-Encoding they have", async () => {
  for (const [stored, sent] of [["gzip", "gzip"], ["br, aws-chunked", "br"], ["utf-8", undefined]] as const) {
    const { source } = open(encodedStore(stored, true));
    for (const method of ["GET", "HEAD"]) {
      const { headers } = await answerOf(source, ask(method));
      assertEquals([headers["content-encoding"], headers["content-length"], headers["etag"]], [sent, "5", ETAG]);
    }
    const { status, headers, text } = await answerOf(source, ask("GET", { range: "bytes=1-3" }));
    assertEquals([status, headers["content-encoding"], text], [206, sent, "ell"]);
  }
});

Deno.test("serveFile() never labels decoded bytes, and has no length, ranges or strong tag for them", async () => {
  const { source } = open(encodedStore("gzip", false));
  const { "content-length": _, ...facts } = WHOLE.headers;
  const expected = { ...facts, "accept-ranges": "none", etag: `W/${ETAG}` };
  for (const headers of [{}, { range: "bytes=1-3" }, { range: "bytes=9-" }, { range: "bytes=-0" }]) {
    assertEquals(await answerOf(source, ask("GET", headers)), { status: 200, headers: expected, text: TEXT });
  }
  assertEquals((await answerOf(source, ask("HEAD"))).headers, expected);
  assertEquals((await answerOf(source, ask("GET", { "if-none-match": ETAG }))).status, 304);
  assertEquals((await answerOf(source, ask("GET", { "if-match": ETAG }))).status, 412);
});

Deno.test("serveFile() leaves no body open where it sends none", async () => {
  for (const [headers, status] of [[{ "if-none-match": "*" }, 304], [{ "if-match": '"x"' }, 412]] as const) {
    let cancelled = 0;
    const body = () => new ReadableStream({ cancel: () => void cancelled++ });
    const store = stubFetch(() => new Response(body(), { headers: { "content-length": "9", etag: '"tag"' } }));
    assertEquals((await stubSource(store).serveFile(ask("GET", headers), "a")).status, status);
    assertEquals(cancelled, 1);
  }
});

Deno.test("serveFile() and stream() keep back the last chunk of a file that does not match its checksum", async () => {
  const chunks = () => {
    const texts = ["hel", "lO"];
    return new ReadableStream({
      pull(controller) {
        const text = texts.shift();
        return text === undefined ? controller.close() : controller.enqueue(new TextEncoder().encode(text));
      },
    });
  };
  const headers = { "content-length": "5", etag: '"1"', "x-amz-checksum-crc32": "NhCmhg==" };
  const source = stubSource(stubFetch(() => new Response(chunks(), { headers })));
  for (const body of [(await source.serveFile(ask("GET"), "a")).body, (await source.stream("a")).body]) {
    const received: string[] = [];
    const reading = async () => {
      for await (const chunk of body ?? []) received.push(new TextDecoder().decode(chunk));
    };
    await assertRejects(reading, IntegrityError, "x-amz-checksum-crc32");
    assertEquals(received, ["hel"]);
  }
});

Deno.test("serveFile() resumes only the version that it began to send", async () => {
  const broken = new ReadableStream({
    pull(controller) {
      controller.enqueue(new TextEncoder().encode("he"));
      controller.error(new TypeError("broken"));
    },
  }, { highWaterMark: 0 });
  const store = stubFetch(
    new Response(broken, { headers: { "content-length": "5", etag: '"1"' } }),
    s3Error(412, "PreconditionFailed"),
  );
  const response = await stubSource(store).serveFile(ask("GET"), "a");
  await assertRejects(() => response.text(), Error);
  const reads = store.requests.filter(({ method }) => method === "GET");
  assertEquals(reads.map(({ headers }) => headers.get("if-match")), [null, ...reads.slice(1).map(() => '"1"')]);
});

Deno.test("serveFile() stops the store's request when the client goes", async () => {
  const client = new AbortController();
  const request = new Request("http://host.test/", { signal: client.signal });
  const waiting = stubSource(stubFetch(hang)).serveFile(request, "a");
  client.abort(new Error("gone"));
  await assertRejects(() => waiting, Error, "gone");

  for (const method of ["abort", "cancel"]) {
    let cancelled = false;
    const body = new ReadableStream({ cancel: () => void (cancelled = true) });
    const store = stubFetch(() => new Response(body, { headers: { "content-length": "9", etag: '"1"' } }));
    const client = new AbortController();
    const request = new Request("http://host.test/", { signal: client.signal });
    const response = await stubSource(store).serveFile(request, "a");
    if (method === "cancel") await response.body?.cancel();
    const reading = method === "abort" ? response.text() : undefined;
    client.abort(new Error("gone"));
    if (reading !== undefined) await assertRejects(() => reading, Error);
    assertEquals(cancelled, true, method);
  }
});

Deno.test("serveFile() answers any Range as another reading of RFC 9110 does", async () => {
  const { source } = open();
  const digits = fc.oneof(fc.nat(7).map(String), fc.constantFrom("", "007", "9".repeat(25), "-1", "x"));
  const spec = fc.tuple(digits, fc.constantFrom("-", "-", "-", "", "--"), digits).map((parts) => parts.join(""));
  const header = fc.tuple(
    fc.constantFrom("bytes=", "bytes=", "Bytes=", "bytes:", "items=", "bytes= "),
    fc.array(fc.oneof({ weight: 5, arbitrary: spec }, { weight: 1, arbitrary: fc.constant("") }), { maxLength: 3 }),
  ).map(([unit, specs]) => unit + specs.join(" ,"));
  await fc.assert(
    fc.asyncProperty(header, async (range) => {
      const { status, headers, text } = await answerOf(source, ask("GET", { range }));
      const answer = `${status} ${headers["content-range"] ?? ""} ${text}`;
      assertEquals(answer, oracle(range), range);
    }),
    { numRuns: 300 },
  );
});

Deno.test("serveFile() reads a Range of 100 KB at once", async () => {
  const { source } = open();
  const blanks = " \t".repeat(50_000);
  for (
    const [range, expected] of [
      [`bytes=x${blanks}x`, WHOLE],
      [`bytes=${blanks}x`, WHOLE],
      [`bytes=${",".repeat(100_000)}x`, WHOLE],
      [`bytes=1${blanks}-3`, WHOLE],
      [`bytes=${blanks}1-3${blanks},`, part(1, 3)],
      [`bytes=${"0".repeat(100_000)}1-3`, part(1, 3)],
    ] as const
  ) {
    const startMs = performance.now();
    assertEquals(await answerOf(source, ask("GET", { range })), expected);
    assert(performance.now() - startMs < 2_000);
  }
});

/** By listing the bytes that a range selects, instead of calculating with numbers. */
function oracle(header: string): string {
  const whole = `200  ${TEXT}`;
  if (!header.toLowerCase().startsWith("bytes=")) return whole;
  const specs = header.slice("bytes=".length).split(",").map((spec) => spec.trim()).filter(Boolean);
  const [spec = ""] = specs;
  if (specs.length !== 1 || !/^\d+-\d*$|^-\d+$/.test(spec)) return whole;
  const [first = "", last = ""] = spec.split("-").map((digits) => digits.replace(/^0+(?=\d)/, ""));
  const isLess = (a: string, b: string) => a.length === b.length ? a < b : a.length < b.length;
  if (first !== "" && last !== "" && isLess(last, first)) return whole;
  const indexes = [...TEXT].map((_, index) => String(index));
  const selected = first === ""
    ? indexes.filter((index) => isLess(String(TEXT.length - 1 - Number(index)), last))
    : indexes.filter((index) => !isLess(index, first) && (last === "" || !isLess(last, index)));
  if (selected.length === 0) return "416 bytes */5 ";
  return `206 bytes ${selected[0]}-${selected.at(-1)}/5 ${selected.map((index) => TEXT[Number(index)]).join("")}`;
}
