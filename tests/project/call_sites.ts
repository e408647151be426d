/**
 * Programs as users write them, against the public API only. `call_sites_test.ts` checks their types under the strictest
 * flags; nothing runs them.
 *
 * @module
 */

import {
  createS3Source,
  FileNotFoundError,
  type FileStream,
  type MultipartUploadState,
  PreconditionFailedError,
  type S3Source,
  S3SourceError,
} from "@files/s3-source";
import { createFilesApp } from "@files/s3-source/app";
import { createBroker, createSecret } from "@files/s3-source/broker";
import { readDatasetteConfig } from "@files/s3-source/config";
import { combineFetch, createFakeBroker, createMemoryS3 } from "@files/s3-source/testing";

/** 1. A source of a broker, whose settings may be missing. */
export function openSource(env: Record<string, string | undefined>): S3Source {
  return createS3Source({
    credentialsUrl: env["CREDENTIALS_URL"] ?? "",
    credentialsUrlSecret: env["CREDENTIALS_SECRET"] ?? "",
  }, { retry: { maxAttempts: 3 }, timeouts: { totalMs: 60_000 } });
}

/** 2. Reads a file that may be missing. */
export async function readOrNull(source: S3Source, path: string): Promise<string | null> {
  try {
    return new TextDecoder().decode(await source.read(path, { maxBytes: 1_000_000 }));
  } catch (error) {
    if (error instanceof FileNotFoundError) return null;
    throw error;
  }
}

/** 3. Serves a file. */
export async function serve(source: S3Source, path: string): Promise<Response> {
  const { body, info, range }: FileStream = await source.stream(path, { range: { offset: 0 } });
  return new Response(body, { headers: { "content-length": String(range.length), etag: info.etag ?? "" } });
}

/** 4. Stores a form's file. */
export async function storeForm(source: S3Source, request: Request): Promise<string> {
  const file = (await request.formData()).get("file");
  if (file === null || typeof file === "string") return "no file";
  const { path, size } = await source.upload(`inbox/${file.name}`, file, { contentType: file.type, ifNoneMatch: "*" });
  return `${path}: ${size}`;
}

/** 5. Adds up a folder. */
export async function sizeOf(source: S3Source, folder: string, signal: AbortSignal): Promise<number> {
  let total = 0;
  for await (const { size } of source.walk({ prefix: folder, signal })) total += size;
  return total;
}

/** 6. Pages of a list. */
export async function firstNames(source: S3Source): Promise<string[]> {
  const { files, cursor } = await source.list({ limit: 10 });
  const next = cursor === null ? [] : (await source.list({ cursor })).files;
  return [...files, ...next].map(({ path }) => path);
}

/** 7. Changes a file unless somebody else did. */
export async function append(source: S3Source, path: string, line: string): Promise<boolean> {
  const info = await source.stat(path);
  if (info?.etag == null) return false;
  try {
    const text = new TextDecoder().decode(await source.read(path, { ifMatch: info.etag }));
    await source.upload(path, text + line, { ifMatch: info.etag });
    return true;
  } catch (error) {
    if (error instanceof PreconditionFailedError) return false;
    throw error;
  }
}

/** 8. A page uploads by itself. */
export async function prepare(source: S3Source, size: number): Promise<Response> {
  const { url, headers, expiresAt } = await source.prepareUpload("a.bin", { size, contentType: "image/png" });
  return Response.json({ url, headers, until: expiresAt.toISOString() });
}

/** 9. An upload in parts that a later process ends. */
export async function resume(source: S3Source, saved: string): Promise<number> {
  const state: MultipartUploadState = JSON.parse(saved);
  const upload = source.resumeMultipartUpload(state);
  await upload.uploadPart(upload.partCount, new Uint8Array(10));
  return (await upload.complete()).size;
}

/** 10. The app and a broker on one server. */
export async function createServer(yaml: string): Promise<(request: Request) => Promise<Response>> {
  const { sources } = readDatasetteConfig({ yaml, env: () => undefined });
  const media = createS3Source(sources["media"] ?? {});
  const app = createFilesApp({ sources: { media }, permissions: { "files-browse": true } });
  const { sha256 } = await createSecret();
  const tenants = { team: { secretSha256: sha256, bucket: "media", prefix: "team", allow: ["read"] as const } };
  const broker = createBroker({ sts: { region: "eu-west-1" }, tenants });
  return async (request) => await (request.url.endsWith("/credentials") ? broker(request) : app(request));
}

/** 11. A test without a network. */
export async function testOffline(): Promise<boolean> {
  const s3 = createMemoryS3({ buckets: ["media"] });
  const broker = createFakeBroker({ secret: "12345", grant: { s3Folder: "s3://media/team/" } });
  const fetch = combineFetch({ "https://broker.test": broker.fetch, [s3.config.endpointUrl]: s3.fetch });
  const source = createS3Source({ ...broker.config, endpointUrl: s3.config.endpointUrl }, { fetch });
  return await source.folder("a").stat("b") === null;
}

/** 12. Cleans up, and tells what went wrong. */
export async function cleanUp(source: S3Source, paths: Set<string>): Promise<string[]> {
  try {
    await source.move("a", "b");
    const { errors } = await source.deleteMany(paths);
    const stale = await source.abortStaleUploads({ olderThanSeconds: 86_400 });
    return [...errors.map((error) => JSON.stringify(error)), ...stale.map(({ path }) => path)];
  } catch (error) {
    if (error instanceof S3SourceError) return [`${error.name} ${error.code} ${error.path ?? ""}`];
    throw error;
  }
}
