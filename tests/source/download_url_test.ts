import { assert, assertEquals, assertNotEquals, assertRejects } from "@std/assert";
import { createS3Source, CredentialsExpiredError, InvalidArgumentError } from "../../mod.ts";
import { downloadUrl } from "../../src/operations/download_url.ts";
import { contentDisposition } from "../../src/s3/content_disposition.ts";
import { KEYS, stubContext, stubFetch, stubSource } from "../support/stub_fetch.ts";
import { parse } from "content-disposition";
import fc from "fast-check";

const NOW = Date.parse("2030-01-01T00:00:00.900Z");

Deno.test("downloadUrl() signs for 300 seconds, in whole seconds", async () => {
  const { url, expiresAt } = await stubSource(stubFetch(), {}, { now: () => NOW }).downloadUrl("a b.txt");
  const { origin, pathname, searchParams } = new URL(url);
  assertEquals(origin + pathname, "http://store.test:8333/media/team/a%20b.txt");
  assertEquals(searchParams.get("X-Amz-Date"), "20300101T000000Z");
  assertEquals(searchParams.get("X-Amz-Expires"), "300");
  assertEquals(searchParams.get("response-content-disposition"), 'attachment; filename="a b.txt"');
  assertEquals(expiresAt, new Date("2030-01-01T00:05:00Z"));
});

Deno.test("downloadUrl() takes a file name, and whether a browser shows the file", async () => {
  const { url } = await stubSource(stubFetch()).downloadUrl("a", { filename: "b.txt", inline: true });
  assertEquals(new URL(url).searchParams.get("response-content-disposition"), 'inline; filename="b.txt"');
});

Deno.test("downloadUrl() promises no longer than the credentials live", async () => {
  const source = createS3Source({ bucket: "media" }, {
    now: () => NOW,
    credentials: () => Promise.resolve({ ...KEYS, expiration: new Date("2030-01-01T00:01:40.500Z") }),
  });
  const { url, expiresAt } = await source.downloadUrl("a", { expiresInSeconds: 3600 });
  assertEquals(new URL(url).searchParams.get("X-Amz-Expires"), "100");
  assertEquals(expiresAt, new Date("2030-01-01T00:01:40Z"));
});

Deno.test("downloadUrl() refreshes first when little is left", async () => {
  let nowMs = Date.parse("2030-01-01T00:00:00Z");
  let grants = 0;
  const source = createS3Source({ bucket: "media" }, {
    now: () => nowMs,
    credentials: () => {
      grants++;
      return Promise.resolve({
        ...KEYS,
        accessKeyId: `KEY-${grants}`,
        expiration: new Date(nowMs + 900_000),
      });
    },
  });
  await source.downloadUrl("a", { expiresInSeconds: 600 });
  nowMs += 500_000;
  const { url, expiresAt } = await source.downloadUrl("a", { expiresInSeconds: 600 });
  assertEquals([grants, expiresAt.getTime() - nowMs], [2, 600_000]);
  assertEquals(url.includes("KEY-2"), true);
});

Deno.test("downloadUrl() gets another grant if the first has expired by the time it signs", async () => {
  const context = stubContext(stubFetch());
  const now = Date.parse("2030-01-01T00:00:00Z");
  const lives = [500, 900_000];
  const get = async () => ({ ...await context.grants.get(), expiration: now + (lives.shift() ?? 0) });
  const grants = { ...context.grants, get };
  const { expiresAt } = await downloadUrl({ ...context, clock: { ...context.clock, now: () => now }, grants }, "a");
  assertEquals([lives, expiresAt.getTime()], [[], now + 300_000]);
});

Deno.test("downloadUrl() does not sign with credentials that end within the second", async () => {
  let nowMs = Date.parse("2030-01-01T00:00:00Z");
  const expiration = new Date(nowMs + 900_400);
  const source = createS3Source({ bucket: "media" }, {
    now: () => nowMs,
    credentials: () => Promise.resolve({ ...KEYS, expiration }),
  });
  await source.connect();
  nowMs += 900_100;
  await assertRejects(() => source.downloadUrl("a"), CredentialsExpiredError, "the credentials expire within a second");
});

for (const expiresInSeconds of [0, -1, 1.5, 604_801, NaN]) {
  Deno.test(`downloadUrl() refuses to sign for ${expiresInSeconds} seconds`, async () => {
    const source = stubSource(stubFetch());
    await assertRejects(
      () => source.downloadUrl("a", { expiresInSeconds }),
      InvalidArgumentError,
      '"expiresInSeconds"',
    );
  });
}

for (
  const [filename, header] of [
    ["a b.txt", 'attachment; filename="a b.txt"'],
    ['say "hi".txt', `attachment; filename="say _hi_.txt"; filename*=UTF-8''say%20%22hi%22.txt`],
    ["a\r\nX-Evil: 1", `attachment; filename="a__X-Evil: 1"; filename*=UTF-8''a%0D%0AX-Evil%3A%201`],
    ["100%.txt", `attachment; filename="100_.txt"; filename*=UTF-8''100%25.txt`],
    ["naïve 文.txt", `attachment; filename="na_ve _.txt"; filename*=UTF-8''na%C3%AFve%20%E6%96%87.txt`],
    ["it's (1)*.txt", 'attachment; filename="it\'s (1)*.txt"'],
  ] as const
) {
  Deno.test(`contentDisposition() carries ${JSON.stringify(filename)}`, () => {
    assertEquals(contentDisposition("attachment", filename), header);
  });
}

Deno.test("contentDisposition() can be inline", () => {
  assertNotEquals(contentDisposition("inline", "a"), contentDisposition("attachment", "a"));
});

// With `size: "max"` wherever there is a length: fast-check would otherwise make nothing longer than 10.
const RUNS = { numRuns: 10_000 };

Deno.test("contentDisposition() survives any file name", () => {
  const names = fc.oneof(
    fc.string({ unit: "binary", maxLength: 60, size: "max" }),
    fc.string({
      unit: fc.constantFrom('"', "\\", "\r", "\n", ";", "'", "%", "*", "=", "ü", "文", "\u202e", "a"),
      maxLength: 20,
      size: "max",
    }),
  );
  fc.assert(
    fc.property(names, fc.constantFrom("attachment" as const, "inline" as const), (name, type) => {
      const header = contentDisposition(type, name);
      const [, shownType, plain, extended] =
        /^(\w+); filename="([^"\\]*)"(?:; filename\*=UTF-8''([\w.~%-]*))?$/.exec(header) ?? [];
      assertEquals(shownType, type);
      assert(/^[\x20-\x7e]*$/.test(header), header);
      assertEquals(extended === undefined ? plain : decodeURIComponent(extended), name.toWellFormed());
      const read = parse(header);
      assertEquals([read.type, read.parameters["filename"]], [type, name.toWellFormed()]);
    }),
    RUNS,
  );
});
