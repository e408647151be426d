import { lazy } from "./async/lazy.ts";
import { createFixedGrant } from "./credentials/fixed_grant.ts";
import type { GrantCache } from "./credentials/grant_cache.ts";
import { connect } from "./operations/connect.ts";
import type { OperationContext } from "./operations/operation_context.ts";
import { maxFileSizeBytes } from "./operations/part_plan.ts";
import { read } from "./operations/read.ts";
import { resumeMultipartUpload } from "./operations/resume_multipart.ts";
import { walk } from "./operations/walk.ts";
import { assertOptions, refuseOptions } from "./options/operation_options.ts";
import { createS3Client } from "./s3/client.ts";
import { type Clock, createClock } from "./s3/clock.ts";
import { createEndpoint, type Endpoint } from "./s3/endpoint.ts";
import { createLearnedTraits } from "./s3/learned_traits.ts";
import { createStore } from "./s3/store.ts";
import { assertFolderPath, toPrefix } from "./s3/keys.ts";
import { readSourceConfig, type ResolvedConfig } from "./options/source_config.ts";
import { readSourceOptions, type ResolvedOptions } from "./options/source_options.ts";
import type { S3SourceConfig, S3SourceOptions } from "./types/config.ts";
import type { S3Source } from "./types/source.ts";
import type { S3SourceCapabilities } from "./types/files.ts";

/**
 * Creates a source: a folder in S3 with credentials for it. Does no I/O; the first operation obtains the credentials.
 *
 * @param config The folder, and how to obtain credentials for it.
 * @param options How the source behaves. Every option has a default.
 * @throws {ConfigError} If an option is unknown, missing, of the wrong type, or contradicts another.
 *
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { createS3Source } from "@files/s3-source";
 * import { createMemoryS3 } from "@files/s3-source/testing";
 *
 * const store = createMemoryS3({ buckets: ["media"] });
 * const source = createS3Source({ ...store.config, prefix: "team" }, { fetch: store.fetch });
 * await source.upload("notes/hello.txt", "Hello");
 * assertEquals((await source.list()).files[0]?.path, "notes/hello.txt");
 * ```
 */
export function createS3Source(config: S3SourceConfig, options: S3SourceOptions = {}): S3Source {
  const resolvedOptions = readSourceOptions(options);
  const { credentials, fetch, now, emit, retry, timeouts, upload, download } = resolvedOptions;
  const resolvedConfig = readSourceConfig(config, { hasProvider: credentials !== undefined });
  const clock = createClock(now);
  const { endpointUrl, region, requesterPays } = resolvedConfig;
  const endpoint = createEndpoint(endpointUrl, resolvedConfig.store.addressing);
  const store = createStore(endpoint, region, { requesterPays });
  const traits = createLearnedTraits(resolvedConfig.store, { isTrusted: endpoint.isTrusted, emit });
  const client = createS3Client({ store, traits, fetch, clock, retry, timeouts, emit });
  const grants = createGrants(resolvedConfig, resolvedOptions, { clock, endpoint });
  const isSigned = resolvedConfig.credentials.kind !== "anonymous";
  const capabilities = Object.freeze({
    ...CAPABILITIES,
    maxFileSizeBytes: maxFileSizeBytes(traits),
    canGenerateSignedUrls: isSigned,
    requiresProxyDownload: !isSigned,
  });
  return sourceOf(capabilities, {
    store,
    client,
    grants,
    scope: "",
    upload,
    download,
    traits,
    retry,
    clock,
    emit,
  });
}

