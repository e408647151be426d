import type {
  AbortStaleUploadsOptions,
  CompleteUploadOptions,
  PartUrlOptions,
  PrepareMultipartUploadOptions,
  PrepareUploadOptions,
} from "../types/direct_uploads.ts";
import { InvalidArgumentError, show } from "../errors.ts";
import type {
  CopyOptions,
  DownloadUrlOptions,
  ListOptions,
  ReadOptions,
  SignalOptions,
  StreamOptions,
  UploadOptions,
  WalkOptions,
} from "../types/files.ts";
import {
  callable,
  type Checks,
  filledText,
  findProblem,
  flag,
  group,
  isGroup,
  number,
  signal,
  text,
  textsByName,
} from "./checks.ts";

const SIGNAL: Checks<SignalOptions> = { signal };
const STREAM: Checks<StreamOptions> = {
  ...SIGNAL,
  range: (value) => group(value) && "{ offset, length } or { suffixLength }, in bytes",
  ifMatch: filledText,
};
const READ: Checks<ReadOptions> = { ...STREAM, maxBytes: number };
const WALK: Checks<WalkOptions> = { ...SIGNAL, prefix: text };
const LIST: Checks<ListOptions> = {
  ...WALK,
  cursor: (value) => value === null ? undefined : text(value),
  limit: number,
  folders: flag,
};
const CONDITIONS = {
  ifNoneMatch: (value: unknown) => value === "*" ? undefined : '"*"',
  ifMatch: filledText,
};
const UPLOAD: Checks<UploadOptions> = {
  ...SIGNAL,
  ...CONDITIONS,
  contentType: text,
  size: number,
  metadata: textsByName,
  cacheControl: text,
  contentDisposition: text,
  onProgress: callable,
};
const COPY: Checks<CopyOptions> = { ...SIGNAL, metadata: textsByName };
const DOWNLOAD_URL: Checks<DownloadUrlOptions> = { ...SIGNAL, expiresInSeconds: number, filename: text, inline: flag };
const PREPARE_UPLOAD: Checks<PrepareUploadOptions> = {
  ...SIGNAL,
  contentType: text,
  size: number,
  maxBytes: number,
  expiresInSeconds: number,
  method: (value) => value === "POST" || value === "PUT" ? undefined : '"POST" or "PUT"',
  ifNoneMatch: CONDITIONS.ifNoneMatch,
  metadata: textsByName,
};
const PREPARE_MULTIPART_UPLOAD: Checks<PrepareMultipartUploadOptions> = {
  ...SIGNAL,
  size: number,
  contentType: text,
  partSizeBytes: number,
  metadata: textsByName,
};
const ABORT_STALE_UPLOADS: Checks<AbortStaleUploadsOptions> = { ...SIGNAL, olderThanSeconds: number };
const PART_URL: Checks<PartUrlOptions> = { ...SIGNAL, expiresInSeconds: number };
const COMPLETE: Checks<CompleteUploadOptions> = { ...SIGNAL, ...CONDITIONS };

/** What each operation of a source takes, and of an upload in parts. */
export const OPERATION_OPTIONS = {
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
  partUrl: PART_URL,
  uploadPart: SIGNAL,
  parts: SIGNAL,
  complete: COMPLETE,
  abort: SIGNAL,
} as const;

/** Operations that cannot do without options. */
const NEEDS_OPTIONS: ReadonlySet<string> = new Set(["prepareUpload", "prepareMultipartUpload", "abortStaleUploads"]);

/** What the options of other libraries are called here. */
const ALIASES = {
  maxKeys: "limit",
  pageSize: "limit",
  delimiter: "folders",
  continuationToken: "cursor",
  startAfter: "cursor",
  expiresIn: "expiresInSeconds",
  abortSignal: "signal",
};

/**
 * Checks the options of an operation, before it asks for anything.
 *
 * @throws {InvalidArgumentError} If one is unknown or of the wrong type, or the options are no object.
 */
export function assertOptions(operation: keyof typeof OPERATION_OPTIONS, options: object | undefined): void {
  if (options === undefined && !NEEDS_OPTIONS.has(operation)) return;
  if (!isGroup(options)) {
    throw new InvalidArgumentError(`Cannot ${operation}(): the options are not an object, but ${show(options)}`);
  }
  const problem = findProblem(options, OPERATION_OPTIONS[operation], ALIASES);
  if (problem === undefined) return;
  const { name, reason } = problem;
  throw new InvalidArgumentError(`Cannot ${operation}() with the option ${show(name)}: ${reason}`);
}

/** The same as a promise that rejects; `undefined` if there is nothing to refuse. */
export function refuseOptions(
  operation: keyof typeof OPERATION_OPTIONS,
  options: object | undefined,
): Promise<never> | undefined {
  try {
    assertOptions(operation, options);
    return undefined;
  } catch (error) {
    return Promise.reject(error);
  }
}
