import { assertEquals } from "@std/assert";
import { createS3Source } from "../../mod.ts";
import { type Change, openChanged, READINGS, readings, TEXT } from "../support/changed_responses.ts";

const STORED = "the bytes of a gzip file ".repeat(30);
const text = (bytes: Uint8Array) => new TextDecoder().decode(bytes);

/** Cloud Storage: it decodes a stored gzip file unless asked for gzip, and then knows no length, tag or ranges. */
const transcoding: Change = (_, { method, headers }) => {
  const facts = { "x-goog-stored-content-encoding": "gzip", "x-goog-stored-content-length": `${STORED.length}` };
  const isGzip = headers.get("accept-encoding") !== "identity";
  const gzip = { "content-encoding": "gzip", "content-length": `${STORED.length}`, etag: '"e1"' };
  const body = method === "HEAD" ? null : TEXT;
  return new Response(body, { headers: isGzip ? { ...facts, ...gzip } : facts });
};

Deno.test("all reading agrees on a store that decodes stored gzip files, on the decoded bytes", async () => {
  const { source, sent } = openChanged(transcoding);
  assertEquals(await readings(source), READINGS);
  sent.length = 0;
  await source.read("a");
  assertEquals(sent, ["GET identity"]);
  sent.length = 0;
  await source.stat("a");
  assertEquals(sent, ["HEAD identity", "GET any"]);
  const { headers, body } = await source.serveFile(new Request("http://host.test/"), "a");
  await body?.cancel();
  assertEquals([headers.get("content-length"), headers.get("content-encoding")], [null, null]);
});

/** A store with a stored gzip file. `isRaw`: as Deno returns what it has not asked for. */
function storedGzip({ leavesOut, isRaw }: { leavesOut: boolean; isRaw: boolean }): Change {
  return (_, { method, url, headers }) => {
    const isPlain = leavesOut && new URL(url).searchParams.has("response-content-encoding");
    const isAsStored = isPlain || (isRaw && headers.get("accept-encoding") === "identity");
    const [, first = "", last] = /^bytes=(\d+)-(\d*)$/.exec(headers.get("range") ?? "") ?? [];
    const part = STORED.slice(Number(first), last ? Number(last) + 1 : undefined);
    return new Response(method === "HEAD" ? null : isAsStored ? part : TEXT, {
      status: first === "" ? 200 : 206,
      headers: {
        etag: '"e1"',
        "content-length": `${part.length}`,
        ...!isPlain && { "content-encoding": "gzip" },
        ...first !== "" && {
          "content-range": `bytes ${first}-${Number(first) + part.length - 1}/${STORED.length}`,
        },
      },
    });
  };
}

for (const isRaw of [true, false]) {
  Deno.test(`all reading agrees on the decoded bytes where a store cannot leave out Content-Encoding [raw: ${isRaw}]`, async () => {
    const { source, sent } = openChanged(storedGzip({ leavesOut: false, isRaw }));
    assertEquals(await readings(source), READINGS);
    sent.length = 0;
    await source.stat("a");
    assertEquals(sent, ["HEAD identity", "HEAD identity as stored", "GET any"]);
  });

  Deno.test(`all reading agrees on the stored bytes where a store leaves out Content-Encoding [raw: ${isRaw}]`, async () => {
    const { source, sent } = openChanged(storedGzip({ leavesOut: true, isRaw }));
    const { info, range, body } = await source.stream("a");
    assertEquals([info.size, range.length, await new Response(body).text()], [750, 750, STORED]);
    assertEquals([(await source.stat("a"))?.size, text(await source.read("a"))], [750, STORED]);
    assertEquals(text(await source.read("a", { range: { offset: 4, length: 5 } })), "bytes");
    sent.length = 0;
    await source.read("a");
    assertEquals(sent, ["GET identity", "GET identity as stored"]);
  });
}

Deno.test("an anonymous source, which must not ask for other headers, agrees on the decoded bytes of a gzip file", async () => {
  const { fetch, sent } = openChanged(storedGzip({ leavesOut: false, isRaw: false }));
  const config = { bucket: "bucket", endpointUrl: "https://memory.s3.test", anonymous: true };
  assertEquals(await readings(createS3Source(config, { fetch })), READINGS);
  assertEquals(sent.filter((line) => line.endsWith("as stored")), []);
});

Deno.test("all reading agrees on the stored bytes of a gzip file behind a proxy that decodes", async () => {
  const stored = storedGzip({ leavesOut: true, isRaw: false });
  const { source } = openChanged(async (response, request) => {
    const answer = await stored(response, request);
    if (!answer.headers.has("content-encoding")) return answer;
    // As nginx with `gunzip on`, which also tries to decode a part.
    const headers = new Headers(answer.headers);
    headers.delete("content-encoding");
    headers.delete("content-length");
    headers.set("etag", `W/${headers.get("etag")}`);
    return new Response(answer.body, { status: answer.status, headers });
  });
  const { info, body } = await source.stream("a");
  assertEquals([info.size, await new Response(body).text()], [750, STORED]);
  assertEquals([(await source.stat("a"))?.size, text(await source.read("a"))], [750, STORED]);
});
