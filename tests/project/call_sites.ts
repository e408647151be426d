/**
 * Programs as users write them, against the public API only: with every method and every option of a source.
 * `call_sites_test.ts` checks their types under the strictest flags; nothing runs them.
 *
 * @module
 */
// deno-lint-ignore-file no-console -- They are programs.

import {
  type Conditions,
  createS3Source,
  type CredentialsProvider,
  type FileAttributes,
  FileNotFoundError,
  type FileStream,
  type MultipartUploadState,
  PreconditionFailedError,
  type S3Source,
  type S3SourceConfig,
  S3SourceError,
  type S3SourceEvent,
  type S3SourceOptions,
  type StoreTraits,
  type TransferProgress,
} from "@files/s3-source";
import { createFilesApp } from "@files/s3-source/app";
import { createBroker, createSecret } from "@files/s3-source/broker";
import { readDatasetteConfig } from "@files/s3-source/config";
import { combineFetch, createFakeBroker, createMemoryS3 } from "@files/s3-source/testing";

type Environment = Readonly<Record<string, string | undefined>>;

/** 1. Sources of a broker, of keys, of a public bucket and of a function; settings may be missing. */
export function openSources(env: Environment, traits: StoreTraits | undefined): S3Source[] {
  const options: S3SourceOptions = {
    fetch: globalThis.fetch,
    now: Date.now,
    retry: { maxAttempts: 3, baseDelayMs: 50, maxDelayMs: 1_000 },
    timeouts: { headersMs: 10_000, idleMs: 10_000, totalMs: 60_000 },
    upload: {
      partSizeBytes: 16 * 2 ** 20,
      concurrency: 2,
      encryption: { algorithm: "aws:kms", kmsKeyId: env["KMS_KEY"] },
      storageClass: env["STORAGE_CLASS"],
    },
    download: { partSizeBytes: 16 * 2 ** 20, concurrency: 2 },
    onEvent: log,
  };
  const broker: S3SourceConfig = {
    credentialsUrl: env["CREDENTIALS_URL"],
    credentialsUrlSecret: env["CREDENTIALS_SECRET"],
    allowInsecureCredentialsUrl: env["DEVELOPMENT"] === "1",
    endpointUrl: env["S3_ENDPOINT_URL"],
    publicEndpointUrl: env["S3_PUBLIC_ENDPOINT_URL"],
    store: traits ?? {
      addressing: "path",
      checksums: "none",
      checksumMode: false,
      equalParts: true,
      bulkDelete: false,
      listV2: false,
      encodingType: false,
      quotedEtags: false,
      conditions: true,
    },
  };
  const keys = createS3Source({
    bucket: env["BUCKET"],
    prefix: env["FOLDER"],
    region: env["AWS_REGION"],
    accessKeyId: env["AWS_ACCESS_KEY_ID"],
    secretAccessKey: env["AWS_SECRET_ACCESS_KEY"],
    sessionToken: env["AWS_SESSION_TOKEN"],
    requesterPays: true,
    store: { maxParts: 1_000 },
  }, { retry: undefined, upload: { encryption: { algorithm: "AES256" } } });
  const open = createS3Source({ bucket: "open-data", anonymous: true });
  const vault: CredentialsProvider = async ({ signal }) => {
    const response = await fetch("https://vault.test", { signal });
    const { id, key, token, ends, folder }: Record<"id" | "key" | "token" | "ends" | "folder", string> = JSON.parse(
      await response.text(),
    );
    const scope = { bucket: "media", prefix: folder };
    return { accessKeyId: id, secretAccessKey: key, sessionToken: token, expiration: new Date(ends), ...scope };
  };
  const own = createS3Source({}, { credentials: vault });
  return [createS3Source(broker, options), keys, open, own, createS3Source({}, { credentials: keys.credentials })];
}

/** `AwsCredentialIdentity` of the AWS SDK, whose optional properties may not be `undefined`. */
interface AwsIdentity {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly sessionToken?: string;
  readonly expiration?: Date;
}

/** A provider of the AWS SDK as a source's, and a source's credentials for a client of the SDK. */
export async function exchangeCredentials(
  provider: (properties?: Record<string, unknown>) => Promise<AwsIdentity>,
): Promise<string[]> {
  const source = createS3Source({ bucket: "media" }, { credentials: provider });
  const client: () => Promise<AwsIdentity> = () => source.credentials();
  const { accessKeyId, secretAccessKey, sessionToken, expiration } = await client();
  const { bucket, prefix, region, endpoint, expiresAt } = await source.connect({ signal: AbortSignal.timeout(5_000) });
  const end = expiresAt ?? expiration;
  return [accessKeyId, secretAccessKey, sessionToken ?? "", end?.toISOString() ?? "", bucket, prefix, region, endpoint];
}