/** A program needs few of the operations, and starts sooner without the others. */
function sourceOf(capabilities: S3SourceCapabilities, context: OperationContext): S3Source {
  return {
    capabilities,
    connect: (options) => refuseOptions("connect", options) ?? connect(context, options),
    async stat(path, options) {
      assertOptions("stat", options);
      return await (await statModule()).stat(context, path, options);
    },
    read: (path, options) => refuseOptions("read", options) ?? read(context, path, options),
    async readText(path, options) {
      assertOptions("readText", options);
      return await (await import("./operations/read_text.ts")).readText(context, path, options);
    },
    async readJson(path, options) {
      assertOptions("readJson", options);
      return await (await import("./operations/read_text.ts")).readJson(context, path, options);
    },
    async stream(path, options) {
      assertOptions("stream", options);
      return await (await import("./operations/stream.ts")).stream(context, path, options);
    },
    async serveFile(request, path, options) {
      assertOptions("serveFile", options);
      return await (await import("./operations/serve_file.ts")).serveFile(context, request, path, options);
    },
    async list(options) {
      assertOptions("list", options);
      return await (await listModule()).list(context, options);
    },
    walk(options) {
      assertOptions("walk", options);
      return walk(context, options);
    },
    async upload(path, body, options) {
      assertOptions("upload", options);
      return await (await uploadModule()).upload(context, path, body, options);
    },
    async delete(path, options) {
      assertOptions("delete", options);
      return await (await import("./operations/delete.ts")).deleteFile(context, path, options);
    },
    async deleteMany(paths, options) {
      assertOptions("deleteMany", options);
      return await (await import("./operations/delete.ts")).deleteMany(context, paths, options);
    },
    async deleteFolder(path, options) {
      assertOptions("deleteFolder", options);
      return await (await import("./operations/delete_tree.ts")).deleteFolder(context, path, options);
    },
    async copy(from, to, options) {
      assertOptions("copy", options);
      return await (await import("./operations/copy.ts")).copy(context, from, to, options);
    },
    async move(from, to, options) {
      assertOptions("move", options);
      return await (await import("./operations/move.ts")).move(context, from, to, options);
    },
    async downloadUrl(path, options) {
      assertOptions("downloadUrl", options);
      return await (await downloadUrlModule()).downloadUrl(context, path, options);
    },
    async prepareUpload(path, options) {
      assertOptions("prepareUpload", options);
      return await (await import("./operations/prepare_upload.ts")).prepareUpload(context, path, options);
    },
    async prepareMultipartUpload(path, options) {
      assertOptions("prepareMultipartUpload", options);
      return await (await import("./operations/direct_multipart.ts")).prepareMultipartUpload(context, path, options);
    },
    resumeMultipartUpload: (state) => resumeMultipartUpload(context, state),
    async abortStaleUploads(options) {
      assertOptions("abortStaleUploads", options);
      return await (await import("./operations/abort_stale_uploads.ts")).abortStaleUploads(context, options);
    },
    folder(path) {
      assertFolderPath(path);
      return sourceOf(capabilities, { ...context, scope: context.scope + toPrefix(path) });
    },
    async diagnose(options) {
      assertOptions("diagnose", options);
      return await (await import("./operations/diagnose.ts")).diagnose(context, options);
    },
    async credentials(options) {
      assertOptions("credentials", options);
      return await (await import("./operations/signing_grant.ts")).credentials(context, options);
    },
  };
}

// These are called so often that the microseconds of `import()` would count.
const statModule = lazy(() => import("./operations/stat.ts"));
const listModule = lazy(() => import("./operations/list.ts"));
const uploadModule = lazy(() => import("./operations/upload.ts"));
const downloadUrlModule = lazy(() => import("./operations/download_url.ts"));

const CAPABILITIES = { canUpload: true, canDelete: true, canList: true };

const ANONYMOUS = {
  credentials: { accessKeyId: "", secretAccessKey: "" },
  expiration: Infinity,
  isAnonymous: true,
} as const;

/** Grants from the provider, the broker, the keys or the default chain, whichever comes first. */
function createGrants(
  config: ResolvedConfig,
  options: ResolvedOptions,
  { clock, endpoint: { bucketProblem, urlProblem } }: { readonly clock: Clock; readonly endpoint: Endpoint },
): GrantCache {
  const { bucket = "", prefix, region, credentials } = config;
  const { credentials: provider, fetch, emit } = options;
  if (provider === undefined && credentials.kind === "anonymous") {
    return createFixedGrant({ ...ANONYMOUS, bucket, prefix });
  }
  if (provider === undefined && credentials.kind === "direct") {
    const { kind: _, ...keys } = credentials;
    return createFixedGrant({ credentials: keys, bucket, prefix, expiration: Infinity });
  }
  const cache = lazy(async () => {
    const { createObtainedGrants } = await import("./credentials/obtained_grants.ts");
    const broker = credentials.kind === "broker" ? credentials : undefined;
    const location = { ...config, bucketProblem, urlProblem };
    return createObtainedGrants({ provider, broker, region, location, fetch, clock, emit });
  });
  return {
    get: async (options) => await (await cache()).get(options),
    renew: async (rejected, signal) => await (await cache()).renew(rejected, signal),
  };
}
