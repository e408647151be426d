/**
 * Mistakes that must not compile. `call_sites_test.ts` checks this file as it does `call_sites.ts`: a line that compiles
 * without an error is an error there. Nothing runs it.
 *
 * @module
 */

import { createS3Source, type MultipartUpload, type S3Source, type S3SourceError } from "@files/s3-source";

/** A condition that may be `null` would be none. */
export async function unconditional(source: S3Source, upload: MultipartUpload): Promise<void> {
  const info = await source.upload("a.txt", "A");
  const [entry] = (await source.list()).files;
  // @ts-expect-error: `etag` may be `null`.
  await source.upload("a.txt", "B", { ifMatch: info.etag });
  // @ts-expect-error: `etag` may be `null`.
  await source.upload("a.txt", "B", { ifMatch: entry?.etag });
  // @ts-expect-error: `etag` may be `null`.
  await source.copy("a.txt", "b.txt", { ifMatch: info.etag });
  // @ts-expect-error: `etag` may be `null`.
  await source.move("a.txt", "b.txt", { ifMatch: info.etag });
  // @ts-expect-error: `etag` may be `null`.
  await upload.complete({ ifMatch: info.etag });
  // @ts-expect-error: `etag` may be `null`.
  await source.read("a.txt", { ifMatch: info.etag });
  // @ts-expect-error: `etag` may be `null`.
  await source.stream("a.txt", { ifMatch: info.etag });
  // @ts-expect-error: "*" is the only value.
  await source.upload("a.txt", "B", { ifNoneMatch: "x" });
}

/** A condition where there is none. */
export async function ignored(source: S3Source, etag: string): Promise<void> {
  // @ts-expect-error: the option is `ifMatch`.
  await source.upload("a.txt", "B", { etag });
  // @ts-expect-error: deletions have no condition.
  await source.delete("a.txt", { ifMatch: etag });
  // @ts-expect-error: `stat` has no condition.
  await source.stat("a.txt", { ifMatch: etag });
  // @ts-expect-error: a signed URL has no condition.
  await source.downloadUrl("a.txt", { ifMatch: etag });
  // @ts-expect-error: prepared uploads have only `ifNoneMatch`.
  await source.prepareUpload("a.txt", { size: 1, ifMatch: etag });
  // @ts-expect-error: conditions are for `complete`.
  await source.prepareMultipartUpload("a.txt", { size: 1, ifNoneMatch: "*" });
  // @ts-expect-error: it takes conditions from the request.
  await source.serveFile(new Request("https://files.test/"), "a.txt", { ifMatch: etag });
}

/** Arguments of other libraries, or of earlier drafts. */
export async function others(source: S3Source, upload: MultipartUpload): Promise<void> {
  // @ts-expect-error: a string is an iterable of characters.
  await source.deleteMany("a.txt");
  // @ts-expect-error: files of a listing are not paths.
  await source.deleteMany(source.walk());
  // @ts-expect-error: a range has `offset` and `length`.
  await source.read("a.txt", { range: { start: 0, end: 4 } });
  // @ts-expect-error: text of a range may begin within a character.
  await source.readText("a.txt", { range: { offset: 0 } });
  // @ts-expect-error: JSON is `unknown` until its form is checked.
  (await source.readJson("a.json")).theme;
  // @ts-expect-error: the option is `recursive`.
  await source.list({ folders: true });
  // @ts-expect-error: pass its body.
  await source.upload("a.txt", new Response("A"));
  // @ts-expect-error: await it.
  await source.upload("a.txt", Promise.resolve("A"));
  // @ts-expect-error: objects are no content.
  await source.upload("a.json", { theme: "dark" });
  // @ts-expect-error: `false` is the only value.
  await source.upload("a.txt", "A", { contentHash: true });
  // @ts-expect-error: keys are for KMS.
  await source.upload("a.txt", "A", { encryption: { algorithm: "AES256", kmsKeyId: "key" } });
  // @ts-expect-error: `size` is required.
  await source.prepareMultipartUpload("a.txt", {});
  // @ts-expect-error: the options are required.
  await source.prepareUpload("a.txt");
  // @ts-expect-error: text has no length in bytes.
  await upload.uploadPart(1, "text");
  // @ts-expect-error: `olderThanSeconds` is required.
  await source.abortStaleUploads({});
  // @ts-expect-error: the option is `credentials`.
  createS3Source({ bucket: "media" }, { provider: source.credentials });
  // @ts-expect-error: facts about the store are configuration.
  createS3Source({ bucket: "media" }, { upload: { equalParts: true } });
  // @ts-expect-error: a source has no `exists`; `stat` returns `null`.
  await source.exists("a.txt");
}

/** Results are read-only. */
export async function changed(source: S3Source, upload: MultipartUpload): Promise<void> {
  const info = await source.upload("a.txt", "A");
  const page = await source.list();
  const { errors } = await source.deleteMany([]);
  // @ts-expect-error: read-only.
  info.etag = '"x"';
  // @ts-expect-error: read-only.
  info.metadata["a"] = "b";
  // @ts-expect-error: read-only.
  page.files.push(info);
  // @ts-expect-error: read-only.
  page.cursor = null;
  // @ts-expect-error: read-only.
  errors.pop();
  // @ts-expect-error: read-only.
  upload.state.size = 1;
  // @ts-expect-error: read-only.
  (await upload.parts()).reverse();
  // @ts-expect-error: read-only.
  (await source.credentials()).secretAccessKey = "";
  // @ts-expect-error: read-only.
  (await source.stream("a.txt")).range.length = 1;
  // @ts-expect-error: read-only.
  (await source.diagnose()).checks.sort();
  // @ts-expect-error: read-only.
  source.capabilities.canDelete = false;
}

/** Names that no error has. */
export function named(error: S3SourceError): boolean {
  switch (error.name) {
    // @ts-expect-error: it is a CredentialsError.
    case "BrokerError":
      return true;
    default:
      return false;
  }
}
