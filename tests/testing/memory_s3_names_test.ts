import { assertEquals } from "@std/assert";
import { createS3Source } from "../../mod.ts";
import { combineFetch, createFakeBroker, createMemoryS3 } from "../../src/testing/mod.ts";
import { send } from "../conformance/plain_requests.ts";

for (const bucket of ["my_bucket", "Media", "a", "_b.C-1", "x".repeat(255)]) {
  Deno.test(`createMemoryS3() and createFakeBroker() take the bucket ${bucket.slice(0, 10)} in RegionOne`, async () => {
    const s3 = createMemoryS3({ buckets: [bucket], region: "RegionOne" });
    const grant = { accessKeyId: "ASIA1", secretAccessKey: "s", sessionToken: "t" };
    s3.credentials.set("ASIA1", { ...grant, bucket, prefix: "team/" });
    const broker = createFakeBroker({ secret: "open", grant: { ...grant, s3Folder: `s3://${bucket}/team/` } });
    const { endpointUrl, region } = s3.config;
    const fetch = combineFetch({ "https://broker.test": broker.fetch, [endpointUrl]: s3.fetch });
    const source = createS3Source({ ...broker.config, endpointUrl, region }, { fetch });
    await source.upload("a b", "hello");
    await source.copy("a b", "c");
    const form = await source.prepareUpload("d", { size: 5, method: "POST" });
    assertEquals(await send({ fetch: s3.fetch }, form, "hello"), "stored");
    assertEquals(await (await s3.fetch((await source.downloadUrl("d")).url)).text(), "hello");
    assertEquals(s3.listKeys(bucket).toSorted(), ["team/a b", "team/c", "team/d"]);
  });
}
