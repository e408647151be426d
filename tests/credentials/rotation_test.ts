import { GetObjectCommand, S3Client } from "@aws-sdk/client-s3";
import { assert, assertEquals, assertRejects } from "@std/assert";
import { createS3Source, type S3Source, ScopeChangedError } from "../../mod.ts";
import { combineFetch, createFakeBroker, createMemoryS3, type MemoryS3 } from "../../src/testing/mod.ts";
import { printFigures } from "../support/figures.ts";

const LIFE_MS = 15 * 60_000;
const MIB = 1024 ** 2;
const LARGE = new Uint8Array(5 * MIB + 1).fill(7);

/**
 * A store and a broker on one clock. Grant n has the keys `KEY-n`, good for `folder-n/` of `bucket-n` and nothing else.
 */
function createWorld(locationOf = (grant: number) => ({ bucket: `bucket-${grant}`, prefix: `folder-${grant}/` })) {
  let nowMs = Date.parse("2030-01-01T00:00:00Z");
  const now = () => nowMs;
  const store = createMemoryS3({ buckets: [], credentials: {}, now });
  const broker = createFakeBroker({
    secret: "s",
    now,
    grant(number) {
      const { bucket, prefix } = locationOf(number);
      const expiration = new Date(nowMs + LIFE_MS);
      const keys = { secretAccessKey: `secret-${number}`, sessionToken: `token-${number}` };
      store.credentials.set(`KEY-${number}`, { ...keys, bucket, prefix, expiresAt: expiration });
      if (number === 1 || bucket !== locationOf(number - 1).bucket) store.createBucket(bucket);
      store.putObject({ bucket, key: `${prefix}file.txt`, body: `content of ${number}` });
      return { accessKeyId: `KEY-${number}`, ...keys, expiration, s3Folder: `s3://${bucket}/${prefix}` };
    },
  });
  const { endpointUrl } = store.config;
  const fetch = combineFetch({ "https://broker.test": broker.fetch, [endpointUrl]: store.fetch });
  const source = createS3Source({ ...broker.config, endpointUrl }, {
    fetch,
    now,
    retry: { baseDelayMs: 0 },
    upload: { partSizeBytes: 5 * MIB },
  });
  return { store, broker, source, now, advance: (ms: number) => void (nowMs += ms) };
}

/** Requests whose keys, bucket and prefix do not belong to one grant. */
function mixedRequests({ requests }: MemoryS3): string[] {
  return requests.flatMap(({ accessKeyId, bucket, key, query, method, path }) => {
    const number = accessKeyId.replace("KEY-", "");
    const listed = new URLSearchParams(query).get("prefix") ?? "";
    const isOfOneGrant = bucket === `bucket-${number}` && (key || listed).startsWith(`folder-${number}/`);
    return isOfOneGrant ? [] : [`${accessKeyId} ${method} ${path}?${query}`];
  });
}

const quickOperations: ((source: S3Source) => Promise<unknown>)[] = [
  async (source) => assert(await source.stat("file.txt") !== null),
  async (source) => assert(new TextDecoder().decode(await source.read("file.txt")).startsWith("content of ")),
  async (source) => assert((await new Response((await source.stream("file.txt")).body).text()).startsWith("content")),
  async (source) => assert((await source.list()).files.some(({ path }) => path === "file.txt")),
  async (source) => assert((await source.downloadUrl("file.txt")).url.includes("X-Amz-Signature")),
];

Deno.test("a source makes 1 broker call for 200 concurrent first operations", async () => {
  const { source, broker } = createWorld();
  await Promise.all(Array.from({ length: 200 }, (_, index) => quickOperations[index % 5]?.(source)));
  printFigures("Cold start", { "first operations": 200, "broker calls": broker.calls.length });
  assertEquals(broker.calls.length, 1);
});

/** Every number of steps between the first operations and the rotation, once for each kind of rotation. */
const ROTATIONS = 14;

