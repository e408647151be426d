import { assertEquals } from "@std/assert";
import { s3Object, stubFetch, stubSource } from "../support/stub_fetch.ts";

const HELLO = "hello";
const CHECKSUM = "LPJNul+wow4m6DsqxbninhsWHlwfp0JecwQzYpOLmCQ=";

const HEX = "2cf24dba5fb0a30e26e83b2ac5b9e29e1b161e5c1fa7425e73043362938b9824";

Deno.test("stat() takes the metadata sha256 for the content's hash where the store has only weaker ones", async () => {
  const hashOf = async (headers: Record<string, string>) =>
    (await stubSource(stubFetch(s3Object(HELLO, headers))).stat("a"))?.contentHash;
  assertEquals(await hashOf({ "x-amz-meta-sha256": HEX }), `sha256:${HEX}`);
  assertEquals(await hashOf({ "x-amz-checksum-sha256": CHECKSUM }), `sha256:${HEX}`);
  assertEquals(await hashOf({ "x-amz-meta-sha256": HEX, "x-amz-checksum-crc32": "NhCmhg==" }), `sha256:${HEX}`);
  assertEquals(await hashOf({ "x-amz-meta-sha256": "no hash", "x-amz-checksum-crc32": "NhCmhg==" }), null);
  assertEquals(await hashOf({ "x-amz-checksum-sha256": `${CHECKSUM}-1` }), null);
});

Deno.test("stat() takes a Last-Modified that is not a date for none", async () => {
  const dateOf = async (headers: Record<string, string>) =>
    (await stubSource(stubFetch(s3Object(HELLO, headers))).stat("a"))?.lastModified;
  assertEquals(await dateOf({}), null);
  assertEquals(await dateOf({ "last-modified": "yesterday" }), null);
  assertEquals(
    await dateOf({ "last-modified": "Tue, 01 Jan 2030 00:00:00 GMT" }),
    new Date("2030-01-01T00:00:00Z"),
  );
});

Deno.test("stat() says null, or a default, for all that the store leaves out", async () => {
  const store = stubFetch(() => new Response(null, { headers: { "content-length": "5" } }));
  assertEquals(await stubSource(store).stat("notes/a"), {
    path: "notes/a",
    name: "a",
    size: 5,
    etag: null,
    lastModified: null,
    contentType: "application/octet-stream",
    contentHash: null,
    metadata: {},
  });
});

Deno.test("stat() sends one HEAD, and asks for the checksum", async () => {
  const store = stubFetch(s3Object(HELLO));
  await stubSource(store).stat("a b");
  assertEquals(store.requests.map(({ method, url }) => `${method} ${url}`), [
    "HEAD http://store.test:8333/media/team/a%20b",
  ]);
  assertEquals(store.requests[0]?.headers.get("x-amz-checksum-mode"), "ENABLED");
});

for (
  const [sent, expected] of [
    ["\u00c3\u00bc", "ü"],
    ["\u00f0\u009f\u0098\u0080 a", "😀 a"],
    ["=?UTF-8?B?w7w=?=", "ü"],
    ["=?utf-8?q?a_=C3=BC=3d?=", "a ü="],
    ["=?UTF-8?Q?a=C3?= =?UTF-8?Q?=BC?=", "aü"],
    ["x =?UTF-8?B?w7w=?= y", "x ü y"],
    ["\u00fc", "\u00fc"],
    ["=?UTF-8?B?w7w?=", "=?UTF-8?B?w7w?="],
    ["=?UTF-8?Q?=FF?=", "=?UTF-8?Q?=FF?="],
    ["=?koi8-r?B?w7w=?=", "=?koi8-r?B?w7w=?="],
    ["plain =? text ?=", "plain =? text ?="],
  ] as const
) {
  Deno.test(`stat() and stream() read ${JSON.stringify(expected)} from the metadata ${JSON.stringify(sent)}`, async () => {
    const headers = { "content-length": "0", "x-amz-meta-name": sent };
    const source = stubSource(stubFetch(() => new Response(null, { headers })));
    assertEquals((await source.stat("a"))?.metadata, { name: expected });
    const { info, body } = await source.stream("a");
    await body.cancel();
    assertEquals(info.metadata, { name: expected });
  });
}
