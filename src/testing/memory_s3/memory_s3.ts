import type { MemoryS3Credentials } from "./auth.ts";
import { type MemoryS3Quirk, readQuirks } from "./quirks.ts";
import { readBody } from "./request.ts";
import { type MemoryS3Request, respond } from "./server.ts";
import { type Bucket, contentEtag, getBucket, type MemoryStore, type StoredObject } from "./store.ts";

/** Options of {@link createMemoryS3}. */
export interface MemoryS3Options {
  /** Initial buckets. Default: one, `"bucket"`. */
  buckets?: readonly string[] | undefined;
  /** Valid credentials, by access key id. Default: `"memory-access-key"` with the secret `"memory-secret-key"`. */
  credentials?: Readonly<Record<string, MemoryS3Credentials>> | undefined;
  /**
   * Its URL; the bucket is in the path or in front of the host. Hosts of AWS work as well. Default
   * `"https://memory.s3.test"`.
   */
  endpointUrl?: string | undefined;
  /** The region that requests must be signed for. Default `"us-east-1"`. */
  region?: string | undefined;
  /** Its clock, in epoch milliseconds. Default `Date.now`. */
  now?: (() => number) | undefined;
  /** How it differs from AWS, to test a program on such a store. Default: not at all. */
  quirks?: Iterable<MemoryS3Quirk> | undefined;
}

/**
 * An in-memory S3 behind a `fetch` of its own.
 *
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { createS3Source } from "@files/s3-source";
 * import { createMemoryS3 } from "@files/s3-source/testing";
 *
 * const s3 = createMemoryS3();
 * s3.createBucket("media");
 * s3.putObject({ bucket: "media", key: "team/a.txt", body: "A", contentType: "text/plain" });
 *
 * const source = createS3Source({ ...s3.config, bucket: "media", prefix: "team" }, { fetch: s3.fetch });
 * await source.copy("a.txt", "b.txt");
 * await source.prepareMultipartUpload("film.mp4", { size: 20_000_000 });
 *
 * assertEquals(s3.listKeys("media").toSorted(), ["team/a.txt", "team/b.txt"]);
 * assertEquals(s3.getObject("media", "team/b.txt")?.contentType, "text/plain");
 * assertEquals(s3.listUploads("media").map(({ key }) => key), ["team/film.mp4"]);
 * ```
 */
export interface MemoryS3 {
  /** Pass it to `createS3Source`. Rejects for hosts other than its own. */
  readonly fetch: typeof fetch;
  /** The configuration for `createS3Source`: the first bucket and the first credentials. */
  readonly config: MemoryS3Config;
  /** Valid credentials, by access key id; may be changed at any time. */
  readonly credentials: Map<string, MemoryS3Credentials>;
  /** All requests so far, in order; may be emptied. */
  readonly requests: MemoryS3Request[];
  /** Adds an empty bucket. */
  createBucket(name: string): void;
  /** Stores an object without a request. */
  putObject(object: MemoryS3Object): void;
  /** Returns an object without a request; `null` if it does not exist. */
  getObject(bucket: string, key: string): MemoryS3Object | null;
  /** The keys of a bucket, in no particular order. */
  listKeys(bucket: string): readonly string[];
  /** The multipart uploads in progress in a bucket. */
  listUploads(bucket: string): readonly { readonly key: string; readonly uploadId: string }[];
}

/** Address of an in-memory S3, and credentials for it. */
export interface MemoryS3Config {
  /** Name of the first bucket. */
  readonly bucket: string;
  /** The region that requests must be signed for. */
  readonly region: string;
  /** Its URL. */
  readonly endpointUrl: string;
  /** Access key id. */
  readonly accessKeyId: string;
  /** Secret access key. */
  readonly secretAccessKey: string;
  /** Session token; absent if the credentials have none. */
  readonly sessionToken?: string;
}

/** An object of an in-memory S3. */
export interface MemoryS3Object {
  /** Bucket name. */
  readonly bucket: string;
  /** The whole key. */
  readonly key: string;
  /** Content; a string is stored as UTF-8. */
  readonly body: Uint8Array<ArrayBuffer> | string;
  /** Media type. Default `"binary/octet-stream"`, as on S3. */
  readonly contentType?: string | undefined;
  /** How the body is compressed, such as `"gzip"`. Default: not at all. */
  readonly contentEncoding?: string | undefined;
  /** User metadata; names in lower case, without `x-amz-meta-`. Default: none. */
  readonly metadata?: Readonly<Record<string, string>> | undefined;
}

