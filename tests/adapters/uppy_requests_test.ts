import { assertEquals, assertRejects, assertThrows } from "@std/assert";
import { FakeTime } from "@std/testing/time";
import { AccessDeniedError, ConfigError, createS3Source, InvalidArgumentError } from "../../mod.ts";
import { createUppySigner, type ProposedFile, type UppySignerOptions } from "../../src/adapters/uppy.ts";
import { combineFetch, createFakeBroker, createMemoryS3 } from "../../src/testing/mod.ts";

const SECRET = "eSMTdUTKxqYpg0PfVnlRJjQ8sdBb9A5w";
const ROUTE = "https://app.example.com/uploads";
const MIB = 1024 ** 2;
const FILE = { name: "a.bin", size: 11 * MIB, type: "" };

function open(options: Partial<UppySignerOptions> = {}, s3 = createMemoryS3()) {
  const proposed: ProposedFile[] = [];
  const handler = createUppySigner(createS3Source({ ...s3.config, prefix: "team" }, { fetch: s3.fetch }), {
    authorize(_request, file) {
      proposed.push(file);
      return { path: `inbox/${file.name}` };
    },
    maxBytes: 100 * MIB,
    secret: SECRET,
    ...options,
  });
  return { s3, handler, proposed, ...client(handler) };
}

/** What a page can send to the route. */
function client(handler: (request: Request) => Promise<Response>) {
  const send = async (query: string, method: string, init: RequestInit = {}) => {
    const response = await handler(new Request(`${ROUTE}${query}`, { method, ...init }));
    return { status: response.status, type: response.headers.get("content-type"), text: await response.text() };
  };
  const post = (body: unknown, type = "application/json") =>
    send("", "POST", {
      body: typeof body === "string" ? body : JSON.stringify(body),
      headers: { "content-type": type },
    });
  const sign = async (body: object) => {
    const { status, text } = await post(body);
    return status === 200 ? JSON.parse(text) : { status, text };
  };
  return {
    send,
    post,
    sign,
    /** Begins an upload, as Uppy does. */
    async begin() {
      const { url } = await sign({ method: "POST", key: "1", ...FILE });
      const { text } = await send(url, "POST");
      return { created: url.slice("?created=".length), uploadId: /<UploadId>(.*)<\/UploadId>/.exec(text)?.[1] ?? "" };
    },
  };
}

const REFUSED: Readonly<Record<string, readonly [body: object, status: number, text: string]>> = {
  "the deletion of a file": [{ method: "DELETE", key: "inbox/a" }, 400, "Only uploads are signed."],
  "the download of a file": [{ method: "GET", key: "inbox/a" }, 400, "Only uploads are signed."],
  "HEAD": [{ method: "HEAD", key: "inbox/a", ...FILE }, 400, "Only uploads are signed."],
  "no method": [{ key: "inbox/a", ...FILE }, 400, "Only uploads are signed."],
  "a file without size": [
    { method: "PUT", key: "a", name: "a", type: "" },
    400,
    'Send the file\'s "size" in bytes; see signRequest in docs/adapters.md.',
  ],
  "a file that is too large": [
    { method: "PUT", key: "a", name: "a", size: 100 * MIB + 1 },
    413,
    "The file has 104857601 bytes, more than 104857600.",
  ],
  "a file in parts that is too large": [
    { method: "POST", key: "a", name: "a", size: 100 * MIB + 1 },
    413,
    "The file has 104857601 bytes, more than 104857600.",
  ],
  "an empty file in parts": [{ method: "POST", key: "a", name: "a", size: 0 }, 400, "An empty file has no parts."],
  "a type that is no header": [
    { method: "PUT", key: "a", name: "a", size: 1, type: "text/plain\r\nx-amz-acl: public-read" },
    400,
    'The file\'s "type" is not a media type.',
  ],
  "parts of half a byte": [
    { method: "POST", key: "a", ...FILE, chunkSize: 6e6 + 0.5 },
    400,
    'The "chunkSize" must be a whole number of bytes, at most 5 GiB.',
  ],
  "an invented upload": [
    { method: "PUT", key: "a", uploadId: "x", partNumber: 1 },
    403,
    "This upload is unknown or has expired. Add the file again.",
  ],
  "an upload that is no string": [
    { method: "POST", key: "a", uploadId: { toString: 1 } },
    403,
    "This upload is unknown or has expired. Add the file again.",
  ],
};

