import { assert, assertEquals, assertRejects } from "@std/assert";
import {
  createS3Source,
  CredentialsExpiredError,
  FileTooLargeError,
  InvalidArgumentError,
  type PrepareUploadOptions,
} from "../../mod.ts";
import { KEYS, stubFetch, stubSource } from "../support/stub_fetch.ts";

const NOW = Date.parse("2030-01-01T00:00:00.900Z");
const GIB = 1024 ** 3;

/** The signature of a text, computed without our code. */
async function signatureOf(text: string, secret: string, region = "us-east-1"): Promise<string> {
  const encoder = new TextEncoder();
  let key = encoder.encode(`AWS4${secret}`);
  for (const step of ["20300101", region, "s3", "aws4_request", text]) {
    const imported = await crypto.subtle.importKey("raw", key, { name: "HMAC", hash: "SHA-256" }, false, ["sign"]);
    key = new Uint8Array(await crypto.subtle.sign("HMAC", imported, encoder.encode(step)));
  }
  return toHex(key);
}

function toHex(bytes: Uint8Array): string {
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
}

function decodePolicy(fields: Readonly<Record<string, string>>): { expiration: string; conditions: unknown[] } {
  const bytes = Uint8Array.from(atob(fields["policy"] ?? ""), (char) => char.charCodeAt(0));
  return JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(bytes));
}

Deno.test("prepareUpload() makes a form whose policy allows exactly one file", async () => {
  const source = createS3Source(
    { bucket: "media", prefix: "team", region: "eu-west-1", ...KEYS, sessionToken: "token/+=" },
    { now: () => NOW },
  );
  const { url, method, headers, fields, expiresAt } = await source.prepareUpload('ü "$".png', {
    contentType: "image/png",
    maxBytes: 1_000,
    metadata: { Colour: "$blue" },
  });
  assertEquals([url, method, headers], ["https://media.s3.eu-west-1.amazonaws.com/", "POST", {}]);
  assertEquals(expiresAt, new Date("2030-01-01T00:05:00Z"));
  const { policy = "", "x-amz-signature": signature, ...others } = fields;
  const expected = [
    ["key", 'team/ü "$".png'],
    ["Content-Type", "image/png"],
    ["x-amz-meta-colour", "$blue"],
    ["x-amz-algorithm", "AWS4-HMAC-SHA256"],
    ["x-amz-credential", "AKIDEXAMPLE/20300101/eu-west-1/s3/aws4_request"],
    ["x-amz-date", "20300101T000000Z"],
    ["x-amz-security-token", "token/+="],
  ];
  assertEquals(Object.entries(others), expected);
  assertEquals(Object.keys(fields).slice(-2), ["policy", "x-amz-signature"]);
  assertEquals(decodePolicy(fields), {
    expiration: "2030-01-01T00:05:00.000Z",
    conditions: [
      { bucket: "media" },
      ...expected.map(([name = "", value]) => ({ [name]: value })),
      ["content-length-range", 0, 1_000],
    ],
  });
  assertEquals(signature, await signatureOf(policy, KEYS.secretAccessKey, "eu-west-1"));
});

Deno.test("prepareUpload() escapes a dollar sign in the policy, as S3 asks for", async () => {
  const { fields } = await stubSource(stubFetch()).prepareUpload("a$b", { method: "POST", size: 1 });
  const policy = atob(fields["policy"] ?? "");
  assertEquals([policy.includes("$"), policy.includes("team/a\\u0024b")], [false, true]);
});

