import { assertEquals, assertInstanceOf, assertRejects } from "@std/assert";
import { createHash } from "node:crypto";
import { crc32 } from "node:zlib";
import { createS3Source, IntegrityError, type S3Source, type S3SourceOptions } from "../../mod.ts";
import { canonicalQuery, signHeaders, UNSIGNED_PAYLOAD } from "../../src/s3/sign/sign.ts";
import { createMemoryS3, type MemoryS3 } from "../../src/testing/memory_s3/memory_s3.ts";
import { someBytes } from "../conformance/suite.ts";

const PART = 6 * 1024 ** 2;
const BYTES = someBytes(2 * PART + 5);
const FLIPS = 100;

/** Offsets throughout a file: both ends of each piece, and others. */
function offsetsIn(size: number, pieceBytes: number): number[] {
  const ends = Array.from({ length: Math.ceil(size / pieceBytes) }, (_, index) => [
    index * pieceBytes,
    Math.min((index + 1) * pieceBytes, size) - 1,
  ]).flat();
  const others = FLIPS - ends.length;
  return [...ends, ...Array.from({ length: others }, (_, index) => Math.floor((index + 0.5) * size / others))];
}

const flip = (bytes: Uint8Array, at: number) => {
  if (at >= 0 && at < bytes.byteLength) bytes[at] = (bytes[at] ?? 0) ^ 1 << at % 8;
};

const crc32Of = (bytes: Uint8Array) => {
  const checksum = new DataView(new ArrayBuffer(4));
  checksum.setUint32(0, crc32(bytes));
  return new Uint8Array(checksum.buffer).toBase64();
};

Deno.test(`upload() in parts detects each of ${FLIPS} flipped bits`, async () => {
  const s3 = createMemoryS3();
  let offset = 0;
  const source = createS3Source(s3.config, {
    upload: { partSizeBytes: PART },
    retry: { maxAttempts: 1 },
    async fetch(url, init) {
      const partNumber = Number(new URL(String(url)).searchParams.get("partNumber"));
      if (partNumber === 0) return await s3.fetch(url, init);
      const body = await new Response(init?.body).bytes();
      flip(body, offset - (partNumber - 1) * PART);
      return await s3.fetch(url, { ...init, body });
    },
  });
  const codes: Record<string, number> = {};
  for (offset of offsetsIn(BYTES.byteLength, PART)) {
    const upload = () => source.upload("a", BYTES, { contentHash: false });
    const { code } = await assertRejects(upload, IntegrityError, undefined, `${offset}`);
    codes[code] = (codes[code] ?? 0) + 1;
  }
  assertEquals(codes, { BadDigest: FLIPS });
  assertEquals([s3.listKeys("bucket"), s3.listUploads("bucket")], [[], []]);
});

/** The parts of an upload, by their numbers. */
type Parts = Map<number, Uint8Array<ArrayBuffer>>;

/**
 * A gateway that collects parts, makes others of them, and stores those with signatures and checksums of its own: the
 * client's list of parts fits what it sent, that of the store what was stored.
 */
function gateway(s3: MemoryS3, change: (parts: Parts) => void): typeof fetch {
  const parts: Parts = new Map();

  async function send(url: URL, method: string, headers: Record<string, string>, body: Uint8Array<ArrayBuffer> | null) {
    const query = canonicalQuery(Object.fromEntries(url.searchParams));
    const { host, pathname: path, origin } = url;
    const unsigned = { ...headers, "x-amz-content-sha256": UNSIGNED_PAYLOAD };
    const request = { method, host, path, query, headers: unsigned, payloadHash: UNSIGNED_PAYLOAD };
    const signed = signHeaders(request, { credentials: s3.config, region: s3.config.region, nowMs: Date.now() });
    return await s3.fetch(`${origin}${path}?${query}`, { method, headers: signed, body });
  }

  async function store(url: URL): Promise<string> {
    change(parts);
    const listed = await Promise.all(
      [...parts].toSorted(([a], [b]) => a - b).map(async ([partNumber, bytes]) => {
        const part = new URL(url);
        part.searchParams.set("partNumber", `${partNumber}`);
        const { headers } = await send(part, "PUT", { "x-amz-checksum-crc32": crc32Of(bytes) }, bytes);
        return `<Part><PartNumber>${partNumber}</PartNumber><ETag>${headers.get("etag")}</ETag></Part>`;
      }),
    );
    return `<CompleteMultipartUpload>${listed.join("")}</CompleteMultipartUpload>`;
  }

  return async (input, { method = "GET", headers, body } = {}) => {
    const url = new URL(String(input));
    const meant = [...new Headers(headers)].filter(([name]) => /^x-amz-checksum/.test(name));
    const partNumber = Number(url.searchParams.get("partNumber"));
    if (partNumber > 0) {
      const bytes = await new Response(body).bytes();
      parts.set(partNumber, bytes);
      return new Response(null, { headers: { etag: `"${createHash("md5").update(bytes).digest("hex")}"` } });
    }
    const isLast = method === "POST" && url.searchParams.has("uploadId");
    const xml = isLast ? new TextEncoder().encode(await store(url)) : null;
    return await send(url, method, Object.fromEntries(meant), xml);
  };
}