/** 2. Reads files that may be missing. */
export async function readOrNull(source: S3Source, path: string, signal?: AbortSignal): Promise<string | null> {
  try {
    const settings: unknown = await source.readJson("settings.json", { maxBytes: 100_000, verify: true });
    const [head, tail] = await Promise.all([
      source.read(path, { range: { offset: 0, length: 4 }, signal }),
      source.read(path, { range: { suffixLength: 4 }, verify: false }),
    ]);
    const isPlain = settings !== null && head[0] === tail[0];
    return isPlain ? await source.readText(path, { maxBytes: 1_000_000, signal }) : null;
  } catch (error) {
    if (error instanceof FileNotFoundError) return null;
    throw error;
  }
}

/** 3. Serves a file, and a stream of one by hand. */
export async function serve(source: S3Source, request: Request, path: string): Promise<Response> {
  if (path.endsWith(".pdf")) {
    return await source.serveFile(request, path, { filename: "a.pdf", inline: true, cacheControl: "max-age=60" });
  }
  const { body, info, range }: FileStream = await source.stream(path, { range: { offset: 0 }, verify: false });
  const headers = { "content-length": String(range.length), "content-type": info.contentType, etag: info.etag ?? "" };
  return new Response(body, { headers, status: range.offset === 0 ? 200 : 206 });
}

/** 4. Stores a form's file, and everything else that may be a body. */
export async function storeForm(source: S3Source, request: Request, signal: AbortSignal): Promise<string> {
  const file = (await request.formData()).get("file");
  if (file === null || typeof file === "string") return "no file";
  const attributes: FileAttributes = {
    contentType: file.type,
    metadata: { author: "Ines" },
    cacheControl: "no-cache",
    contentDisposition: "inline",
    storageClass: "STANDARD_IA",
    encryption: { algorithm: "aws:kms:dsse" },
  };
  const onProgress = ({ transferredBytes, totalBytes = file.size }: TransferProgress) => {
    console.log(transferredBytes / totalBytes);
  };
  const isNew: Conditions = { ifNoneMatch: "*" };
  const limits = { size: file.size, maxBytes: 10_000_000 };
  const { path, size } = await source.upload(`inbox/${file.name}`, file, {
    ...attributes,
    ...isNew,
    ...limits,
    contentHash: false,
    onProgress,
    signal,
  });
  await source.upload("a.txt", "text");
  await source.upload("a.bin", new Uint16Array([1, 2]));
  await source.upload("b.bin", new ArrayBuffer(8));
  if (request.body !== null) await source.upload("c.bin", request.body);
  const lines = async function* () {
    yield "one\n";
    yield new Uint8Array([0x32, 0x0a]);
  };
  const { contentHash, metadata, lastModified } = await source.upload("d.txt", lines());
  return `${path}: ${size} ${contentHash} ${metadata["author"] ?? ""} ${lastModified?.toISOString()}`;
}

/** 5. Adds up a folder. */
export async function sizeOf(source: S3Source, folder: string, signal: AbortSignal): Promise<number> {
  let total = 0;
  for await (const { size } of source.folder(folder).walk({ prefix: "2030-", signal })) total += size;
  return total;
}

/** 6. Pages of a list. */
export async function namesIn(source: S3Source, signal: AbortSignal): Promise<string[]> {
  const names: string[] = [];
  let cursor: string | null = null;
  do {
    const page = await source.list({ prefix: "team/", cursor, limit: 10, recursive: false, signal });
    names.push(...page.folders, ...page.files.map(({ name, lastModified }) => `${name} ${lastModified?.getTime()}`));
    if (page.skipped > 0) console.warn(page.skipped);
    cursor = page.cursor;
  } while (cursor !== null);
  return names;
}

/** 7. Changes a file unless somebody else did. */
export async function append(source: S3Source, path: string, line: string): Promise<boolean> {
  const info = await source.stat(path);
  if (info?.etag == null) return false;
  try {
    const text = await source.readText(path, { ifMatch: info.etag });
    await source.upload(path, text + line, { ifMatch: info.etag });
    await source.copy(path, path, { cacheControl: "no-store", ifMatch: info.etag });
    return true;
  } catch (error) {
    if (error instanceof PreconditionFailedError) return false;
    throw error;
  }
}

/** 8. A page downloads and uploads by itself. */
export async function prepare(source: S3Source, size: number, signal: AbortSignal): Promise<Response> {
  const { capabilities } = source;
  const { canUpload, canDelete, canList, canGenerateSignedUrls, requiresProxyDownload, maxFileSizeBytes } =
    capabilities;
  const can = [canUpload, canDelete, canList, canGenerateSignedUrls, !requiresProxyDownload, size < maxFileSizeBytes];
  const link = await source.downloadUrl("a.png", { expiresInSeconds: 60, filename: "A.png", inline: true, signal });
  const put = await source.prepareUpload("a.png", { size, contentType: "image/png", method: "PUT", ifNoneMatch: "*" });
  const form = await source.prepareUpload("b.png", { maxBytes: 10_000_000, expiresInSeconds: 600, method: "POST" });
  const [{ url, headers, expiresAt }, { fields, method }] = [put, form];
  return Response.json({ can, link: link.url, url, headers, until: expiresAt.toISOString(), fields, method });
}