for (const [what, [body, status, text]] of Object.entries(REFUSED)) {
  Deno.test(`createUppySigner() refuses ${what}`, async () => {
    const { s3, post } = open();
    assertEquals(await post(body), { status, type: "text/plain; charset=utf-8", text });
    assertEquals(s3.requests, []);
  });
}

Deno.test("createUppySigner() refuses sizes that are no number of bytes", async () => {
  const { post, proposed } = open();
  for (const size of [-1, 0.5, "5", null, [5], 2 ** 53, 1e999, {}]) {
    assertEquals((await post({ method: "PUT", key: "a", name: "a", size })).status, 400, String(size));
  }
  assertEquals(proposed, []);
});

Deno.test("createUppySigner() refuses names that are not one segment of a path", async () => {
  const { s3, post, proposed } = open();
  const bad = [
    "",
    ".",
    "..",
    "../a",
    "a/b",
    "/a",
    "a/",
    "a\\b",
    "..\\a",
    "a\0",
    "a\nb",
    "\u009f",
    "\ud800",
    "x".repeat(1025),
  ];
  for (const name of [...bad, 1, null, ["a"], {}]) {
    const { status, text } = await post({ method: "PUT", key: "a", name, size: 1 });
    assertEquals(
      [status, text],
      [400, 'Send the file\'s "name", without folders and control characters.'],
      String(name),
    );
  }
  assertEquals([proposed, s3.requests], [[], []]);
});

Deno.test("createUppySigner() stores files of unusual names under these names", async () => {
  const { s3, sign } = open();
  const names = ["...", ". .", "%2e%2e%2fa", "..%2f", "日本 ünï.txt", "a?b#c&d=e", "${filename}", "' \"<x>", "👩‍👩‍👧", "-"];
  for (const name of names) {
    const { url, key, headers } = await sign({ method: "PUT", key: "a", name, size: 1 });
    assertEquals(key, `inbox/${name}`);
    assertEquals((await s3.fetch(url, { method: "PUT", headers, body: "x" })).status, 200);
  }
  assertEquals(s3.listKeys("bucket").toSorted(), names.map((name) => `team/inbox/${name}`).toSorted());
});

Deno.test("createUppySigner() refuses a path of the application that would leave the folder", async () => {
  for (const method of ["PUT", "POST"]) {
    const { s3, post } = open({ authorize: () => ({ path: "../team-2/a" }) });
    assertEquals(await post({ method, key: "a", ...FILE }), {
      status: 400,
      type: "text/plain; charset=utf-8",
      text: 'Cannot use the path "../team-2/a": it has a "." or ".." segment.',
    });
    assertEquals(s3.requests, []);
  }
});

Deno.test("createUppySigner() refuses what a page of another origin can send", async () => {
  const { post, send, proposed } = open();
  const body = { method: "PUT", key: "a", ...FILE };
  for (
    const type of ["text/plain", "application/x-www-form-urlencoded", "multipart/form-data", "", "application/jsonp"]
  ) {
    assertEquals((await post(body, type)).status, 415, type);
  }
  for (const method of ["GET", "PUT", "DELETE", "OPTIONS"]) assertEquals((await send("", method)).status, 405, method);
  assertEquals(proposed, []);
});

Deno.test("createUppySigner() refuses bodies that are no small JSON object", async () => {
  const { post } = open();
  for (const body of ["", "{", "1", "null", '"a"', "\xff"]) assertEquals((await post(body)).status, 400, body);
  let sent = 0;
  const endless = new ReadableStream<Uint8Array<ArrayBuffer>>({
    pull: (controller) => controller.enqueue(new Uint8Array(1000).fill(32 + 0 * sent++)),
  });
  const { send } = open();
  const init = { body: endless, headers: { "content-type": "application/json" } };
  assertEquals((await send("", "POST", init)).status, 413);
  assertEquals(sent < 30, true);
});

Deno.test("createUppySigner() signs only parts that the file has", async () => {
  const { sign, begin } = open();
  const { uploadId } = await begin();
  for (const partNumber of [0, 4, -1, 1.5, "1", null, 10_001]) {
    assertEquals(await sign({ method: "PUT", key: "a", uploadId, partNumber }), {
      status: 400,
      text: "This file has the parts 1 to 3, to upload with PUT.",
    });
  }
  assertEquals((await sign({ method: "DELETE", key: "a", uploadId, partNumber: 1 })).status, 400);
  assertEquals((await sign({ method: "PUT", key: "a", uploadId })).status, 400);
});

