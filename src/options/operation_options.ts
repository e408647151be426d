import type {
  AbortStaleUploadsOptions,
  PrepareMultipartUploadOptions,
  PrepareUploadOptions,
} from "./direct_upload_types.ts";
import { InvalidArgumentError } from "./errors.ts";
import { nearestName } from "./nearest_name.ts";
import type {
  CopyOptions,
  DownloadUrlOptions,
  ListOptions,
  ReadOptions,
  SignalOptions,
  StreamOptions,
  UploadOptions,
  WalkOptions,
} from "./types.ts";

/** The names of an operation's options: all of them, as the compiler sees to. */
type OptionNames<Options> = Readonly<Record<keyof Options, true>>;

const SIGNAL: OptionNames<SignalOptions> = { signal: true };
const STREAM: OptionNames<StreamOptions> = { ...SIGNAL, range: true, ifMatch: true };
const READ: OptionNames<ReadOptions> = { ...STREAM, maxBytes: true };
const WALK: OptionNames<WalkOptions> = { ...SIGNAL, prefix: true };
const LIST: OptionNames<ListOptions> = { ...WALK, cursor: true, limit: true, folders: true };
const UPLOAD: OptionNames<UploadOptions> = {
  ...SIGNAL,
  contentType: true,
  size: true,
  metadata: true,
  ifNoneMatch: true,
  ifMatch: true,
  cacheControl: true,
  contentDisposition: true,
  onProgress: true,
};
const COPY: OptionNames<CopyOptions> = { ...SIGNAL, metadata: true };
const DOWNLOAD_URL: OptionNames<DownloadUrlOptions> = {
  ...SIGNAL,
  expiresInSeconds: true,
  filename: true,
  inline: true,
};
const PREPARE_UPLOAD: OptionNames<PrepareUploadOptions> = {
  ...SIGNAL,
  contentType: true,
  size: true,
  maxBytes: true,
  expiresInSeconds: true,
  method: true,
  ifNoneMatch: true,
  metadata: true,
};
const PREPARE_MULTIPART_UPLOAD: OptionNames<PrepareMultipartUploadOptions> = {
  ...SIGNAL,
  size: true,
  contentType: true,
  partSizeBytes: true,
  metadata: true,
};
const ABORT_STALE_UPLOADS: OptionNames<AbortStaleUploadsOptions> = { ...SIGNAL, olderThanSeconds: true };

/** What each operation of a source takes. */
export const OPTION_NAMES = {
  connect: SIGNAL,
  stat: SIGNAL,
  read: READ,
  stream: STREAM,
  list: LIST,
  walk: WALK,
  upload: UPLOAD,
  delete: SIGNAL,
  deleteMany: SIGNAL,
  copy: COPY,
  move: SIGNAL,
  downloadUrl: DOWNLOAD_URL,
  prepareUpload: PREPARE_UPLOAD,
  prepareMultipartUpload: PREPARE_MULTIPART_UPLOAD,
  abortStaleUploads: ABORT_STALE_UPLOADS,
  diagnose: SIGNAL,
  credentials: SIGNAL,
} as const;

/**
 * Checks the names of options, for callers whom no compiler tells: a misspelt `ifNoneMatch` would replace a file. `undefined` counts as
 * absent.
 *
 * @throws {InvalidArgumentError} If one is unknown, or the options are no object.
 */
export function assertOptions(operation: keyof typeof OPTION_NAMES, options: object | undefined): void {
  if (options === undefined) return;
  if (typeof options !== "object" || options === null) {
    throw new InvalidArgumentError(
      `Cannot ${operation}(): the options are not an object, but ${JSON.stringify(options)}`,
    );
  }
  const known: object = OPTION_NAMES[operation];
  for (const [name, value] of Object.entries(options)) {
    if (value === undefined || Object.hasOwn(known, name)) continue;
    const nearest = nearestName(name, Object.keys(known));
    throw new InvalidArgumentError(
      `Cannot ${operation}(): there is no option ${JSON.stringify(name)}; did you mean "${nearest}"?`,
    );
  }
}

/** The same as a promise that rejects; `undefined` if there is nothing to refuse. */
export function refuseOptions(
  operation: keyof typeof OPTION_NAMES,
  options: object | undefined,
): Promise<never> | undefined {
  try {
    assertOptions(operation, options);
    return undefined;
  } catch (error) {
    return Promise.reject(error);
  }
}
