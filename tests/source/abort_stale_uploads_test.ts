import { assertEquals, assertRejects } from "@std/assert";
import {
  AccessDeniedError,
  createS3Source,
  InvalidArgumentError,
  type S3SourceEvent,
  ServiceError,
} from "../../mod.ts";
import { createMemoryS3 } from "../../src/testing/mod.ts";
import { s3Error, type StubFetch, stubFetch, stubSource } from "../support/stub_fetch.ts";

const OLD = "2029-12-31T00:00:00.000Z";
const now = () => Date.parse("2030-01-01T00:00:00Z");
const ALL = { olderThanSeconds: 0 };

function listing(uploads: [key: string, uploadId: string, initiated?: string][], extra = ""): Response {
  const list = uploads.map(([key, id, initiated = OLD]) =>
    `<Upload><Key>${key}</Key><UploadId>${id}</UploadId><Initiated>${initiated}</Initiated></Upload>`
  );
  return new Response(`<ListMultipartUploadsResult>${extra}${list.join("")}</ListMultipartUploadsResult>`);
}

const more = (markers: string) => `<IsTruncated>true</IsTruncated>${markers}`;
const removed = () => new Response(null, { status: 204 });

const steps = ({ requests }: StubFetch) =>
  requests.map(({ method, url }) => `${method} ${url.replace("http://store.test:8333/media", "")}`);

Deno.test("abortStaleUploads() lists below its prefix, and removes what is there", async () => {
  const store = stubFetch(listing([["team/a b", "u+1"]]), removed());
  const aborted = await stubSource(store, {}, { now }).abortStaleUploads(ALL);
  assertEquals(aborted, [{ path: "a b", uploadId: "u+1", startedAt: new Date(OLD) }]);
  assertEquals(steps(store), ["GET ?prefix=team%2F&uploads=", "DELETE /team/a%20b?uploadId=u%2B1"]);
});

Deno.test("abortStaleUploads() of a folder stays in it", async () => {
  const store = stubFetch(listing([["team/docs/a", "1"]]), removed());
  const [aborted] = await stubSource(store, {}, { now }).folder("docs").abortStaleUploads(ALL);
  assertEquals([aborted?.path, steps(store)[0]], ["a", "GET ?prefix=team%2Fdocs%2F&uploads="]);
});

Deno.test("abortStaleUploads() reads all pages before it removes anything", async () => {
  const markers = "<NextKeyMarker>team/a b</NextKeyMarker><NextUploadIdMarker>u 1</NextUploadIdMarker>";
  const store = stubFetch(listing([["team/a b", "1"]], more(markers)), listing([["team/c", "2"]]), removed());
  const aborted = await stubSource(store, {}, { now }).abortStaleUploads(ALL);
  assertEquals(aborted.map(({ path }) => path).toSorted(), ["a b", "c"]);
  assertEquals(steps(store).slice(0, 2), [
    "GET ?prefix=team%2F&uploads=",
    "GET ?key-marker=team%2Fa%20b&prefix=team%2F&upload-id-marker=u%201&uploads=",
  ]);
});

Deno.test("abortStaleUploads() continues a listing with an upload id alone, as SeaweedFS returns", async () => {
  const markers = "<NextUploadIdMarker>1</NextUploadIdMarker>";
  const store = stubFetch(listing([["team/a", "1"]], more(markers)), listing([]), removed());
  await stubSource(store, {}, { now }).abortStaleUploads(ALL);
  assertEquals(steps(store)[1], "GET ?prefix=team%2F&upload-id-marker=1&uploads=");
});

Deno.test("abortStaleUploads() decodes keys of a response that says they are encoded", async () => {
  const encoding = "<EncodingType>url</EncodingType>";
  const store = stubFetch(listing([["team/a+b%2B%C3%BC", "1"]], encoding), removed());
  const [aborted] = await stubSource(store, {}, { now }).abortStaleUploads(ALL);
  assertEquals([aborted?.path, steps(store)[1]], ["a b+ü", "DELETE /team/a%20b%2B%C3%BC?uploadId=1"]);
});

for (
  const [name, key, code] of [
    ["a sibling's upload", "team-2/a", "KeyOutsidePrefix"],
    ["an upload above the folder", "a", "KeyOutsidePrefix"],
    ["an upload whose key would be collapsed", "team/../other/a", "UnusableKey"],
    ["an upload of the folder itself", "team/", "UnusableKey"],
  ]
) {
  Deno.test(`abortStaleUploads() never touches ${name}, whatever the store returns`, async () => {
    const events: S3SourceEvent[] = [];
    const store = stubFetch(listing([[key ?? "", "1"]]), removed());
    const source = stubSource(store, {}, { now, onEvent: (event) => events.push(event) });
    assertEquals([await source.abortStaleUploads(ALL), store.requests.length], [[], 1]);
    assertEquals(events.flatMap((event) => event.type === "warning" ? [event.code] : []), [code]);
  });
}

