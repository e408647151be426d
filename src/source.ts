import { lazy } from "./async/lazy.ts";
import { createFixedGrant } from "./credentials/fixed_grant.ts";
import type { GrantCache } from "./credentials/grant_cache.ts";
import { connect } from "./operations/connect.ts";
import type { OperationContext } from "./operations/operation_context.ts";
import { maxFileSizeBytes } from "./operations/part_plan.ts";
import { takePaths } from "./operations/path_list.ts";
import { read } from "./operations/read.ts";
import { resumeMultipartUpload } from "./operations/resume_multipart.ts";
import { walk } from "./operations/walk.ts";
import { refuseOptions, takeOptions } from "./options/operation_options.ts";
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
      const taken = takeOptions("stat", options);
      return await (await statModule()).stat(context, path, taken);
    },
    read: (path, options) => refuseOptions("read", options) ?? read(context, path, options),
    async readText(path, options) {
      const taken = takeOptions("readText", options);
      return await (await import("./operations/read_text.ts")).readText(context, path, taken);
    },
    async readJson(path, options) {
      const taken = takeOptions("readJson", options);
      return await (await import("./operations/read_text.ts")).readJson(context, path, taken);
    },
    async stream(path, options) {
      const taken = takeOptions("stream", options);
      return await (await import("./operations/stream.ts")).stream(context, path, taken);
    },
    async serveFile(request, path, options) {
      const taken = takeOptions("serveFile", options);
      return await (await import("./operations/serve_file.ts")).serveFile(context, request, path, taken);
    },
    async list(options) {
      const taken = takeOptions("list", options);
      return await (await listModule()).list(context, taken);
    },
    walk(options) {
      return walk(context, takeOptions("walk", options));
    },
    async upload(path, body, options) {
      const taken = takeOptions("upload", options);
      return await (await uploadModule()).upload(context, path, body, taken);
    },
    async delete(path, options) {
      const taken = takeOptions("delete", options);
      return await (await import("./operations/delete.ts")).deleteFile(context, path, taken);
    },
    async deleteMany(paths, options) {
      const taken = takeOptions("deleteMany", options);
      const listed = takePaths(paths);
      return await (await import("./operations/delete.ts")).deleteMany(context, listed, taken);
    },
    async deleteFolder(path, options) {
      const taken = takeOptions("deleteFolder", options);
      return await (await import("./operations/delete_tree.ts")).deleteFolder(context, path, taken);
    },
    async copy(from, to, options) {
      const taken = takeOptions("copy", options);
      return await (await import("./operations/copy.ts")).copy(context, from, to, taken);
    },
    async move(from, to, options) {
      const taken = takeOptions("move", options);
      return await (await import("./operations/move.ts")).move(context, from, to, taken);
    },
    async downloadUrl(path, options) {
      const taken = takeOptions("downloadUrl", options);
      return await (await downloadUrlModule()).downloadUrl(context, path, taken);
    },
    async prepareUpload(path, options) {
      const taken = takeOptions("prepareUpload", options);
      return await (await import("./operations/prepare_upload.ts")).prepareUpload(context, path, taken);
    },
    async prepareMultipartUpload(path, options) {
      const taken = takeOptions("prepareMultipartUpload", options);
      return await (await import("./operations/direct_multipart.ts")).prepareMultipartUpload(context, path, taken);
    },
    resumeMultipartUpload: (state) => resumeMultipartUpload(context, state),
    async abortStaleUploads(options) {
      const taken = takeOptions("abortStaleUploads", options);
      return await (await import("./operations/abort_stale_uploads.ts")).abortStaleUploads(context, taken);
    },
    folder(path) {
      assertFolderPath(path);
      return sourceOf(capabilities, { ...context, scope: context.scope + toPrefix(path) });
    },
    async diagnose(options) {
      const taken = takeOptions("diagnose", options);
      return await (await import("./operations/diagnose.ts")).diagnose(context, taken);
    },
    async credentials(options) {
      const taken = takeOptions("credentials", options);
      return await (await import("./operations/signing_grant.ts")).credentials(context, taken);
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