Deno.test("prepareUpload() makes a PUT whose size, type and metadata are signed", async () => {
  const source = stubSource(stubFetch(), { sessionToken: "t" }, { now: () => NOW });
  const { url, method, headers, fields, expiresAt } = await source.prepareUpload("a b.png", {
    contentType: "image/png",
    size: 1_000,
    metadata: { Colour: "blue" },
    expiresInSeconds: 60,
  });
  assertEquals([method, headers, fields], ["PUT", { "content-type": "image/png", "x-amz-meta-colour": "blue" }, {}]);
  assertEquals(expiresAt, new Date("2030-01-01T00:01:00Z"));
  const { origin, pathname, search, searchParams } = new URL(url);
  assertEquals(origin + pathname, "http://store.test:8333/media/team/a%20b.png");
  assertEquals([searchParams.get("X-Amz-Expires"), searchParams.get("X-Amz-Security-Token")], ["60", "t"]);
  const names = "content-length;content-type;host;x-amz-meta-colour";
  assertEquals(searchParams.get("X-Amz-SignedHeaders"), names);
  const canonical = [
    "PUT",
    pathname,
    search.slice(1).replace(/&X-Amz-Signature=.*/, ""),
    "content-length:1000",
    "content-type:image/png",
    "host:store.test:8333",
    "x-amz-meta-colour:blue",
    "",
    names,
    "UNSIGNED-PAYLOAD",
  ].join("\n");
  const digest = toHex(new Uint8Array(await crypto.subtle.digest("SHA-256", new TextEncoder().encode(canonical))));
  const text = ["AWS4-HMAC-SHA256", "20300101T000000Z", "20300101/us-east-1/s3/aws4_request", digest].join("\n");
  assertEquals(searchParams.get("X-Amz-Signature"), await signatureOf(text, KEYS.secretAccessKey));
});

Deno.test("prepareUpload() asks nothing of the store", async () => {
  const store = stubFetch();
  for (const method of ["PUT", "POST"] as const) await stubSource(store).prepareUpload("a", { method, size: 1 });
  assertEquals(store.requests.length, 0);
});

for (
  const [where, config, method, url] of [
    ["AWS", { bucket: "media" }, "POST", "https://media.s3.us-east-1.amazonaws.com/"],
    ["AWS, in a bucket with a dot", { bucket: "me.dia" }, "POST", "https://s3.us-east-1.amazonaws.com/me.dia/"],
    ["another store", { bucket: "media", endpointUrl: "http://store.test/s3/" }, "PUT", undefined],
  ] as const
) {
  Deno.test(`prepareUpload() takes ${method} on ${where}`, async () => {
    const prepared = await createS3Source({ ...config, ...KEYS }).prepareUpload("a", { size: 1 });
    assertEquals([prepared.method, url ?? prepared.url], [method, prepared.url]);
  });
}

Deno.test("prepareUpload() with POST works on any store", async () => {
  const source = createS3Source({ bucket: "media", endpointUrl: "http://store.test/s3/", ...KEYS });
  assertEquals((await source.prepareUpload("a", { method: "POST", size: 1 })).url, "http://store.test/s3/media/");
});

for (
  const [options, range] of [
    [{ size: 7 }, [7, 7]],
    [{ size: 7, maxBytes: 9 }, [7, 7]],
    [{ size: 0 }, [0, 0]],
    [{ maxBytes: 9 }, [0, 9]],
    [{ maxBytes: 9 * GIB }, [0, 5 * GIB]],
  ] as [PrepareUploadOptions, [number, number]][]
) {
  Deno.test(`prepareUpload() with ${JSON.stringify(options)} allows ${range} bytes`, async () => {
    const { fields } = await stubSource(stubFetch()).prepareUpload("a", { method: "POST", ...options });
    assertEquals(decodePolicy(fields).conditions.at(-1), ["content-length-range", ...range]);
  });
}

for (const contentType of [undefined, ""]) {
  Deno.test(`prepareUpload() takes the type ${JSON.stringify(contentType)} for any bytes`, async () => {
    const options = { size: 1, ...contentType !== undefined && { contentType } };
    const { headers } = await stubSource(stubFetch()).prepareUpload("a", options);
    assertEquals(headers, { "content-type": "application/octet-stream" });
  });
}

for (const method of ["PUT", "POST"] as const) {
  Deno.test(`prepareUpload() with ${method} promises no longer than the credentials live`, async () => {
    const source = createS3Source({ bucket: "media" }, {
      now: () => NOW,
      credentials: () => Promise.resolve({ ...KEYS, expiration: new Date("2030-01-01T00:01:40.500Z") }),
    });
    const { url, fields, expiresAt } = await source.prepareUpload("a", { method, size: 1, expiresInSeconds: 3_600 });
    assertEquals(expiresAt, new Date("2030-01-01T00:01:40Z"));
    const signed = method === "POST"
      ? decodePolicy(fields).expiration
      : new URL(url).searchParams.get("X-Amz-Expires") ?? "";
    assertEquals(signed, method === "POST" ? "2030-01-01T00:01:40.000Z" : "100");
  });

  Deno.test(`prepareUpload() with ${method} does not sign with credentials that end within the second`, async () => {
    let nowMs = NOW;
    const expiration = new Date(NOW + 900_400);
    const source = createS3Source({ bucket: "media" }, {
      now: () => nowMs,
      credentials: () => Promise.resolve({ ...KEYS, expiration }),
    });
    await source.connect();
    nowMs = expiration.getTime() - 300;
    const prepare = () => source.prepareUpload("a", { method, size: 1 });
    await assertRejects(
      prepare,
      CredentialsExpiredError,
      'Cannot prepare the upload of "a": the credentials expire within a second',
    );
  });
}

