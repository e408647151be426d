import { assert, assertEquals } from "@std/assert";
import { createS3Source, type MultipartUpload, type S3Source, S3SourceError } from "../../mod.ts";
import { sessionPolicy } from "../../src/broker/mod.ts";
import { createMemoryS3 } from "../../src/testing/mod.ts";

const detached = new Uint8Array(3);
detached.buffer.transfer();

/** What a caller without a compiler might pass in place of anything. */
const GARBAGE: Readonly<Record<string, unknown>> = {
  undefined: undefined,
  null: null,
  "a number": 5,
  NaN: NaN,
  "a bigint": 5n,
  "a symbol": Symbol("x"),
  "true": true,
  "an empty text": "",
  "a text": "x",
  "a path that leaves": "../x",
  "a list": ["x", 5],
  "an object": { a: 5 },
  "an object without a prototype": Object.assign(Object.create(null), { a: 5 }),
  "a function": () => 5,
  "a date": new Date(NaN),
  "a regular expression": /x/,
  "detached bytes": detached,
  "a promise": Promise.resolve("x"),
  "a Response": new Response("x"),
  "a lone surrogate": "\ud800",
};

const PATHS: Readonly<Record<string, (source: S3Source, path: never) => unknown>> = {
  stat: (source, path) => source.stat(path),
  read: (source, path) => source.read(path),
  readText: (source, path) => source.readText(path),
  readJson: (source, path) => source.readJson(path),
  stream: (source, path) => source.stream(path),
  upload: (source, path) => source.upload(path, "x"),
  delete: (source, path) => source.delete(path),
  deleteMany: (source, path) => source.deleteMany([path]),
  deleteFolder: (source, path) => source.deleteFolder(path),
  copyFrom: (source, path) => source.copy(path, "b"),
  copyTo: (source, path) => source.copy("b", path),
  moveFrom: (source, path) => source.move(path, "b"),
  moveTo: (source, path) => source.move("b", path),
  downloadUrl: (source, path) => source.downloadUrl(path),
  prepareUpload: (source, path) => source.prepareUpload(path, { size: 1 }),
  prepareMultipartUpload: (source, path) => source.prepareMultipartUpload(path, { size: 1 }),
};

const OPTIONS: Readonly<Record<string, (source: S3Source, options: never) => unknown>> = {
  connect: (source, options) => source.connect(options),
  stat: (source, options) => source.stat("a", options),
  read: (source, options) => source.read("a", options),
  readText: (source, options) => source.readText("a", options),
  readJson: (source, options) => source.readJson("a", options),
  serveFile: (source, options) => source.serveFile(new Request("http://host.test/"), "a", options),
  stream: (source, options) => source.stream("a", options),
  list: (source, options) => source.list(options),
  walk: (source, options) => source.walk(options),
  upload: (source, options) => source.upload("a", "x", options),
  delete: (source, options) => source.delete("a", options),
  deleteMany: (source, options) => source.deleteMany(["a"], options),
  deleteFolder: (source, options) => source.deleteFolder("a", options),
  copy: (source, options) => source.copy("a", "b", options),
  move: (source, options) => source.move("a", "b", options),
  downloadUrl: (source, options) => source.downloadUrl("a", options),
  prepareUpload: (source, options) => source.prepareUpload("a", options),
  prepareMultipartUpload: (source, options) => source.prepareMultipartUpload("a", options),
  abortStaleUploads: (source, options) => source.abortStaleUploads(options),
  diagnose: (source, options) => source.diagnose(options),
  credentials: (source, options) => source.credentials(options),
};

const ATTRIBUTES = ["contentType", "metadata", "cacheControl", "contentDisposition", "storageClass", "encryption"];

/** Options by operation; each is tried with every piece of garbage. */
const FIELDS: Readonly<Record<string, readonly string[]>> = {
  read: ["range", "ifMatch", "maxBytes", "verify", "signal"],
  readText: ["ifMatch", "maxBytes", "verify", "signal"],
  readJson: ["ifMatch", "maxBytes", "verify", "signal"],
  stream: ["range", "ifMatch", "verify", "signal"],
  serveFile: ["filename", "inline", "cacheControl"],
  list: ["prefix", "cursor", "limit", "recursive", "signal"],
  walk: ["prefix", "concurrency", "signal"],
  upload: [...ATTRIBUTES, "size", "maxBytes", "contentHash", "ifNoneMatch", "ifMatch", "onProgress", "signal"],
  copy: [...ATTRIBUTES, "ifNoneMatch", "ifMatch", "signal"],
  move: ["ifNoneMatch", "ifMatch", "signal"],
  downloadUrl: ["expiresInSeconds", "filename", "inline", "signal"],
  prepareUpload: [...ATTRIBUTES, "size", "maxBytes", "expiresInSeconds", "method", "ifNoneMatch", "signal"],
  prepareMultipartUpload: [...ATTRIBUTES, "size", "partSizeBytes", "signal"],
  abortStaleUploads: ["olderThanSeconds", "signal"],
};

