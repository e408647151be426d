import { assertEquals } from "@std/assert";
import { createS3Source } from "../../mod.ts";
import { MINIO } from "../../tools/stores/minio.ts";
import { ALL_PASS, preflightAll } from "../integration/cors.ts";
import { createLimitedTests } from "../conformance/limited_tests.ts";
import { testBroker } from "../integration/broker_suite.ts";
import { startTestBroker } from "../integration/test_broker.ts";
import { limitsOf } from "./differences.ts";
import { testPackagedStore } from "./store.ts";

const minio = await testPackagedStore("MinIO", MINIO);

if (minio !== undefined) {
  // It has no roles: keys may do what both the broker's own and the session policy allow.
  const broker = await startTestBroker(minio, { canListUploads: false });
  const { test, end } = createLimitedTests("MinIO", limitsOf("MinIO", "brokerFailures"));
  testBroker(minio, broker, test);
  end();

  Deno.test("MinIO lets pages of every origin in", async () => {
    const source = createS3Source({ ...minio.config, prefix: crypto.randomUUID() });
    assertEquals(await preflightAll(source, "https://anyone.example.com"), ALL_PASS);
  });
}
