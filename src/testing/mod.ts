/**
 * For tests of what uses `@files/s3-source`: an S3 in memory, a credentials broker and a bad network, each as a `fetch` function
 * to pass to `createS3Source`. No server; Web standards only.
 *
 * @example
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
 * @module
 */
export {
  createMemoryS3,
  type MemoryS3,
  type MemoryS3Config,
  type MemoryS3Object,
  type MemoryS3Options,
} from "./memory_s3.ts";
export type { MemoryS3Credentials } from "./memory_s3_auth.ts";
export type { MemoryS3Request } from "./memory_s3_server.ts";
export { createFaultyFetch, type FaultyFetch, type FaultyFetchOptions } from "./fault_proxy.ts";
export { type Fault, FAULT_KINDS, type FaultKind, type FaultRequest, type InjectedFault } from "./fault_plan.ts";
export {
  combineFetch,
  createFakeBroker,
  type FakeBroker,
  type FakeBrokerCall,
  type FakeBrokerOptions,
  type FakeGrant,
} from "./fake_broker.ts";