function open(): { source: S3Source; upload: MultipartUpload; requests: () => number } {
  const s3 = createMemoryS3({ buckets: ["media"] });
  const source = createS3Source(s3.config, { fetch: s3.fetch });
  const state = { path: "a", uploadId: "u", size: 6_000_000, partSizeBytes: 5 * 1024 ** 2 };
  return { source, upload: source.resumeMultipartUpload(state), requests: () => s3.requests.length };
}

/** What a call ends in: an error of ours without a request, or `"taken"`. Anything else fails the test. */
async function outcomeOf(name: string, { call, requests }: { call: () => unknown; requests: () => number }) {
  try {
    await call();
  } catch (error) {
    if (!(error instanceof S3SourceError)) throw new Error(`${name} throws a ${error}`, { cause: error });
    // The store may refuse what was not garbage, such as a path at which there is nothing.
    if (requests() > 0) return "taken";
    assert(/^Cannot /.test(error.message), `${name}: ${error.message}`);
    return "refused";
  }
  return "taken";
}

function garbage(): [string, unknown][] {
  return Object.entries(GARBAGE);
}

for (const [method, call] of Object.entries(PATHS)) {
  Deno.test(`${method} refuses everything that is not a path`, async () => {
    for (const [name, value] of garbage()) {
      const { source, requests } = open();
      const outcome = await outcomeOf(`${method}(${name})`, { call: () => call(source, value as never), requests });
      assertEquals(outcome, value === "x" ? "taken" : "refused", name);
    }
  });
}

for (const [method, call] of Object.entries(OPTIONS)) {
  Deno.test(`${method}() refuses everything that is not an options object`, async () => {
    const needsOptions = ["prepareUpload", "prepareMultipartUpload", "abortStaleUploads"].includes(method);
    for (const [name, value] of garbage()) {
      const { source, requests } = open();
      const outcome = await outcomeOf(`${method}(${name})`, { call: () => call(source, value as never), requests });
      const isEmpty = value === undefined && !needsOptions;
      assertEquals(outcome, isEmpty ? "taken" : "refused", name);
    }
  });
}

for (const [method, fields] of Object.entries(FIELDS)) {
  for (const field of fields) {
    Deno.test(`${method}() throws only errors of ours for the option ${field}`, async () => {
      const call = OPTIONS[method];
      let refused = 0;
      for (const [name, value] of garbage()) {
        const { source, requests } = open();
        const needed = method === "prepareUpload"
          ? { size: 1 }
          : method === "prepareMultipartUpload"
          ? { size: 9 }
          : {};
        const options = { ...needed, [field]: value };
        const outcome = await outcomeOf(`${method}({${field}: ${name}})`, {
          call: () => call?.(source, options as never),
          requests,
        });
        if (outcome === "refused") refused++;
      }
      // A few are of the right type for each.
      assert(refused >= garbage().length - 8, `only ${refused} were refused`);
    });
  }
}

Deno.test("upload() refuses everything that is not a body, and stores nothing", async () => {
  for (const [name, value] of garbage()) {
    const { source, requests } = open();
    const outcome = await outcomeOf(`upload(${name})`, { call: () => source.upload("a", value as never), requests });
    assertEquals(outcome, typeof value === "string" ? "taken" : "refused", name);
  }
});

Deno.test("deleteMany() refuses everything that is not a list of paths", async () => {
  for (const [name, value] of garbage()) {
    const { source, requests } = open();
    const call = () => source.deleteMany(value as never);
    assertEquals(await outcomeOf(`deleteMany(${name})`, { call, requests }), "refused", name);
  }
});

Deno.test("folder() refuses everything that is not a path", async () => {
  for (const [name, value] of garbage()) {
    const { source, requests } = open();
    const outcome = await outcomeOf(`folder(${name})`, { call: () => source.folder(value as never), requests });
    assertEquals(outcome, value === "" || value === "x" ? "taken" : "refused", name);
  }
});