/**
 * An S3 for tests, without a server. It checks signatures, checksums, conditions and limits.
 *
 * It supports objects, listings, copies, DeleteObjects, multipart uploads and forms, but no versions, ACLs,
 * tags, encryption, bucket settings or signed chunks: to these it responds with `NotImplemented`.
 *
 * @param options Every option has a default.
 * @throws {TypeError} If a quirk is unknown.
 *
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { createS3Source } from "@files/s3-source";
 * import { createMemoryS3 } from "@files/s3-source/testing";
 *
 * const s3 = createMemoryS3();
 * const source = createS3Source(s3.config, { fetch: s3.fetch });
 * await source.upload("hello.txt", "Hello!");
 * assertEquals(s3.listKeys("bucket"), ["hello.txt"]);
 * assertEquals(s3.requests[0]?.operation, "PutObject");
 * ```
 */
export function createMemoryS3(options: MemoryS3Options = {}): MemoryS3 {
  const { endpointUrl = "https://memory.s3.test", region = "us-east-1", now = Date.now } = options;
  const { buckets = ["bucket"], credentials: given = DEFAULT_CREDENTIALS } = options;
  const quirks = readQuirks(options.quirks ?? []);
  const store: MemoryStore = { buckets: new Map(buckets.map((name) => [name, emptyBucket()])), now, quirks };
  const credentials = new Map(Object.entries(given));
  const requests: MemoryS3Request[] = [];
  const state = { store, rules: { credentials, region, now }, endpointUrl };
  const [[accessKeyId, first] = ["", undefined]] = credentials;

  return {
    fetch: async (input, init) => {
      const signal = init?.signal === undefined && input instanceof Request ? input.signal : init?.signal;
      signal?.throwIfAborted();
      const request = new Request(input, { ...init, signal: null });
      const { response, log } = await respond(request, await readBody(request.body, signal), state);
      requests.push(log);
      signal?.throwIfAborted();
      return deliver(response, signal);
    },
    config: {
      bucket: buckets[0] ?? "",
      region,
      endpointUrl,
      accessKeyId,
      secretAccessKey: first?.secretAccessKey ?? "",
      ...(first?.sessionToken === undefined ? {} : { sessionToken: first.sessionToken }),
    },
    credentials,
    requests,
    createBucket: (name) => void store.buckets.set(name, emptyBucket()),
    putObject: (object) => void getBucket(store, object.bucket).objects.set(object.key, toStored(object, now())),
    getObject: (bucket, key) => {
      const stored = getBucket(store, bucket).objects.get(key);
      return stored === undefined ? null : fromStored(bucket, key, stored);
    },
    listKeys: (bucket) => [...getBucket(store, bucket).objects.keys()],
    listUploads: (bucket) => Array.from(getBucket(store, bucket).uploads, ([uploadId, { key }]) => ({ key, uploadId })),
  };
}

/** Makes the body arrive in chunks and fail when the signal aborts, as it does from a network. */
function deliver(response: Response, signal: AbortSignal | null | undefined): Response {
  const reader = response.body?.getReader();
  if (reader === undefined) return response;
  let rest = new Uint8Array();
  const body = new ReadableStream<Uint8Array<ArrayBuffer>>({
    async pull(controller) {
      if (signal?.aborted) {
        controller.error(signal.reason);
        return await reader.cancel(signal.reason);
      }
      if (rest.byteLength === 0) {
        const { done, value } = await reader.read();
        if (done) return controller.close();
        rest = value;
      }
      controller.enqueue(rest.slice(0, CHUNK_BYTES));
      rest = rest.subarray(CHUNK_BYTES);
    },
    cancel: (reason) => reader.cancel(reason),
  }, { highWaterMark: 0 });
  return new Response(body, response);
}

function emptyBucket(): Bucket {
  return { objects: new Map(), uploads: new Map() };
}

function toStored(object: MemoryS3Object, now: number): StoredObject {
  const { body, contentType, contentEncoding, metadata } = object;
  const bytes = typeof body === "string" ? new TextEncoder().encode(body) : body.slice();
  return {
    body: bytes,
    etag: contentEtag(bytes),
    lastModified: now,
    headers: {
      "content-type": contentType ?? "binary/octet-stream",
      ...contentEncoding !== undefined && { "content-encoding": contentEncoding },
    },
    metadata: metadata ?? {},
  };
}

function fromStored(bucket: string, key: string, { body, headers, metadata }: StoredObject): MemoryS3Object {
  const { "content-type": contentType = "", "content-encoding": contentEncoding } = headers;
  const object = { bucket, key, body: body.slice(), metadata, contentType };
  return contentEncoding === undefined ? object : { ...object, contentEncoding };
}

const DEFAULT_CREDENTIALS: Readonly<Record<string, MemoryS3Credentials>> = {
  "memory-access-key": { secretAccessKey: "memory-secret-key" },
};
const CHUNK_BYTES = 64 * 1024;
