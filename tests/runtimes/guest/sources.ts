import { assertEquals, assertNotEquals } from "@std/assert";
import { createS3Source, type S3Source } from "@files/s3-source";
import { readDatasetteConfig } from "@files/s3-source/config";
import { combineFetch, createFakeBroker, createMemoryS3 } from "@files/s3-source/testing";
import { toText } from "../../conformance/suite.ts";
import type { GuestSetup, GuestTests } from "./setup.ts";

/** Tests that the conformance suite lacks: of credentials other than keys, and of `./config` and `./testing`. */
export function sourceTests({ store, brokerUrl, brokerSecret }: GuestSetup): GuestTests {
  const { bucket, endpointUrl, accessKeyId, secretAccessKey } = store;
  let aheadMs = 0;
  const now = () => Date.now() + aheadMs;
  const fromBroker = () =>
    createS3Source({ credentialsUrl: brokerUrl, credentialsUrlSecret: brokerSecret, endpointUrl }, { now });
  let kept: { source: S3Source; accessKeyId: string } | undefined;

  return new Map(Object.entries({
    async "a test that fails"() {
      await Promise.reject(new Error("it has failed"));
    },
    async "a broker's keys"() {
      const source = fromBroker();
      await roundTrip(source);
      const first = await source.credentials();
      aheadMs = LIFE_MS - 20_000;
      await roundTrip(source);
      assertNotEquals((await source.credentials()).accessKeyId, first.accessKeyId);
      aheadMs = 0;
    },
    async "a broker's keys are about to be replaced"() {
      const source = fromBroker();
      const { accessKeyId } = await source.credentials();
      kept = { source, accessKeyId };
      aheadMs = LIFE_MS - 100_000;
      assertEquals((await source.credentials()).accessKeyId, accessKeyId);
    },
    async "a broker's keys have been replaced"() {
      aheadMs = LIFE_MS - 20_000;
      assertNotEquals((await kept?.source.credentials())?.accessKeyId, kept?.accessKeyId);
      aheadMs = 0;
    },
    async "the default chain"() {
      await roundTrip(createS3Source({ bucket, endpointUrl, prefix: crypto.randomUUID() }));
    },
    async "a configuration"() {
      const { sources } = readDatasetteConfig({
        yaml: `
plugins:
  datasette-files:
    sources:
      media:
        storage: s3
        config: {bucket: ${bucket}, endpoint_url: "${endpointUrl}", access_key_id: {$env: ID}, secret_access_key: {$env: KEY}}
`,
        env: (name) => ({ ID: accessKeyId, KEY: secretAccessKey })[name],
        settings: [["plugins.datasette-files.sources.media.config.prefix", crypto.randomUUID()]],
      });
      await roundTrip(createS3Source(sources["media"] ?? {}));
    },
    async "the S3 and the broker in memory"() {
      const s3 = createMemoryS3();
      const broker = createFakeBroker({ secret: "12345", grant: { s3Folder: "s3://bucket/team/" } });
      s3.credentials.set("memory-access-key", { secretAccessKey: "memory-secret-key", sessionToken: "session-token" });
      const { endpointUrl } = s3.config;
      const fetch = combineFetch({ "https://broker.test": broker.fetch, [endpointUrl]: s3.fetch });
      await roundTrip(createS3Source({ ...broker.config, endpointUrl }, { fetch }));
    },
  }));
}

/** How long the keys of the broker live. */
const LIFE_MS = 900_000;

async function roundTrip(source: S3Source): Promise<void> {
  await source.upload("a b/ü.txt", "hello", { contentType: "text/x-test" });
  assertEquals((await source.list({ prefix: "a b/" })).files.map(({ path }) => path), ["a b/ü.txt"]);
  assertEquals(toText(await source.read("a b/ü.txt")), "hello");
  const { body } = await source.stream("a b/ü.txt");
  assertEquals(await new Response(body).text(), "hello");
  await source.delete("a b/ü.txt");
  assertEquals(await source.stat("a b/ü.txt"), null);
}
