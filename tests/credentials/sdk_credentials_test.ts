import { GetObjectCommand, S3Client } from "@aws-sdk/client-s3";
import { assertEquals } from "@std/assert";
import { createS3Source } from "../../mod.ts";
import { combineFetch, createFakeBroker, createMemoryS3 } from "../../src/testing/mod.ts";

Deno.test({
  name: "credentials() drives a client of the AWS SDK across a rotation",
  // The SDK keeps its connections.
  sanitizeResources: false,
  async fn() {
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
  },
});