Deno.test("createUppySigner() signs for exactly the size of the file, and of each part", async () => {
  const { s3, sign, begin } = open();
  const put = async (url: string, size: number, headers = {}) => {
    const response = await s3.fetch(url, { method: "PUT", headers, body: new Uint8Array(size) });
    return (await response.text(), response.status);
  };
  const { url, headers } = await sign({ method: "PUT", key: "1", name: "a", size: 10 });
  assertEquals([await put(url, 11, headers), await put(url, 9, headers), await put(url, 10, headers)], [403, 403, 200]);
  const { uploadId } = await begin();
  const part = await sign({ method: "PUT", key: "1", uploadId, partNumber: 3 });
  assertEquals([await put(part.url, MIB + 1), await put(part.url, MIB - 1), await put(part.url, MIB)], [403, 403, 200]);
});

Deno.test("createUppySigner() completes an upload only with all its parts, whatever the page lists", async () => {
  const { s3, send, sign, begin } = open();
  const { uploadId } = await begin();
  const { url } = await sign({ method: "PUT", key: "1", uploadId, partNumber: 1 });
  await (await s3.fetch(url, { method: "PUT", body: new Uint8Array(5 * MIB) })).text();
  const completion = await sign({ method: "POST", key: "1", uploadId });
  const body =
    "<CompleteMultipartUpload><Part><PartNumber>1</PartNumber><ETag>a</ETag></Part></CompleteMultipartUpload>";
  assertEquals(await send(completion.url, "POST", { body }), {
    status: 409,
    type: "application/xml",
    text:
      '<?xml version="1.0" encoding="UTF-8"?>\n<Error><Code>PartsMissing</Code><Message>Cannot complete the upload ' +
      'of "inbox/a.bin": of its 3 parts, these are missing or have another size: 2-3.</Message></Error>',
  });
  assertEquals(s3.listKeys("bucket"), []);
});

Deno.test("createUppySigner() opens a token for its own purpose only, and not if it was changed", async () => {
  const { send, sign, begin } = open();
  const { created, uploadId } = await begin();
  const used = (token: string) => sign({ method: "PUT", key: "1", uploadId: token, partNumber: 1 });
  assertEquals((await used(created)).status, 403);
  for (const step of ["created", "parts", "complete", "abort"]) {
    const method = { created: "POST", parts: "GET", complete: "POST", abort: "DELETE" }[step] ?? "";
    assertEquals((await send(`?${step}=${uploadId}`, method)).status, 403, step);
    if (step !== "created") assertEquals((await send(`?${step}=${created}`, method)).status, 403, step);
    assertEquals((await send(`?${step}=`, method)).status, 403, step);
  }
  const { url } = await sign({ method: "GET", key: "1", uploadId });
  for (const method of ["POST", "DELETE", "PUT"]) assertEquals((await send(url, method)).status, 405, method);
  for (const index of [0, 20, uploadId.length - 1]) {
    const other = uploadId[index] === "A" ? "B" : "A";
    assertEquals((await used(uploadId.slice(0, index) + other + uploadId.slice(index + 1))).status, 403);
  }
  assertEquals(typeof (await used(uploadId)).url, "string");
});

Deno.test("createUppySigner() opens tokens of the former secret, and of no other", async () => {
  const s3 = createMemoryS3();
  const { uploadId } = await open({}, s3).begin();
  const next = "Zk3vQw8sLr1xYb6nTc9dHf2mJg5pAe7u";
  const used = (secret: UppySignerOptions["secret"]) =>
    open({ secret }, s3).sign({ method: "PUT", key: "1", uploadId, partNumber: 1 });
  assertEquals(typeof (await used([next, SECRET])).url, "string");
  assertEquals((await used(next)).status, 403);
});

Deno.test("createUppySigner() continues an upload until it expires, and a step's URL for five minutes", async () => {
  using time = new FakeTime();
  const { send, sign, begin } = open({ expiresInSeconds: 3600 });
  const { uploadId } = await begin();
  const { url } = await sign({ method: "GET", key: "1", uploadId });
  time.tick(299_000);
  assertEquals((await send(url, "GET")).status, 200);
  time.tick(2_000);
  assertEquals((await send(url, "GET")).status, 403);
  time.tick(3_298_000);
  const last = await sign({ method: "GET", key: "1", uploadId });
  time.tick(2_000);
  assertEquals((await send(last.url, "GET")).status, 403);
  assertEquals((await sign({ method: "GET", key: "1", uploadId })).status, 403);
});