const refused: [PrepareUploadOptions, string][] = [
  [{}, 'pass its "size"'],
  [{ method: "PUT", maxBytes: 5 }, 'pass the size, or use the method "POST"'],
  [{ size: -1 }, '"size": it must be'],
  [{ size: 1.5 }, '"size": it must be'],
  [{ size: 1, maxBytes: NaN }, '"maxBytes": it must be'],
  [{ size: 1, expiresInSeconds: 0 }, '"expiresInSeconds": it must be'],
  [{ size: 1, expiresInSeconds: 604_801 }, '"expiresInSeconds": it must be'],
  [{ size: 1, contentType: "a\r\nb" }, "content-type"],
  [{ size: 1, metadata: { "a b": "1" } }, "metadata name"],
  [{ size: 1, metadata: { a: "x".repeat(2_048) } }, "more than 2048"],
];
for (const [options, message] of refused) {
  Deno.test(`prepareUpload() refuses ${JSON.stringify(options).slice(0, 60)} and asks for no credentials`, async () => {
    await assertRefused("a", options, message);
  });
}

Deno.test("prepareUpload() refuses a method of another kind", async () => {
  const options = JSON.parse('{"size": 1, "method": "DELETE"}');
  await assertRefused("a", options, '"method": it must be "POST" or "PUT"');
});

Deno.test("prepareUpload() with POST refuses a path in which S3 would put another name", async () => {
  await assertRefused("a${filename}", { method: "POST", size: 1 }, 'S3 replaces "${filename}"');
  assert((await stubSource(stubFetch()).prepareUpload("a${filename}", { size: 1 })).url.includes("%7Bfilename%7D"));
});

Deno.test("prepareUpload() with POST refuses a folder in which S3 would put another name", async () => {
  const source = createS3Source({ bucket: "media", prefix: "${filename}", ...KEYS });
  await assertRejects(() => source.prepareUpload("a", { size: 1 }), InvalidArgumentError, "S3 replaces");
});

Deno.test("prepareUpload() takes a file of 5 GiB", async () => {
  const { url } = await stubSource(stubFetch()).prepareUpload("a", { size: 5 * GIB });
  assertEquals(new URL(url).searchParams.get("X-Amz-SignedHeaders"), "content-length;content-type;host");
});

for (const options of [{ size: 6, maxBytes: 5 }, { size: 5 * GIB + 1 }]) {
  Deno.test(`prepareUpload() refuses a file that is too large: ${JSON.stringify(options)}`, async () => {
    const source = stubSource(stubFetch());
    await assertRejects(() => source.prepareUpload("a", options), FileTooLargeError, 'the upload of "a"');
  });
}

async function assertRefused(path: string, options: PrepareUploadOptions, message: string): Promise<void> {
  let asked = 0;
  const source = createS3Source({ bucket: "media", endpointUrl: "http://store.test" }, {
    credentials: () => {
      asked++;
      return Promise.resolve({ ...KEYS });
    },
  });
  await assertRejects(() => source.prepareUpload(path, options), InvalidArgumentError, message);
  assertEquals(asked, 0);
}

Deno.test("prepareUpload() signs ifNoneMatch into a PUT, and refuses it for a form", async () => {
  const source = stubSource(stubFetch());
  const { url, headers } = await source.prepareUpload("a", { method: "PUT", size: 1, ifNoneMatch: "*" });
  assertEquals(headers["if-none-match"], "*");
  assert(new URL(url).searchParams.get("X-Amz-SignedHeaders")?.includes("if-none-match"));
  const options = { method: "POST", size: 1, ifNoneMatch: "*" } as const;
  await assertRejects(() => source.prepareUpload("a", options), InvalidArgumentError, 'use the method "PUT"');
});
