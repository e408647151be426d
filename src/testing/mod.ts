/**
 * For tests of programs that use `@files/s3-source`: an in-memory S3, a credentials broker and a bad network, each a
 * `fetch` function to pass to `createS3Source`. They need no server, and use Web standards only.
 *
 * - {@link createMemoryS3} checks signatures, keys, prefixes, checksums, conditions and limits as S3 does, or differs
 *   from it as other stores do: {@link MemoryS3Quirk}.
 * - {@link createFakeBroker} returns what the test says: new credentials, another folder, a failure, or garbage.
 * - {@link createFaultyFetch} makes requests fail, at random from a seed or by a plan.
 * - {@link combineFetch} combines several `fetch` functions, by origin.
 *
 * With one clock, `now`, for store, broker and source, credentials expire when the test says so.
 *
 * @example A file without a network
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { createS3Source } from "@files/s3-source";
 * import { createMemoryS3 } from "@files/s3-source/testing";
 *
 * const s3 = createMemoryS3({ buckets: ["media"] });
 * s3.putObject({ bucket: "media", key: "team-1/a.txt", body: "A" });
 * const source = createS3Source({ ...s3.config, prefix: "team-1" }, { fetch: s3.fetch });
 * assertEquals((await source.list()).files.map((file) => file.path), ["a.txt"]);
 * ```
 *
 * @example Credentials that expire
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { createS3Source } from "@files/s3-source";
 * import { combineFetch, createFakeBroker, createMemoryS3 } from "@files/s3-source/testing";
 *
 * let nowMs = Date.parse("2030-01-01T00:00:00Z");
 * const now = () => nowMs;
 * const s3 = createMemoryS3({ now });
 * const broker = createFakeBroker({
 *   secret: "open sesame",
 *   now,
 *   grant(callNumber) {
 *     const [accessKeyId, expiration] = [`KEY-${callNumber}`, new Date(nowMs + 900_000)];
 *     const keys = { secretAccessKey: "secret", sessionToken: "token" };
 *     s3.credentials.set(accessKeyId, { ...keys, bucket: "bucket", prefix: "team-1/", expiresAt: expiration });
 *     return { accessKeyId, ...keys, expiration, s3Folder: "s3://bucket/team-1/" };
 *   },
 * });
 * const { endpointUrl } = s3.config;
 * const fetch = combineFetch({ "https://broker.test": broker.fetch, [endpointUrl]: s3.fetch });
 * const source = createS3Source({ ...broker.config, endpointUrl }, { fetch, now });
 *
 * await source.upload("a.txt", "A");
 * nowMs += 1_000_000;
 * assertEquals(await source.read("a.txt"), new TextEncoder().encode("A"));
 * assertEquals(s3.requests.map(({ accessKeyId }) => accessKeyId), ["KEY-1", "KEY-2"]);
 * ```
 *
 * @module
 */
export {
  createMemoryS3,
  type MemoryS3,
  type MemoryS3Config,
  type MemoryS3Object,
  type MemoryS3Options,
} from "./memory_s3/memory_s3.ts";
export { MEMORY_S3_QUIRKS, type MemoryS3Quirk } from "./memory_s3/quirks.ts";
export type { MemoryS3Credentials } from "./memory_s3/auth.ts";
export type { MemoryS3Request } from "./memory_s3/server.ts";
export { createFaultyFetch, type FaultyFetch, type FaultyFetchOptions } from "./faults/proxy.ts";
export { type Fault, FAULT_KINDS, type FaultKind, type FaultRequest, type InjectedFault } from "./faults/plan.ts";
export {
  combineFetch,
  createFakeBroker,
  type FakeBroker,
  type FakeBrokerCall,
  type FakeBrokerOptions,
  type FakeGrant,
} from "./fake_broker.ts";