Deno.test("a source makes 1 broker call a rotation, fails nothing and mixes nothing under 200 concurrent operations", async () => {
  const world = createWorld();
  const { source, broker, store } = world;
  await source.connect();
  let operations = 0;
  const failures: string[] = [];
  const start = (count: number, uploads: number) =>
    Array.from({ length: count }, (_, index) => {
      operations++;
      const operation = index < uploads
        ? source.upload(`large-${operations}`, LARGE)
        : quickOperations[index % quickOperations.length]?.(source);
      return operation?.catch((error) => void failures.push(String(error)));
    });
  for (let rotation = 1; rotation <= ROTATIONS; rotation++) {
    // By turns into the time for a background refresh, during an upload, and past the expiration, so that the store
    // itself rejects requests.
    const isHard = rotation % 2 === 0;
    const before = start(100, isHard ? 0 : 1);
    for (let step = 0; step < rotation % 7; step++) await Promise.resolve();
    world.advance(isHard ? LIFE_MS : 0.8 * LIFE_MS);
    await Promise.all([...before, ...start(100, isHard ? 1 : 0)]);
  }
  const mixed = mixedRequests(store);
  const requests = store.requests.length;
  printFigures("Rotation", {
    rotations: ROTATIONS,
    operations,
    failed: failures.length,
    "broker calls": broker.calls.length - 1,
    requests,
    "mixed requests": mixed.length,
  });
  assertEquals([failures, broker.calls.length - 1, mixed], [[], ROTATIONS, []]);
});

Deno.test("upload() in parts continues with newer keys for the same folder", async () => {
  const world = createWorld(() => ({ bucket: "bucket", prefix: "folder/" }));
  async function* body() {
    yield LARGE;
    world.advance(LIFE_MS + 1);
    yield await Promise.resolve(LARGE);
  }
  const { size } = await world.source.upload("large", body());
  assertEquals(size, 2 * LARGE.byteLength);
  const keysOf = (operation: string) =>
    world.store.requests.filter((request) => request.operation === operation && request.status === 200).map(
      ({ accessKeyId }) => accessKeyId,
    );
  assertEquals(keysOf("CreateMultipartUpload"), ["KEY-1"]);
  assertEquals(keysOf("CompleteMultipartUpload"), ["KEY-2"]);
  assertEquals(world.broker.calls.length, 2);
});

Deno.test("upload() in parts fails with ScopeChangedError when its keys expire and newer ones are for another folder", async () => {
  const world = createWorld();
  async function* body() {
    yield LARGE;
    world.advance(LIFE_MS + 1);
    // The old keys can still abort the upload: the store's clock is a little behind.
    const keys = world.store.credentials.get("KEY-1");
    if (keys) world.store.credentials.set("KEY-1", { ...keys, expiresAt: new Date(world.now() + 60_000) });
    yield await Promise.resolve(LARGE);
  }
  await assertRejects(
    () => world.source.upload("large", body()),
    ScopeChangedError,
    "moved to another bucket or prefix",
  );
  assertEquals([world.store.listUploads("bucket-1"), world.store.listUploads("bucket-2")], [[], []]);
  assertEquals([...world.store.listKeys("bucket-1"), ...world.store.listKeys("bucket-2")], [
    "folder-1/file.txt",
    "folder-2/file.txt",
  ]);
  assertEquals(mixedRequests(world.store), []);
});

Deno.test("ExpiredToken makes 1 refresh for any number of operations, each repeated once", async () => {
  const { source, store, broker } = createWorld(() => ({ bucket: "bucket", prefix: "folder/" }));
  await source.connect();
  store.credentials.set("KEY-1", { secretAccessKey: "secret-1", sessionToken: "token-1", expiresAt: new Date(0) });
  await Promise.all(Array.from({ length: 100 }, () => source.read("file.txt")));
  const rejected = store.requests.filter(({ status }) => status === 400).length;
  printFigures("ExpiredToken", { operations: 100, rejected, refreshes: broker.calls.length - 1 });
  assertEquals([store.requests.length, rejected, broker.calls.length - 1], [200, 100, 1]);
});

