import { assertEquals } from "@std/assert";
import { createS3Source } from "../../mod.ts";
import { KEYS, s3Object, stubFetch } from "../support/stub_fetch.ts";

for (
  const [name, config, url] of [
    ["virtual-hosted on AWS", {}, "https://media.s3.us-east-1.amazonaws.com/team/a.txt"],
    ["in another region", { region: "eu-west-1" }, "https://media.s3.eu-west-1.amazonaws.com/team/a.txt"],
    ["in China", { region: "cn-north-1" }, "https://media.s3.cn-north-1.amazonaws.com.cn/team/a.txt"],
    ["path-style for a bucket with dots", { bucket: "a.b" }, "https://s3.us-east-1.amazonaws.com/a.b/team/a.txt"],
    ["below an endpoint's own path", { endpointUrl: "https://x.test/s3/" }, "https://x.test/s3/media/team/a.txt"],
    ["without a default port", { endpointUrl: "https://x.test:443" }, "https://x.test/media/team/a.txt"],
  ] as const
) {
  Deno.test(`read() addresses the bucket ${name}`, async () => {
    const store = stubFetch(s3Object("x"));
    const source = createS3Source({ bucket: "media", prefix: "team", ...KEYS, ...config }, { fetch: store.fetch });
    await source.read("a.txt");
    assertEquals(store.requests[0]?.url, url);
  });
}
