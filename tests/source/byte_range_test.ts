import { assertEquals, assertRejects } from "@std/assert";
import { ServiceError } from "../../mod.ts";
import { stubFetch, stubSource } from "../support/stub_fetch.ts";

/** A 206 with these bytes, which says that they are these. */
function partial(contentRange: string, body = "0123456789") {
  const headers = { "content-range": contentRange, "content-length": String(body.length), etag: '"tag"' };
  return stubSource(stubFetch(() => new Response(body, { status: 206, headers })), {}, { retry: { maxAttempts: 1 } });
}

for (
  const [name, contentRange, options] of [
    ["ends early", "bytes 0-9/1000", { range: { offset: 0, length: 100 } }],
    ["ends early, where the limit is ours", "bytes 0-9/1000", { maxBytes: 100 }],
    ["ends early, with an open end", "bytes 0-9/1000", { range: { offset: 0 } }],
    ["ends early, counted from the end", "bytes 80-89/100", { range: { suffixLength: 20 } }],
    ["ends late", "bytes 0-9/1000", { range: { offset: 0, length: 5 } }],
    ["ends behind the file", "bytes 0-9/5", { range: { offset: 0, length: 10 } }],
    ["ends before it begins", "bytes 5-2/10", { range: { offset: 5, length: 3 } }],
    ["has numbers that are none", `bytes 0-9/${"9".repeat(400)}`, { range: { offset: 0, length: 10 } }],
  ] as const
) {
  Deno.test(`read() and stream() refuse a range that ${name}`, async () => {
    const error = await assertRejects(() => partial(contentRange).read("a", options), ServiceError);
    assertEquals(error.code, "InvalidResponse");
    if ("maxBytes" in options) return;
    await assertRejects(() => partial(contentRange).stream("a", options), ServiceError);
  });
}

for (
  const [contentRange, range] of [
    ["bytes 0-9/10", { offset: 0, length: 100 }],
    ["bytes 0-9/10", { suffixLength: 100 }],
    ["bytes 5-14/15", { offset: 5 }],
  ] as const
) {
  Deno.test(`read() takes ${contentRange} for ${JSON.stringify(range)}`, async () => {
    assertEquals((await partial(contentRange).read("a", { range })).byteLength, 10);
  });
}
