import { assert, assertEquals, assertThrows } from "@std/assert";
import { ConfigError, createS3Source } from "../../mod.ts";
import { createEndpoint, isBucketName } from "../../src/s3/endpoint.ts";
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

for (const url of ["store.test", "ftp://store.test", "https://user@store.test", "https://:key@store.test"]) {
  Deno.test(`createEndpoint() refuses ${url}`, () => {
    assertThrows(() => createEndpoint(url), ConfigError, "Cannot use the endpointUrl: it ");
  });
}

for (
  const url of ["https://store.test/?a=1", "https://store.test/?", "https://store.test/#a", "https://store.test/#"]
) {
  Deno.test(`createEndpoint() refuses ${url}, which has a query or a fragment`, () => {
    assertThrows(() => createEndpoint(url), ConfigError, "it has a query or a fragment");
  });
}

Deno.test("isBucketName() accepts 3 to 63 lower-case letters, digits, dots and hyphens", () => {
  for (const name of ["abc", "a-b", "a.b", "1a1", "a--b", "a".repeat(63), "1.2.3.4.5", "1.2.3"]) {
    assert(isBucketName(name), name);
  }
});

Deno.test("isBucketName() refuses other lengths and characters, adjacent dots and IP addresses", () => {
  const refused = [
    "",
    "ab",
    "a".repeat(64),
    "Abc",
    "a_b",
    "a/b",
    "a b",
    "-ab",
    "ab-",
    ".ab",
    "ab.",
    "a..b",
    "192.168.5.4",
  ];
  for (const name of refused) assert(!isBucketName(name), name);
});