/** What a gateway can make of three parts. */
const CHANGES: Readonly<Record<string, (parts: Parts) => void>> = {
  "has its parts in another order"(parts) {
    parts.set(1, BYTES.slice(PART, 2 * PART)).set(2, BYTES.slice(0, PART));
  },
  "has a part twice, in place of another": (parts) => void parts.set(2, BYTES.slice(0, PART)),
  "has a part twice": (parts) => void parts.set(3, BYTES.slice(PART, 2 * PART)).set(4, BYTES.slice(2 * PART)),
  "has lost its first part": (parts) => void parts.delete(1),
  "has lost its last part": (parts) => void parts.delete(3),
  "has lost a byte between its parts": (parts) => void parts.set(2, BYTES.slice(PART + 1, 2 * PART)),
  "has a byte too many between its parts": (parts) => void parts.set(2, BYTES.slice(PART - 1, 2 * PART)),
};

for (const [what, change] of Object.entries(CHANGES)) {
  Deno.test(`upload() in parts detects that its file ${what}`, async () => {
    const upload = async (change: (parts: Parts) => void) => {
      const s3 = createMemoryS3();
      const options = { upload: { partSizeBytes: PART }, retry: { maxAttempts: 1 } };
      const source = createS3Source(s3.config, { ...options, fetch: gateway(s3, change) });
      const error = await source.upload("a", BYTES, { contentHash: false }).then(() => undefined, (error) => error);
      return { error, keys: s3.listKeys("bucket"), uploads: s3.listUploads("bucket") };
    };
    assertEquals(await upload(() => {}), { error: undefined, keys: ["a"], uploads: [] });
    const { error, ...left } = await upload(change);
    assertInstanceOf(error, IntegrityError);
    assertEquals([error.code, left], ["BadDigest", { keys: [], uploads: [] }]);
  });
}

const STORED = someBytes(400_003);
const PIECE = 64 * 1024;

/** A store whose responses say the checksum of the whole file, and have one bit flipped at an offset of the file. */
function flippingStore(
  offset: number,
  { breakAfter = Infinity, ...options }: S3SourceOptions & { breakAfter?: number },
) {
  const s3 = createMemoryS3();
  s3.putObject({ bucket: "bucket", key: "a", body: STORED });
  let requests = 0;
  const source = createS3Source(s3.config, {
    retry: { maxAttempts: 2, baseDelayMs: 0 },
    ...options,
    async fetch(input, init) {
      requests++;
      const response = await s3.fetch(input, init);
      const begin = Number(/^bytes (\d+)/.exec(response.headers.get("content-range") ?? "")?.[1] ?? 0);
      const bytes = await response.bytes();
      flip(bytes, offset - begin);
      response.headers.set("x-amz-checksum-crc32", crc32Of(STORED));
      response.headers.set("x-amz-checksum-type", "FULL_OBJECT");
      let isFirst = true;
      const body = new ReadableStream({
        pull(controller) {
          if (isFirst) controller.enqueue(bytes.slice(0, breakAfter));
          else if (bytes.byteLength > breakAfter) controller.error(new TypeError("connection reset"));
          else controller.close();
          isFirst = false;
        },
      }, { highWaterMark: 0 });
      return new Response(body, response);
    },
  });
  return { source, requests: () => requests };
}

const read = (source: S3Source) => source.read("a");
const stream = async (source: S3Source) => await new Response((await source.stream("a")).body).bytes();

for (
  const [how, get, options, requests] of [
    ["read()", read, {}, 2],
    ["read() in slices", read, { download: { partSizeBytes: PIECE } }, 14],
    ["stream()", stream, {}, 1],
    ["stream() that resumes", stream, { breakAfter: PIECE }, 7],
  ] as const
) {
  Deno.test(`${how} detects each of ${FLIPS} flipped bits`, async () => {
    const intact = flippingStore(-1, options);
    assertEquals(crc32(await get(intact.source)), crc32(STORED));
    const codes: Record<string, number> = {};
    for (const offset of offsetsIn(STORED.byteLength, PIECE)) {
      const flipped = flippingStore(offset, options);
      const { code } = await assertRejects(() => get(flipped.source), IntegrityError, undefined, `${offset}`);
      codes[code] = (codes[code] ?? 0) + 1;
      assertEquals(flipped.requests(), requests);
    }
    assertEquals(codes, { BadDigest: FLIPS });
  });
}
