import { createBrokerClient } from "./credentials/broker_client.ts";
import { createDefaultChain } from "./credentials/default_chain.ts";
import { createFixedGrant, createGrantCache, type GrantCache, type ObtainGrant } from "./credentials/grant_cache.ts";
import { connect } from "./operations/connect.ts";
import type { OperationContext } from "./operations/operation_context.ts";
import { deleteFile, deleteMany } from "./operations/delete.ts";
import { prepareMultipartUpload, resumeMultipartUpload } from "./operations/direct_multipart.ts";
import { downloadUrl } from "./operations/download_url.ts";
import { list } from "./operations/list.ts";
import { maxFileSizeBytes } from "./operations/part_plan.ts";
import { read } from "./operations/read.ts";
import { readJson, readText } from "./operations/read_text.ts";
import { assertKeys } from "./operations/signing_grant.ts";
import { stat } from "./operations/stat.ts";
import { stream } from "./operations/stream.ts";
import { upload } from "./operations/upload.ts";
import { walk } from "./operations/walk.ts";
import { assertOptions, refuseOptions } from "./options/operation_options.ts";
import { createS3Client } from "./s3/client.ts";
import { type Clock, createClock } from "./s3/clock.ts";
import { createEndpoint, type Endpoint } from "./s3/endpoint.ts";
import { createPresigner } from "./s3/sign/presigner.ts";
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
  const presigner = createPresigner(store);
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
    presigner,
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

function sourceOf(capabilities: S3SourceCapabilities, context: OperationContext): S3Source {
  return {
    capabilities,
    connect: (options) => refuseOptions("connect", options) ?? connect(context, options),
    stat: (path, options) => refuseOptions("stat", options) ?? stat(context, path, options),
    read: (path, options) => refuseOptions("read", options) ?? read(context, path, options),
    readText: (path, options) => refuseOptions("readText", options) ?? readText(context, path, options),
    readJson: (path, options) => refuseOptions("readJson", options) ?? readJson(context, path, options),
    stream: (path, options) => refuseOptions("stream", options) ?? stream(context, path, options),
    async serveFile(request, path, options) {
      assertOptions("serveFile", options);
      return await (await import("./operations/serve_file.ts")).serveFile(context, request, path, options);
    },
    list: (options) => refuseOptions("list", options) ?? list(context, options),
    walk(options) {
      assertOptions("walk", options);
      return walk(context, options);
    },
    upload: (path, body, options) => refuseOptions("upload", options) ?? upload(context, path, body, options),
    delete: (path, options) => refuseOptions("delete", options) ?? deleteFile(context, path, options),
    deleteMany: (paths, options) => refuseOptions("deleteMany", options) ?? deleteMany(context, paths, options),
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
    downloadUrl: (path, options) => refuseOptions("downloadUrl", options) ?? downloadUrl(context, path, options),
    async prepareUpload(path, options) {
      assertOptions("prepareUpload", options);
      return await (await import("./operations/prepare_upload.ts")).prepareUpload(context, path, options);
    },
    prepareMultipartUpload: (path, options) =>
      refuseOptions("prepareMultipartUpload", options) ?? prepareMultipartUpload(context, path, options),
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
    async credentials(options = {}) {
      assertOptions("credentials", options);
      const grant = await context.grants.get({ signal: options.signal });
      assertKeys(grant, "return credentials");
      const { credentials, expiration } = grant;
      return { ...credentials, ...Number.isFinite(expiration) && { expiration: new Date(expiration) } };
    },
  };
}

const CAPABILITIES = { canUpload: true, canDelete: true, canList: true };

const ANONYMOUS = {
  credentials: { accessKeyId: "", secretAccessKey: "" },
  expiration: Infinity,
  isAnonymous: true,
} as const;

/** Grants from the provider, the broker, the keys or the default chain, whichever comes first. */
function createGrants(
  config: ResolvedConfig,
  { credentials: provider, fetch, emit }: ResolvedOptions,
  { clock, endpoint: { bucketProblem, urlProblem } }: { readonly clock: Clock; readonly endpoint: Endpoint },
): GrantCache {
  const { bucket = "", prefix, region, credentials } = config;
  const cached = (obtain: ObtainGrant) =>
    createGrantCache({ obtain, location: { ...config, bucketProblem, urlProblem }, clock, emit });
  // Of its context only what is documented: `credentials` of another source refuses unknown options.
  if (provider !== undefined) return cached(({ signal }) => provider({ signal }));
  if (credentials.kind === "broker") {
    return cached(createBrokerClient({ ...credentials, bucketProblem, fetch, clock, emit }));
  }
  if (credentials.kind === "default") return cached(createDefaultChain(region));
  if (credentials.kind === "anonymous") return createFixedGrant({ ...ANONYMOUS, bucket, prefix });
  const { kind: _, ...keys } = credentials;
  return createFixedGrant({ credentials: keys, bucket, prefix, expiration: Infinity });
}
