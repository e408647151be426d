// What a source does at a store with each quirk: the first operations succeed, later ones send nothing in vain.
import { assert, assertEquals, assertRejects, assertStringIncludes } from "@std/assert";
import { createS3Source, FileTooLargeError, type S3Source, type S3SourceOptions } from "../../mod.ts";
import { createMemoryS3, MEMORY_S3_QUIRKS, type MemoryS3, type MemoryS3Quirk } from "../../src/testing/mod.ts";
import { isSame, someBytes } from "../conformance/suite.ts";

function open(quirks: readonly MemoryS3Quirk[], options: S3SourceOptions = {}): { s3: MemoryS3; source: S3Source } {
  const s3 = createMemoryS3({ quirks });
  return { s3, source: createS3Source({ ...s3.config, prefix: "team" }, { fetch: s3.fetch, ...options }) };
}

/** Some of everything, leaving nothing behind. */
async function useFiles(source: S3Source): Promise<unknown> {
  await source.upload("a 100%", "hello", { ifNoneMatch: "*", metadata: { colour: "blue" } });
  const { size, metadata } = await source.stat("a 100%") ?? {};
  const text = await source.readText("a 100%");
  await source.copy("a 100%", "ü");
  await source.move("ü", "b/ü");
  const { files, folders } = await source.list({ recursive: false });
  const walked: string[] = [];
  for await (const { path } of source.walk()) walked.push(path);
  const { deletedCount, errors } = await source.deleteMany(["a 100%", "b/ü", "gone"]);
  return {
    facts: [size, metadata?.colour, text],
    listed: [...files.map(({ path }) => path), ...folders],
    walked,
    deleted: [deletedCount, errors],
  };
}

const USED = {
  facts: [5, "blue", "hello"],
  listed: ["a 100%", "b/"],
  walked: ["a 100%", "b/ü"],
  deleted: [3, []],
};

/** What the source learns: the requests that are refused until then, and a part of its only warning. */
const LEARNED: Partial<Record<MemoryS3Quirk, readonly [refused: readonly string[], warning: string]>> = {
  unquotedEtags: [["CopyObject 412", "CopyObject 412"], "store.quotedEtags: false"],
  noChecksumMode: [["HeadObject 400", "GetObject 400"], "store.checksumMode: false"],
  noChecksums: [["PutObject 400", "PutObject 400"], 'store.checksums: "none"'],
  noSha256: [["PutObject 501"], 'store.checksums: "crc32"'],
  noEncodingType: [["ListObjectsV2 501"], "store.encodingType: false"],
  claimsEncodingType: [[], "store.encodingType: false"],
  noListV2: [["ListObjectsV2 501", "ListObjectsV2 501"], "store.listV2: false"],
  noBulkDelete: [["DeleteObjects 501"], "store.bulkDelete: false"],
  requiresContentMd5: [["DeleteObjects 400"], "wants Content-MD5"],
};

function refusedBy({ requests }: MemoryS3): string[] {
  return requests.filter(({ status }) => status >= 400).map(({ operation, status }) => `${operation} ${status}`);
}

for (const quirk of MEMORY_S3_QUIRKS) {
  const [refused, warning] = LEARNED[quirk] ?? [[]];
  Deno.test(`a source at a store with ${quirk} uses files, after ${refused.length} refusals`, async () => {
    const learned: string[] = [];
    const { s3, source } = open([quirk], {
      onEvent: (event) =>
        void (event.type === "warning" && event.code === "StoreLearned" && learned.push(event.message)),
    });
    assertEquals(await useFiles(source), USED);
    assertEquals(refusedBy(s3), refused);
    s3.requests.length = 0;
    assertEquals(await useFiles(source.folder("deeper")), USED);
    assertEquals(refusedBy(s3), []);
    assertEquals(learned.length, warning === undefined ? 0 : 1);
    assertStringIncludes(learned[0] ?? "", warning ?? "");
  });
}

Deno.test("a source at a store with ignoresRange reads a large file at once after a try in slices", async () => {
  const { s3, source } = open(["ignoresRange"]);
  const body = someBytes(17 * 1024 * 1024);
  s3.putObject({ bucket: "bucket", key: "team/a", body });
  assert(isSame(await source.read("a"), body));
  const ranges = s3.requests.map(({ headers: { range = "" } }) => range);
  assertEquals([ranges[0], ranges.at(-1)], ["", ""]);
  assert(ranges.length <= 4, ranges.join());
  assert(isSame(await source.read("a", { maxBytes: body.byteLength }), body));
  await assertRejects(() => source.read("a", { maxBytes: body.byteLength - 1 }), FileTooLargeError);
});

Deno.test("a source at a store with all quirks uses files", async () => {
  const { s3, source } = open(MEMORY_S3_QUIRKS);
  assertEquals(await useFiles(source), USED);
  s3.requests.length = 0;
  assertEquals(await useFiles(source), USED);
  // Of the file that does not exist.
  assertEquals(refusedBy(s3), ["DeleteObject 404"]);
});
