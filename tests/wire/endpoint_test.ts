import { assert, assertEquals, assertMatch, assertRejects, assertStringIncludes, assertThrows } from "@std/assert";
import { ConfigError, createS3Source, ServiceError } from "../../mod.ts";
import { awsBucketProblem, bucketNameProblem } from "../../src/s3/bucket_name.ts";
import { createEndpoint } from "../../src/s3/endpoint.ts";
import { partitionOf } from "../../src/s3/partitions.ts";
import { KEYS, s3Error, s3Object, stubFetch } from "../support/stub_fetch.ts";

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

for (
  const url of [
    "https://media.s3.eu-west-1.amazonaws.com",
    "https://media.s3.amazonaws.com",
    "https://media.s3.dualstack.eu-west-1.amazonaws.com/",
    "https://media.s3-eu-west-1.amazonaws.com",
    "https://media.s3.eusc-de-east-1.amazonaws.eu",
    "https://media.s3.cn-north-1.amazonaws.com.cn",
  ]
) {
  Deno.test(`createEndpoint() refuses ${url}, which has a bucket in it`, () => {
    assertThrows(() => createEndpoint(url), ConfigError, 'leave it out, and set "bucket" and "region"');
  });
}

for (
  const [url, reason] of [
    ["https://s3express-usw2-az1.us-west-2.amazonaws.com", "it is of S3 Express"],
    ["https://data--usw2-az1--x-s3.s3express-usw2-az1.us-west-2.amazonaws.com", "it is of S3 Express"],
    ["https://reports-123456789012.s3-accesspoint.us-west-2.amazonaws.com", "it is of an access point"],
    ["https://mfzwi23gnjvgw.accesspoint.s3-global.amazonaws.com", "it is of an access point"],
  ] as const
) {
  Deno.test(`createEndpoint() refuses ${url}`, () => {
    assertThrows(() => createEndpoint(url), ConfigError, reason);
  });
}

Deno.test("createEndpoint() accepts the other hosts of AWS, and knows them as AWS's", () => {
  for (
    const host of [
      "s3.amazonaws.com",
      "s3.dualstack.eu-west-1.amazonaws.com",
      "s3-fips.us-gov-west-1.amazonaws.com",
      "bucket.vpce-1a2b3c4d-5e6f.s3.us-east-1.vpce.amazonaws.com",
      "s3.eusc-de-east-1.amazonaws.eu",
    ]
  ) assert(createEndpoint(`https://${host}`).isAws, host);
  for (const host of ["amazonaws.com.store.test", "notamazonaws.com"]) {
    assert(!createEndpoint(`https://${host}`).isAws, host);
  }
});

for (
  const [region, name, host] of [
    ["eu-west-1", "aws", "s3.eu-west-1.amazonaws.com"],
    ["cn-northwest-1", "aws-cn", "s3.cn-northwest-1.amazonaws.com.cn"],
    ["us-gov-west-1", "aws-us-gov", "s3.us-gov-west-1.amazonaws.com"],
    ["us-iso-east-1", "aws-iso", "s3.us-iso-east-1.c2s.ic.gov"],
    ["us-isob-east-1", "aws-iso-b", "s3.us-isob-east-1.sc2s.sgov.gov"],
    ["eu-isoe-west-1", "aws-iso-e", "s3.eu-isoe-west-1.cloud.adc-e.uk"],
    ["us-isof-south-1", "aws-iso-f", "s3.us-isof-south-1.csp.hci.ic.gov"],
    ["eusc-de-east-1", "aws-eusc", "s3.eusc-de-east-1.amazonaws.eu"],
  ] as const
) {
  Deno.test(`partitionOf() of ${region} is ${name}, whose S3 is at ${host}`, () => {
    assertEquals(partitionOf(region).name, name);
    assertEquals(createEndpoint().bucket("media", region).origin, `https://media.${host}`);
  });
}

const movedTo = (region: string) => s3Error(301, "PermanentRedirect", { headers: { "x-amz-bucket-region": region } });