Deno.test("createUppySigner() continues with new keys, but not in another folder", async () => {
  using time = new FakeTime(Date.parse("2030-01-01T00:00:00Z"));
  const now = () => Date.now();
  const s3 = createMemoryS3({ now });
  let folder = "team-1/";
  const broker = createFakeBroker({
    secret: "open sesame",
    now,
    grant(call) {
      const keys = { accessKeyId: `ASIA${call}`, secretAccessKey: `secret-${call}`, sessionToken: "t" };
      s3.credentials.set(keys.accessKeyId, { ...keys, bucket: "bucket", prefix: folder });
      return { ...keys, s3Folder: `s3://bucket/${folder}`, expiration: new Date(now() + 200_000) };
    },
  });
  const { endpointUrl } = s3.config;
  const source = createS3Source({ ...broker.config, endpointUrl }, {
    now,
    fetch: combineFetch({ "https://broker.test": broker.fetch, [endpointUrl]: s3.fetch }),
  });
  const { sign, send, begin } = client(
    createUppySigner(source, { authorize: () => ({ path: "a" }), maxBytes: 100 * MIB, secret: SECRET }),
  );
  const { uploadId } = await begin();
  const keyOf = (url: string) => /X-Amz-Credential=(\w+)/.exec(url)?.[1];
  const part = () => sign({ method: "PUT", key: "1", uploadId, partNumber: 1 });
  const former = keyOf((await part()).url);
  time.tick(250_000);
  assertEquals(keyOf((await part()).url) === former, false);
  const { url } = await sign({ method: "DELETE", key: "1", uploadId });
  folder = "team-2/";
  time.tick(250_000);
  const reason = "Cannot continue this upload: the credentials are for another folder now.";
  assertEquals(await part(), { status: 409, text: reason });
  const { status, text } = await send(url, "DELETE");
  assertEquals([status, text.includes(`<Code>ScopeChanged</Code><Message>${reason}</Message>`)], [409, true]);
  assertEquals(s3.listUploads("bucket").map(({ key }) => key), ["team-1/a"]);
});

Deno.test("createUppySigner() rejects with what the page cannot be blamed for", async () => {
  const body = { method: "POST", key: "1", ...FILE };
  const denied = createMemoryS3({
    credentials: { key: { secretAccessKey: "secret", bucket: "bucket", prefix: "elsewhere/" } },
  });
  await assertRejects(() => open({}, denied).post(body), AccessDeniedError);
  await assertRejects(
    () => open({ authorize: () => Promise.reject(new TypeError("no database")) }).post(body),
    TypeError,
  );
  const nothing = () => JSON.parse("null");
  await assertRejects(() => open({ authorize: nothing }).post(body), ConfigError, '"authorize" must return { path }');
  const bad = { path: "a", metadata: { "näme": "" } };
  await assertRejects(() => open({ authorize: () => bad }).post(body), InvalidArgumentError);
});

Deno.test("createUppySigner() says that an upload has ended", async () => {
  const { s3, send, sign, begin } = open();
  const { uploadId } = await begin();
  const { url } = await sign({ method: "DELETE", key: "1", uploadId });
  assertEquals([(await send(url, "DELETE")).status, (await send(url, "DELETE")).status], [204, 204]);
  s3.putObject({ bucket: "bucket", key: "team/inbox/a.bin", body: "of someone else" });
  for (const [method, query] of [["GET", "parts"], ["POST", "complete"]] as const) {
    const { url } = await sign({ method, key: "1", uploadId });
    assertEquals(await send(url, method), {
      status: 404,
      type: "application/xml",
      text: '<?xml version="1.0" encoding="UTF-8"?>\n<Error><Code>NoSuchUpload</Code>' +
        "<Message>This upload has ended. Add the file again.</Message></Error>",
    }, query);
  }
});

Deno.test("createUppySigner() refuses options that it cannot use", () => {
  const create = (options: object) => () => open(options);
  assertThrows(
    create({ secret: "short" }),
    ConfigError,
    'Cannot use the option "secret": it has 5 characters and needs 32 or more',
  );
  assertThrows(create({ secret: undefined }), ConfigError, 'Cannot use the option "secret": it is missing');
  assertThrows(create({ authorize: undefined }), ConfigError, 'Cannot use the option "authorize": it is missing');
  assertThrows(create({ maxBytes: undefined }), ConfigError, 'Cannot use the option "maxBytes": it is missing');
  assertThrows(create({ maxBytes: -1 }), ConfigError, "it must be a whole number of at least 0, not -1");
  assertThrows(create({ expiresInSeconds: 59 }), ConfigError, "it must be a whole number from 60 to 604800, not 59");
  assertThrows(create({ maxByte: 1 }), ConfigError, 'there is no such option; did you mean "maxBytes"?');
});