/** 9. An upload in parts that a page sends, or a later process ends. */
export async function resume(source: S3Source, saved: string | null, file: Blob): Promise<number> {
  const begun = saved === null
    ? await source.prepareMultipartUpload("film.mp4", {
      size: file.size,
      partSizeBytes: 6_000_000,
      storageClass: "GLACIER",
    })
    : undefined;
  const state: MultipartUploadState = begun?.state ?? JSON.parse(saved ?? "");
  const upload = source.resumeMultipartUpload(state);
  const { path, uploadId, partSizeBytes } = upload.state;
  console.log(path, uploadId, partSizeBytes, upload.partCount);
  for (const { partNumber, offset, size, isStored } of await upload.parts()) {
    if (isStored) continue;
    const part = file.slice(offset, offset + size);
    if (partNumber > 1) await upload.uploadPart(partNumber, part);
    else await fetch((await upload.partUrl(partNumber, { expiresInSeconds: 600 })).url, { method: "PUT", body: part });
  }
  try {
    return (await upload.complete({ ifNoneMatch: "*" })).size;
  } catch (error) {
    await upload.abort();
    throw error;
  }
}

/** 10. The app and a broker on one server. */
export async function createServer(
  yaml: string,
  env: Environment,
): Promise<(request: Request) => Promise<Response>> {
  const { sources, secret } = readDatasetteConfig({ yaml, fileName: undefined, env: (name) => env[name] });
  const media = createS3Source(sources["media"] ?? {});
  const app = createFilesApp({
    sources: { media },
    permissions: { "files-browse": true },
    secret,
    title: env["TITLE"],
  });
  const { sha256 } = await createSecret();
  const tenants = { team: { secretSha256: sha256, bucket: "media", prefix: env["FOLDER"], allow: ["read"] as const } };
  const broker = createBroker({ sts: { region: "eu-west-1", roleArn: env["ROLE"] }, tenants, log: undefined });
  return async (request) => await (request.url.endsWith("/credentials") ? broker(request) : app(request));
}

/** 11. A test without a network. */
export async function testOffline(): Promise<boolean> {
  const s3 = createMemoryS3({ buckets: ["media"], region: undefined });
  const broker = createFakeBroker({ secret: "12345", grant: { s3Folder: "s3://media/team/" } });
  const fetch = combineFetch({ "https://broker.test": broker.fetch, [s3.config.endpointUrl]: s3.fetch });
  const source = createS3Source({ ...broker.config, endpointUrl: s3.config.endpointUrl }, { fetch });
  const { connection, checks, leaks, leftBehind } = await source.diagnose();
  const failed = checks.filter(({ ok }) => !ok).map(({ name, outcome, message }) => `${name} ${outcome} ${message}`);
  const isFine = !leaks && failed.length + leftBehind.length === 0 && connection.prefix === "team/";
  return await source.folder("a").stat("b") === null && isFine;
}

/** 12. Cleans up, and says what went wrong. */
export async function cleanUp(source: S3Source, paths: Set<string>): Promise<string[]> {
  try {
    await source.move("a", "b", { ifNoneMatch: "*" });
    await source.delete("b");
    const { deletedCount, errors } = await source.deleteMany(paths);
    const rest = await source.deleteFolder("old");
    const stale = await source.abortStaleUploads({ olderThanSeconds: 86_400 });
    const aborted = stale.map(({ path, uploadId, startedAt }) => `${path} ${uploadId} ${startedAt.toISOString()}`);
    return [String(deletedCount + rest.deletedCount), ...errors.map(({ message }) => message), ...aborted];
  } catch (error) {
    if (error instanceof S3SourceError) return [explain(error)];
    throw error;
  }
}

function explain(error: S3SourceError): string {
  switch (error.name) {
    case "AccessDeniedError":
    case "CredentialsError":
    case "CredentialsExpiredError":
      return `${error.code} ${error.status ?? ""} ${error.requestId ?? ""}`;
    case "FileNotFoundError":
      return error.path ?? "";
    default:
      return error.message;
  }
}

function log(event: S3SourceEvent): void {
  switch (event.type) {
    case "request":
      return console.log(event.operation, event.method, event.path, event.status, event.durationMs, event.requestId);
    case "retry":
      return console.log(event.operation, event.attempt, event.delayMs, event.code);
    case "refresh":
      return console.log(event.ok ? event.expiresAt : event.code, event.scopeChanged, event.durationMs, event.message);
    case "warning":
      return console.warn(event.code, event.message);
  }
}