Deno.test("https://s3.amazonaws.com finds a bucket elsewhere, once", async () => {
  const store = stubFetch(movedTo("eu-west-1"), s3Object("x"));
  const config = { bucket: "media", endpointUrl: "https://s3.amazonaws.com", ...KEYS };
  const source = createS3Source(config, { fetch: store.fetch });
  await source.read("a.txt");
  await source.read("b.txt");
  assertEquals(store.requests.map(({ url }) => url), [
    "https://s3.amazonaws.com/media/a.txt",
    "https://s3.eu-west-1.amazonaws.com/media/a.txt",
    "https://s3.eu-west-1.amazonaws.com/media/b.txt",
  ]);
  assertMatch(store.requests[1]?.headers.get("authorization") ?? "", /\/eu-west-1\/s3\/aws4_request/);
  assertEquals((await source.connect()).endpoint, "https://s3.eu-west-1.amazonaws.com");
});

Deno.test("https://s3.amazonaws.com does not send requests to a region that is no host's", async () => {
  const store = stubFetch(movedTo("evil.test:1"));
  const source = createS3Source({ bucket: "media", endpointUrl: "https://s3.amazonaws.com", ...KEYS }, {
    fetch: store.fetch,
  });
  await assertRejects(() => source.read("a.txt"), ServiceError, "the bucket is in another region");
  assertEquals(store.requests.map(({ url }) => url), ["https://s3.amazonaws.com/media/a.txt"]);
});

Deno.test("another store's own region is learned for signatures only", async () => {
  const store = stubFetch(
    s3Error(400, "AuthorizationHeaderMalformed", { extra: "<Region>RegionOne</Region>" }),
    s3Object("x"),
  );
  const source = createS3Source({ bucket: "media", endpointUrl: "https://x.test", ...KEYS }, { fetch: store.fetch });
  await source.read("a.txt");
  assertEquals(store.requests.map(({ url }) => url), ["https://x.test/media/a.txt", "https://x.test/media/a.txt"]);
  assertMatch(store.requests[1]?.headers.get("authorization") ?? "", /\/RegionOne\/s3\/aws4_request/);
});

Deno.test("awsBucketProblem() accepts 3 to 63 lower-case letters, digits, dots and hyphens", () => {
  const accepted = ["abc", "a-b", "a.b", "1a1", "a--b", "a".repeat(63), "1.2.3.4.5", "1.2.3", "ap-1a2b3c-s3alias"];
  for (const name of accepted) assertEquals(awsBucketProblem(name), undefined, name);
});

Deno.test("awsBucketProblem() refuses other lengths and characters, adjacent dots and IP addresses", () => {
  const names = ["", "ab", "a".repeat(64), "Abc", "a_b", "a b", "-ab", "ab-", ".ab", "ab.", "a..b", "192.168.5.4"];
  for (const name of names) assertStringIncludes(awsBucketProblem(name) ?? "", "is not a valid bucket name", name);
});

Deno.test("bucketNameProblem() accepts what other stores have", () => {
  for (const name of ["my_bucket", "Media", "ab", "_logs", "a..b", "192.168.5.4", "a".repeat(255)]) {
    assertEquals(bucketNameProblem(name), undefined, name);
  }
});

Deno.test("bucketNameProblem() refuses what is unsafe in a path", () => {
  for (const name of ["", ".", "..", "a b", "a%2e", "a?b", "a#b", "a\\b", "a:b", "a\n", "ü", "a".repeat(256)]) {
    assertStringIncludes(bucketNameProblem(name) ?? "", "is not a valid bucket name", name);
  }
});

for (
  const [name, reason] of [
    ["arn:aws:s3:::media", '"arn:aws:s3:::media" is not a valid bucket name, but an ARN; write "media"'],
    ["arn:aws-cn:s3:::media/team/*", 'but an ARN; write "media"'],
    ["arn:aws:s3:us-west-2:123456789012:accesspoint/reports", "the access point's alias that ends in -s3alias"],
    ["s3://media", '"s3://media" is not a valid bucket name; write "media"'],
    ["s3://media/team/", 'write "media", and the rest as the "prefix"'],
    ["media/team", 'write "media", and the rest as the "prefix"'],
    ["media/", '"media/" is not a valid bucket name; write "media"'],
  ] as const
) {
  Deno.test(`bucketNameProblem() says what to write instead of ${name}`, () => {
    assertStringIncludes(bucketNameProblem(name) ?? "", reason);
  });
}
