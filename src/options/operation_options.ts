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
  filledText,
  flag,
  isGroup,
  required,
  signal,
  text,
  textsByName,
  valueThat,
  whole,
  wholeOrInfinity,
} from "./checks.ts";
import { checkOptions, type OptionTable } from "./option_table.ts";
import { kindOf } from "./mapping.ts";
import { PART_SIZE_BYTES } from "./source_options.ts";

const SIGNAL: OptionTable<SignalOptions> = { signal };
const STREAM: OptionTable<StreamOptions> = {
  ...SIGNAL,
  range: valueThat("object", "{ offset, length } or { suffixLength }, in bytes", isGroup),
  ifMatch: filledText,
};
const READ: OptionTable<ReadOptions> = { ...STREAM, maxBytes: wholeOrInfinity(0) };
const WALK: OptionTable<WalkOptions> = { ...SIGNAL, prefix: text };
const LIST: OptionTable<ListOptions> = {
  ...WALK,
  cursor: { type: "any", check: (value) => value === null ? undefined : text.check(value) },
  limit: whole(1),
  folders: flag,
};
const CONDITIONS = {
  ifNoneMatch: valueThat("string", '"*"', (value) => value === "*"),
  ifMatch: filledText,
};
const UPLOAD: OptionTable<UploadOptions> = {
  ...SIGNAL,
  ...CONDITIONS,
  contentType: text,
  size: whole(0),
  metadata: textsByName,
  cacheControl: text,
  contentDisposition: text,
  onProgress: callable,
};
const COPY: OptionTable<CopyOptions> = { ...SIGNAL, metadata: textsByName };
/** https://docs.aws.amazon.com/AmazonS3/latest/userguide/using-presigned-url.html */
const EXPIRES = { expiresInSeconds: whole(1, 604_800) };
const DOWNLOAD_URL: OptionTable<DownloadUrlOptions> = {
  ...SIGNAL,
  ...EXPIRES,
  filename: text,
  inline: flag,
};
const PREPARE_UPLOAD: OptionTable<PrepareUploadOptions> = {
  ...SIGNAL,
  ...EXPIRES,
  contentType: text,
  size: whole(0),
  maxBytes: whole(0),
  method: valueThat("string", '"POST" or "PUT"', (value) => value === "POST" || value === "PUT"),
  ifNoneMatch: CONDITIONS.ifNoneMatch,
  metadata: textsByName,
};
const PREPARE_MULTIPART_UPLOAD: OptionTable<PrepareMultipartUploadOptions> = {
  ...SIGNAL,
  size: required(whole(1)),
  contentType: text,
  partSizeBytes: PART_SIZE_BYTES,
  metadata: textsByName,
};
const ABORT_STALE_UPLOADS: OptionTable<AbortStaleUploadsOptions> = { ...SIGNAL, olderThanSeconds: required(whole(0)) };
const PART_URL: OptionTable<PartUrlOptions> = { ...SIGNAL, ...EXPIRES };
const COMPLETE: OptionTable<CompleteUploadOptions> = { ...SIGNAL, ...CONDITIONS };

/** The options of each operation of a source, and of an upload in parts. */
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
  deleteFolder: SIGNAL,
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

/** Operations with required options. */
const NEEDS_OPTIONS: ReadonlySet<string> = new Set(["prepareUpload", "prepareMultipartUpload", "abortStaleUploads"]);

/**
 * Checks the options of an operation, before any I/O.
 *
 * @throws {InvalidArgumentError} If one is unknown or of the wrong type, or the options are not an object.
 */
export function assertOptions(operation: keyof typeof OPERATION_OPTIONS, options: object | undefined): void {
  if (options === undefined && !NEEDS_OPTIONS.has(operation)) return;
  if (!isGroup(options)) {
    throw new InvalidArgumentError(`Cannot ${operation}(): the options are not an object, but ${kindOf(options)}`);
  }
  checkOptions(options, OPERATION_OPTIONS[operation], {
    refuse: (name, reason) =>
      new InvalidArgumentError(`Cannot ${operation}() with the option ${show(name)}: ${reason}`),
  });
}

/** Like {@link assertOptions}, but as a promise that rejects; `undefined` if all is well. */
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