Deno.test("resumeMultipartUpload() refuses everything that is not a state, and garbage in each of its fields", async () => {
  const good = { path: "a", uploadId: "u", size: 6_000_000, partSizeBytes: 5 * 1024 ** 2 };
  for (const [name, value] of garbage()) {
    const { source, requests } = open();
    const resume = (state: unknown) => ({ call: () => source.resumeMultipartUpload(state as never), requests });
    assertEquals(await outcomeOf(`resume(${name})`, resume(value)), "refused", name);
    for (const field of Object.keys(good)) {
      const outcome = await outcomeOf(`resume({${field}: ${name}})`, resume({ ...good, [field]: value }));
      const isText = value === "x" && (field === "path" || field === "uploadId");
      if (!(field === "size" && value === 5)) assertEquals(outcome, isText ? "taken" : "refused", `${field}: ${name}`);
    }
  }
});

const UPLOAD_CALLS: Readonly<Record<string, (upload: MultipartUpload, garbage: never) => unknown>> = {
  "partUrl's number": (upload, value) => upload.partUrl(value),
  "partUrl's options": (upload, value) => upload.partUrl(1, { expiresInSeconds: value }),
  "uploadPart's number": (upload, value) => upload.uploadPart(value, new Uint8Array(5 * 1024 ** 2)),
  "uploadPart's bytes": (upload, value) => upload.uploadPart(1, value),
  "uploadPart's signal": (upload, value) => upload.uploadPart(2, new Uint8Array(757_120), { signal: value }),
  "parts's signal": (upload, value) => upload.parts({ signal: value }),
  "complete's condition": (upload, value) => upload.complete({ ifMatch: value }),
  "complete's other condition": (upload, value) => upload.complete({ ifNoneMatch: value }),
  "abort's signal": (upload, value) => upload.abort({ signal: value }),
};

for (const [what, call] of Object.entries(UPLOAD_CALLS)) {
  Deno.test(`an upload in parts throws only errors of ours for garbage as ${what}`, async () => {
    let refused = 0;
    for (const [name, value] of garbage()) {
      const { upload, requests } = open();
      const outcome = await outcomeOf(`${what}: ${name}`, { call: () => call(upload, value as never), requests });
      if (outcome === "refused") refused++;
    }
    assert(refused >= garbage().length - 8, `only ${refused} were refused`);
  });
}

const BEHAVIOUR = ["credentials", "fetch", "now", "retry", "timeouts", "upload", "onEvent"];

Deno.test("createS3Source() throws only errors of ours, whatever its arguments", async () => {
  const none = { requests: () => 0 };
  for (const [name, value] of garbage()) {
    assertEquals(
      await outcomeOf(`createS3Source(${name})`, { call: () => createS3Source(value as never), ...none }),
      "refused",
    );
    for (
      const field of ["bucket", "region", "prefix", "endpointUrl", "accessKeyId", "credentialsUrl", "sessionToken"]
    ) {
      const call = () => createS3Source({ bucket: "media", [field]: value });
      await outcomeOf(`createS3Source({${field}: ${name}})`, { call, ...none });
    }
    for (const field of BEHAVIOUR) {
      const call = () => createS3Source({ bucket: "media" }, { [field]: value } as never);
      await outcomeOf(`createS3Source({}, {${field}: ${name}})`, { call, ...none });
    }
  }
});

Deno.test("a clock, a fetch and a provider that return garbage make errors of ours", async () => {
  const keys = { bucket: "media", accessKeyId: "A", secretAccessKey: "S" };
  const retry = { maxAttempts: 1 };
  for (const [name, value] of garbage()) {
    const isResponse = value instanceof Response;
    const cases: Record<string, () => Promise<unknown>> = {
      now: () => createS3Source(keys, { now: () => value as never, retry }).downloadUrl("a"),
      ...!isResponse && { fetch: () => createS3Source(keys, { fetch: () => value as never, retry }).read("a") },
      credentials: () => createS3Source({ bucket: "media" }, { credentials: () => value as never }).connect(),
    };
    for (const [what, call] of Object.entries(cases)) {
      if (what === "now" && value === 5) continue;
      assertEquals(await outcomeOf(`${what}: ${name}`, { call, requests: () => 0 }), "refused", `${what}: ${name}`);
    }
  }
});

Deno.test("sessionPolicy() throws only errors of ours, whatever its argument", async () => {
  const good = { bucket: "media", prefix: "team/", allow: ["read"] };
  for (const [name, value] of garbage()) {
    for (const options of [value, ...Object.keys(good).map((field) => ({ ...good, [field]: value }))]) {
      await outcomeOf(`sessionPolicy(${name})`, { call: () => sessionPolicy(options as never), requests: () => 0 });
    }
  }
});
