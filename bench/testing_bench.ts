// How long a test with the test doubles takes, each with its own store: deno bench bench/testing_bench.ts
import { createS3Source } from "@files/s3-source";
import { combineFetch, createFakeBroker, createMemoryS3 } from "@files/s3-source/testing";

Deno.bench("upload a file and read it", { warmup: 1000, n: 1000 }, async () => {
  const store = createMemoryS3();
  const source = createS3Source(store.config, { fetch: store.fetch });
  await source.upload("notes/a.txt", "A");
  await source.read("notes/a.txt");
});

Deno.bench("the same behind a broker, whose keys end in between", { warmup: 1000, n: 1000 }, async () => {
  let nowMs = Date.parse("2030-01-01T00:00:00Z");
  const now = () => nowMs;
  const store = createMemoryS3({ credentials: {}, now });
  const broker = createFakeBroker({
    secret: "s",
    now,
    grant(number) {
      const [accessKeyId, expiration] = [`KEY-${number}`, new Date(nowMs + 900_000)];
      const keys = { secretAccessKey: "secret", sessionToken: "token" };
      store.credentials.set(accessKeyId, { ...keys, bucket: "bucket", prefix: "team-1/", expiresAt: expiration });
      return { accessKeyId, ...keys, expiration, s3Folder: "s3://bucket/team-1/" };
    },
  });
  const { endpointUrl } = store.config;
  const fetch = combineFetch({ "https://broker.test": broker.fetch, [endpointUrl]: store.fetch });
  const source = createS3Source({ ...broker.config, endpointUrl }, { fetch, now });
  await source.upload("notes/a.txt", "A");
  nowMs += 1_000_000;
  await source.read("notes/a.txt");
});