Deno.test("abortStaleUploads() removes only what is old enough", async () => {
  let nowMs = now();
  const s3 = createMemoryS3({ now: () => nowMs });
  const source = createS3Source({ ...s3.config, prefix: "team" }, { fetch: s3.fetch, now: () => nowMs });
  const paths = [];
  for (const path of ["old", "edge", "young"]) {
    await source.prepareMultipartUpload(path, { size: 1 });
    nowMs += 1_000;
  }
  nowMs += 57_000;
  for (const { path } of await source.abortStaleUploads({ olderThanSeconds: 59 })) paths.push(path);
  assertEquals(paths.toSorted(), ["edge", "old"]);
  assertEquals(s3.listUploads("bucket").map(({ key }) => key), ["team/young"]);
});

Deno.test("abortStaleUploads() removes 1,001 uploads", async () => {
  const s3 = createMemoryS3();
  const source = createS3Source({ ...s3.config, prefix: "team" }, { fetch: s3.fetch });
  for (let index = 0; index < 1_001; index++) await source.prepareMultipartUpload(`a ${index % 7}`, { size: 1 });
  assertEquals((await source.abortStaleUploads(ALL)).length, 1_001);
  assertEquals(s3.listUploads("bucket"), []);
});

Deno.test("abortStaleUploads() does not report an upload that was completed meanwhile", async () => {
  const store = stubFetch(listing([["team/a", "1"]]), s3Error(404, "NoSuchUpload"));
  assertEquals(await stubSource(store, {}, { now }).abortStaleUploads(ALL), []);
});

Deno.test("abortStaleUploads() takes NoSuchUpload for a listing without uploads", async () => {
  const store = stubFetch(s3Error(404, "NoSuchUpload"));
  assertEquals(await stubSource(store).abortStaleUploads(ALL), []);
  assertEquals(store.requests.length, 1);
});

Deno.test("abortStaleUploads() takes a listing that is called a response", async () => {
  const xml = (await listing([["team/a", "1"]]).text()).replaceAll("UploadsResult", "UploadsResponse");
  const store = stubFetch(new Response(xml), removed());
  assertEquals((await stubSource(store, {}, { now }).abortStaleUploads(ALL)).map(({ path }) => path), ["a"]);
});

Deno.test("abortStaleUploads() rejects if the store refuses", async () => {
  const store = stubFetch(listing([["team/a", "1"]]), s3Error(403, "AccessDenied"));
  const abort = () => stubSource(store, {}, { now }).abortStaleUploads(ALL);
  await assertRejects(abort, AccessDeniedError, 'Cannot remove the unfinished upload of "a"');
});

for (
  const [name, answer] of [
    ["is not a list of uploads", () => new Response("<ListBucketResult/>")],
    ["is cut short without a marker", () => listing([], more(""))],
    ["repeats a page", () => listing([["team/a", "1"]], more("<NextKeyMarker>team/a</NextKeyMarker>"))],
  ] as [string, () => Response][]
) {
  Deno.test(`abortStaleUploads() removes nothing when the response ${name}`, async () => {
    const store = stubFetch(answer());
    const source = stubSource(store, {}, { now, retry: { maxAttempts: 1 } });
    await assertRejects(() => source.abortStaleUploads(ALL), ServiceError);
    assertEquals(steps(store).filter((step) => step.startsWith("DELETE")), []);
  });
}

for (
  const [name, odd, reason] of [
    ["a time", ["team/a", "1", "soon"], "an upload has no time"],
    ["an id", ["team/a", ""], "an upload has no id"],
  ] as const
) {
  Deno.test(`abortStaleUploads() keeps an upload without ${name}, removes the others and warns`, async () => {
    const warnings: string[] = [];
    const store = stubFetch(listing([[...odd], ["team/b", "2"]]), new Response(null, { status: 204 }));
    const onEvent = (event: S3SourceEvent) => {
      if (event.type === "warning") warnings.push(event.message);
    };
    const removed = await stubSource(store, {}, { now, onEvent }).abortStaleUploads(ALL);
    assertEquals(removed.map(({ path }) => path), ["b"]);
    assertEquals(warnings, [`The listing of unfinished uploads is odd: ${reason} ("team/a")`]);
  });
}

for (const olderThanSeconds of [-1, 0.5, NaN, Infinity]) {
  Deno.test(`abortStaleUploads() refuses ${olderThanSeconds} seconds and sends nothing`, async () => {
    const store = stubFetch();
    const abort = () => stubSource(store).abortStaleUploads({ olderThanSeconds });
    await assertRejects(abort, InvalidArgumentError, '"olderThanSeconds": it must be');
    assertEquals(store.requests.length, 0);
  });
}

for (const options of ["{}", '{"olderThanSeconds": null}']) {
  Deno.test(`abortStaleUploads() refuses ${options} and sends nothing`, async () => {
    const store = stubFetch();
    const abort = () => stubSource(store).abortStaleUploads(JSON.parse(options));
    await assertRejects(abort, InvalidArgumentError, '"olderThanSeconds": it ');
    assertEquals(store.requests.length, 0);
  });
}
