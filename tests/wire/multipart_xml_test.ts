import { assertEquals, assertRejects, assertThrows } from "@std/assert";
import { S3SourceError, ServiceError } from "../../mod.ts";
import { readPartsPage, readUploadsPage } from "../../src/s3/xml/multipart_xml.ts";
import { readXml } from "../../src/s3/xml/xml.ts";
import { stubFetch, stubSource } from "../support/stub_fetch.ts";

/** A source on a store that responds to every request with this document. */
function sourceOf(xml: string) {
  return stubSource(stubFetch(() => new Response(xml)), {}, { retry: { maxAttempts: 1 } });
}

Deno.test("upload() in parts and prepareMultipartUpload() refuse an upload id that cannot be sent back", async () => {
  const xml = "<InitiateMultipartUploadResult><UploadId>&#xDC00;</UploadId></InitiateMultipartUploadResult>";
  await assertRejects(() => sourceOf(xml).prepareMultipartUpload("a", { size: 10 }), ServiceError);
  await assertRejects(() => sourceOf(xml).upload("a", new Uint8Array(9 * 1024 ** 2)), ServiceError);
});

Deno.test("parts() refuses more than 10,000 parts", async () => {
  const part = "<Part><ETag>a</ETag><Size>1</Size><PartNumber>1</PartNumber></Part>";
  const xml = `<ListPartsResult>${part.repeat(125_000)}</ListPartsResult>`;
  const upload = sourceOf(xml).resumeMultipartUpload({
    path: "a",
    uploadId: "u",
    size: 10,
    partSizeBytes: 5 * 1024 ** 2,
  });
  await assertRejects(() => upload.parts(), S3SourceError, "more than 10000 parts");
});

/** A page of ListMultipartUploads with one upload; `more` is for the rest of the document. */
function uploadsPage(more: string, { initiated = "2026-01-01T00:00:00Z" } = {}) {
  const upload = `<Upload><Key>a%2Bb+c</Key><UploadId>u</UploadId><Initiated>${initiated}</Initiated></Upload>`;
  return readUploadsPage(readXml(`<ListMultipartUploadsResult>${upload}${more}</ListMultipartUploadsResult>`));
}

const TRUNCATED = "<IsTruncated>true</IsTruncated>";

Deno.test("readUploadsPage() decodes keys if the response says that they are encoded", () => {
  const initiated = new Date("2026-01-01T00:00:00Z");
  assertEquals(uploadsPage(""), { uploads: [{ key: "a%2Bb+c", uploadId: "u", initiated }], problems: new Map() });
  const { uploads, next } = uploadsPage(
    `${TRUNCATED}<EncodingType>url</EncodingType><NextKeyMarker>d+e</NextKeyMarker>`,
  );
  assertEquals([uploads[0]?.key, next], ["a+b c", { key: "d e", uploadId: "" }]);
});

Deno.test("readUploadsPage() continues from an upload id alone, and refuses to continue from nothing", () => {
  assertEquals(uploadsPage(`${TRUNCATED}<NextUploadIdMarker>v</NextUploadIdMarker>`).next, { key: "", uploadId: "v" });
  assertThrows(() => uploadsPage(TRUNCATED), ServiceError, "truncated without a marker");
  assertEquals(uploadsPage("<IsTruncated>false</IsTruncated><NextKeyMarker>d</NextKeyMarker>").next, undefined);
});

Deno.test("readUploadsPage() leaves out uploads without a time, an id or a key, and says so", () => {
  assertEquals(uploadsPage("", { initiated: "soon" }), {
    uploads: [],
    problems: new Map([["an upload has no time", "a%2Bb+c"]]),
  });
  const { uploads, problems } = uploadsPage("<Upload/><Upload><Key>b</Key></Upload><Upload><Key>c</Key></Upload>");
  assertEquals([uploads.length, [...problems]], [1, [["an upload has no key", ""], ["an upload has no id", "b"]]]);
});

Deno.test("readUploadsPage() does not decode keys that only claim to be encoded", () => {
  const { uploads } = uploadsPage(
    "<EncodingType>url</EncodingType><Upload><Key>100%</Key><UploadId>v</UploadId>" +
      "<Initiated>2026-01-01T00:00:00Z</Initiated></Upload>",
  );
  assertEquals(uploads.map(({ key }) => key), ["a%2Bb+c", "100%"]);
});

Deno.test("readPartsPage() and readUploadsPage() take IsTruncated in other spellings", () => {
  const truncated = "<IsTruncated> True </IsTruncated>";
  assertEquals(uploadsPage(`${truncated}<NextKeyMarker>d</NextKeyMarker>`).next, { key: "d", uploadId: "" });
  const xml = `<ListPartsResult>${truncated}<NextPartNumberMarker>3</NextPartNumberMarker></ListPartsResult>`;
  assertEquals(readPartsPage(readXml(xml)).nextMarker, 3);
});

Deno.test("readUploadsPage() refuses another document", () => {
  assertThrows(() => readUploadsPage(readXml("<Other/>")), ServiceError, "it is not a ListMultipartUploadsResult");
});

Deno.test("readPartsPage() reads parts, and where the next page begins", () => {
  const part = "<Part><PartNumber>3</PartNumber><Size>5</Size><ETag>e</ETag></Part>";
  const read = (more: string) => readPartsPage(readXml(`<ListPartsResult>${part}${more}</ListPartsResult>`));
  const parts = [{ partNumber: 3, size: 5, etag: '"e"' }];
  const marker = "<NextPartNumberMarker>3</NextPartNumberMarker>";
  assertEquals(read(marker), { parts });
  assertEquals(read(`${TRUNCATED}${marker}`), { parts, nextMarker: 3 });
  assertThrows(() => read(TRUNCATED), ServiceError, "it has no NextPartNumberMarker");
  assertThrows(() => readPartsPage(readXml("<Other/>")), ServiceError, "it is not a ListPartsResult");
});

for (const number of ["", "-1", "1.5", "x", "9007199254740993"]) {
  Deno.test(`readPartsPage() refuses the size "${number}"`, () => {
    const part = `<Part><PartNumber>1</PartNumber><Size>${number}</Size><ETag>e</ETag></Part>`;
    assertThrows(() => readPartsPage(readXml(`<ListPartsResult>${part}</ListPartsResult>`)), ServiceError, "Size");
  });
}
