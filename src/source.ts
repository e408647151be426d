import { lazy } from "./async/lazy.ts";
import { createFixedGrant } from "./credentials/fixed_grant.ts";
import type { GrantCache } from "./credentials/grant_cache.ts";
import type { OperationContext } from "./operations/operation_context.ts";
import { maxFileSizeBytes } from "./operations/part_plan.ts";
import { takePaths } from "./operations/path_list.ts";
import { read } from "./operations/read.ts";
import { resumeMultipartUpload } from "./operations/resume_multipart.ts";
import { walk } from "./operations/walk.ts";
import { type OperationName, takeOptions } from "./options/operation_options.ts";
import { createS3Client } from "./s3/client.ts";
import { type Clock, createClock } from "./s3/clock.ts";
import { createEndpoint, type Endpoint } from "./s3/endpoint.ts";
import { createLearnedTraits } from "./s3/learned_traits.ts";
import { lazyModule, loaded } from "./s3/lazy_module.ts";
import { withPurpose } from "./s3/purpose.ts";
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
  const { endpointUrl, publicEndpointUrl, region, requesterPays } = resolvedConfig;
  const endpoint = createEndpoint(endpointUrl, resolvedConfig.store.addressing);
  const publicEndpoint = publicEndpointUrl && createEndpoint(publicEndpointUrl, resolvedConfig.store.addressing);
  const store = createStore(endpoint, region, { requesterPays, publicEndpoint: publicEndpoint || endpoint });
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

/** The operations, each of which is loaded with its first use. */
function sourceOf(capabilities: S3SourceCapabilities, context: OperationContext): S3Source {
  return {
    capabilities,
    connect: (options) => run("connect", options, modules.connect, (module, taken) => module.connect(context, taken)),
    stat: (path, options) => run("stat", options, modules.stat, (module, taken) => module.stat(context, path, taken)),
    read: (path, options) => run("read", options, first, (module, taken) => module.read(context, path, taken)),
    readText: (path, options) =>
      run("readText", options, modules.readText, (module, taken) => module.readText(context, path, taken)),
    readJson: (path, options) =>
      run("readJson", options, modules.readText, (module, taken) => module.readJson(context, path, taken)),
    stream: (path, options) =>
      run("stream", options, modules.stream, (module, taken) => module.stream(context, path, taken)),
    serveFile: (request, path, options) =>
      run("serveFile", options, modules.serveFile, (module, taken) => module.serveFile(context, request, path, taken)),
    list: (options) => run("list", options, modules.list, (module, taken) => module.list(context, taken)),
    walk: (options) => walk(context, takeOptions("walk", options)),
    upload: (path, body, options) =>
      run("upload", options, modules.upload, (module, taken) => module.upload(context, path, body, taken)),
    delete: (path, options) =>
      run("delete", options, modules.deleteFiles, (module, taken) => module.deleteFile(context, path, taken)),
    async deleteMany(paths, options) {
      const listed = takePaths(paths);
      return await run("deleteMany", options, modules.deleteFiles, (module, taken) => {
        return module.deleteMany(context, listed, taken);
      });
    },
    deleteFolder: (path, options) =>
      run("deleteFolder", options, modules.deleteTree, (module, taken) => module.deleteFolder(context, path, taken)),
    copy: (from, to, options) =>
      run("copy", options, modules.copy, (module, taken) => module.copy(context, from, to, taken)),
    move: (from, to, options) =>
      run("move", options, modules.move, (module, taken) => module.move(context, from, to, taken)),
    downloadUrl: (path, options) =>
      run("downloadUrl", options, modules.downloadUrl, (module, taken) => module.downloadUrl(context, path, taken)),
    prepareUpload: (path, options) =>
      run(
        "prepareUpload",
        options,
        modules.prepareUpload,
        (module, taken) => module.prepareUpload(context, path, taken),
      ),
    prepareMultipartUpload: (path, options) =>
      run("prepareMultipartUpload", options, modules.directMultipart, (module, taken) => {
        return module.prepareMultipartUpload(context, path, taken);
      }),
    resumeMultipartUpload: (state) => resumeMultipartUpload(context, state),
    abortStaleUploads: (options) =>
      run(
        "abortStaleUploads",
        options,
        modules.staleUploads,
        (module, taken) => module.abortStaleUploads(context, taken),
      ),
    folder(path) {
      assertFolderPath(path);
      return sourceOf(capabilities, { ...context, scope: context.scope + toPrefix(path) });
    },
    diagnose: (options) =>
      run("diagnose", options, modules.diagnose, (module, taken) => module.diagnose(context, taken)),
    credentials: (options) =>
      run("credentials", options, modules.signingGrant, (module, taken) => module.credentials(context, taken)),
  };
}

/** Calls an operation with a copy of its options: the caller may change them while it is loaded. */
async function run<Options extends object | undefined, Module, Result>(
  operation: OperationName,
  options: Options,
  load: () => Module | Promise<Module>,
  call: (module: Module, taken: Options) => Promise<Result>,
): Promise<Result> {
  const taken = takeOptions(operation, options);
  const module = load();
  if (!(module instanceof Promise)) return await call(module, taken);
  const arrived = await module.catch((error) => {
    throw withPurpose(error, { action: `run ${operation}()` });
  });
  return await call(arrived, taken);
}

/** What most programs begin with is there from the start. */
const first = () => FIRST;
const FIRST = { read };
const modules = {
  connect: lazyModule(() => import("./operations/connect.ts")),
  stat: lazyModule(() => import("./operations/stat.ts")),
  readText: lazyModule(() => import("./operations/read_text.ts")),
  stream: lazyModule(() => import("./operations/stream.ts")),
  serveFile: lazyModule(() => import("./operations/serve_file.ts")),
  list: lazyModule(() => import("./operations/list.ts")),
  upload: lazyModule(() => import("./operations/upload.ts")),
  deleteFiles: lazyModule(() => import("./operations/delete.ts")),
  deleteTree: lazyModule(() => import("./operations/delete_tree.ts")),
  copy: lazyModule(() => import("./operations/copy.ts")),
  move: lazyModule(() => import("./operations/move.ts")),
  downloadUrl: lazyModule(() => import("./operations/download_url.ts")),
  prepareUpload: lazyModule(() => import("./operations/prepare_upload.ts")),
  directMultipart: lazyModule(() => import("./operations/direct_multipart.ts")),
  staleUploads: lazyModule(() => import("./operations/abort_stale_uploads.ts")),
  diagnose: lazyModule(() => import("./operations/diagnose.ts")),
  signingGrant: lazyModule(() => import("./operations/signing_grant.ts")),
};

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
    const module = import("./credentials/obtained_grants.ts");
    const { createObtainedGrants } = await loaded(module, "obtain credentials");
    const broker = credentials.kind === "broker" ? credentials : undefined;
    const location = { ...config, bucketProblem, urlProblem };
    return createObtainedGrants({ provider, broker, region, location, fetch, clock, emit });
  });
  return {
    get: async (options) => await (await cache()).get(options),
    renew: async (rejected, signal) => await (await cache()).renew(rejected, signal),
  };
}