Deno.test("AccessDenied makes no refresh", async () => {
  const { source, store, broker } = createWorld(() => ({ bucket: "bucket", prefix: "folder/" }));
  await source.connect();
  store.credentials.set("KEY-1", { secretAccessKey: "secret-1", sessionToken: "token-1", prefix: "elsewhere/" });
  const results = await Promise.allSettled(Array.from({ length: 100 }, () => source.read("file.txt")));
  assertEquals(results.filter(({ status }) => status === "rejected").length, 100);
  printFigures("AccessDenied", { operations: 100, refreshes: broker.calls.length - 1 });
  assertEquals(broker.calls.length - 1, 0);
});

Deno.test("ExpiredToken repeats the upload of a stream whose part is still in memory", async () => {
  const { source, store } = createWorld(() => ({ bucket: "bucket", prefix: "folder/" }));
  await source.connect();
  store.credentials.set("KEY-1", { secretAccessKey: "secret-1", sessionToken: "token-1", expiresAt: new Date(0) });
  await source.upload("streamed.txt", new Blob(["streamed"]).stream());
  assertEquals(store.getObject("bucket", "folder/streamed.txt")?.body, new TextEncoder().encode("streamed"));
});

Deno.test("a signed URL never outlives its grant, and the store enforces expiresAt to the second", async () => {
  const { source, store, advance, now } = createWorld();
  await source.connect();
  const figures = { checked: 0, "that outlived their grant": 0 };
  for (const elapsedMs of [0, 1_234, 300_000, 600_000, 659_999, 660_500]) {
    advance(elapsedMs - (now() - Date.parse("2030-01-01T00:00:00Z")));
    const { url, expiresAt } = await source.downloadUrl("file.txt", { expiresInSeconds: 3600 });
    const [, signer = ""] = /X-Amz-Credential=(KEY-\d+)/.exec(url) ?? [];
    if (expiresAt > (store.credentials.get(signer)?.expiresAt ?? 0)) figures["that outlived their grant"]++;
    const left = expiresAt.getTime() - now();
    advance(left - 1);
    assertEquals((await store.fetch(url)).status, 200);
    advance(2);
    assertEquals((await store.fetch(url)).status, 403);
    advance(-left - 1);
    figures.checked++;
  }
  printFigures("Signed URLs", figures);
  assertEquals(figures, { checked: 6, "that outlived their grant": 0 });
});

Deno.test("credentials() drives a client of the AWS SDK across a rotation", async () => {
  // The SDK reads the machine's clock: keys that live 2 minutes are refreshed by it at each use.
  const server = Deno.serve(
    { hostname: "127.0.0.1", port: 0, onListen: () => {} },
    (request) => store.fetch(request),
  );
  const store = createMemoryS3({ credentials: {}, endpointUrl: `http://127.0.0.1:${server.addr.port}` });
  const { endpointUrl } = store.config;
  let nowMs = Date.now();
  const broker = createFakeBroker({
    secret: "s",
    now: () => nowMs,
    grant(number) {
      const keys = { secretAccessKey: `secret-${number}`, sessionToken: `token-${number}` };
      store.credentials.set(`KEY-${number}`, keys);
      store.credentials.delete(`KEY-${number - 1}`);
      const expiration = new Date(nowMs + 120_000);
      return { accessKeyId: `KEY-${number}`, ...keys, expiration, s3Folder: "s3://bucket/" };
    },
  });
  const source = createS3Source({ ...broker.config, endpointUrl }, {
    fetch: combineFetch({ "https://broker.test": broker.fetch, [endpointUrl]: store.fetch }),
    now: () => nowMs,
  });
  const client = new S3Client({
    region: "us-east-1",
    endpoint: endpointUrl,
    forcePathStyle: true,
    credentials: () => source.credentials(),
  });
  await source.upload("a.txt", "hello");
  const readWithSdk = async () =>
    await (await client.send(new GetObjectCommand({ Bucket: "bucket", Key: "a.txt" }))).Body?.transformToString();
  assertEquals(await readWithSdk(), "hello");
  nowMs += 121_000;
  assertEquals(await readWithSdk(), "hello");
  const usedKeys = store.requests.map(({ accessKeyId, status }) => `${accessKeyId} ${status}`);
  assertEquals(usedKeys, ["KEY-1 200", "KEY-1 200", "KEY-2 200"]);
  client.destroy();
  await server.shutdown();
});
