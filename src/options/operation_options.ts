import type {
  AbortStaleUploadsOptions,
  CompleteUploadOptions,
  PartUrlOptions,
  PrepareMultipartUploadOptions,
  PrepareUploadOptions,
} from "../types/direct_uploads.ts";
import { InvalidArgumentError, show } from "../errors.ts";
import type { FileAttributes } from "../types/file_attributes.ts";
import type {
  CopyOptions,
  DownloadUrlOptions,
  ListOptions,
  MoveOptions,
  ReadOptions,
  ServeFileOptions,
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
  oneOf,
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
import { encryption, storageClass } from "./storage.ts";

const SIGNAL: OptionTable<SignalOptions> = { signal };
const STREAM: OptionTable<StreamOptions> = {
  ...SIGNAL,
  range: { type: "object", check: rangeProblem },
  ifMatch: filledText,
  verify: flag,
};
const READ: OptionTable<ReadOptions> = {
  ...STREAM,
  maxBytes: { type: "number", check: (value) => wholeOrInfinity(0).check(value) && "it must be a number of bytes" },
};
const { range: _, ...TEXT }: OptionTable<ReadOptions> = READ;
const SERVE_FILE: OptionTable<ServeFileOptions> = { filename: text, inline: flag, cacheControl: filledText };
const WALK: OptionTable<WalkOptions> = { ...SIGNAL, prefix: text, concurrency: whole(1) };
const LIST: OptionTable<ListOptions> = {
  ...SIGNAL,
  prefix: text,
  cursor: { type: "any", check: (value) => value === null ? undefined : text.check(value) },
  limit: whole(1),
  recursive: flag,
};
const CONDITIONS = {
  ifNoneMatch: oneOf("*"),
  ifMatch: filledText,
};
const ATTRIBUTES: OptionTable<FileAttributes> = {
  contentType: text,
  metadata: textsByName,
  cacheControl: text,
  contentDisposition: text,
  storageClass,
  encryption,
};
const UPLOAD: OptionTable<UploadOptions> = {
  ...SIGNAL,
  ...CONDITIONS,
  ...ATTRIBUTES,
  size: whole(0),
  maxBytes: wholeOrInfinity(0),
  contentHash: valueThat("boolean", "false", (value) => value === false),
  onProgress: callable,
};
const COPY: OptionTable<CopyOptions> = { ...SIGNAL, ...ATTRIBUTES, ...CONDITIONS };
const MOVE: OptionTable<MoveOptions> = { ...SIGNAL, ...CONDITIONS };
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
  ...ATTRIBUTES,
  size: whole(0),
  maxBytes: whole(0),
  method: oneOf("POST", "PUT"),
  ifNoneMatch: CONDITIONS.ifNoneMatch,
};
const PREPARE_MULTIPART_UPLOAD: OptionTable<PrepareMultipartUploadOptions> = {
  ...SIGNAL,
  ...ATTRIBUTES,
  size: required(whole(1)),
  partSizeBytes: PART_SIZE_BYTES,
};
const ABORT_STALE_UPLOADS: OptionTable<AbortStaleUploadsOptions> = { ...SIGNAL, olderThanSeconds: required(whole(0)) };
const PART_URL: OptionTable<PartUrlOptions> = { ...SIGNAL, ...EXPIRES };
const COMPLETE: OptionTable<CompleteUploadOptions> = { ...SIGNAL, ...CONDITIONS };

/** The options of each operation of a source, and of an upload in parts. */
export const OPERATION_OPTIONS = {
  connect: SIGNAL,
  stat: SIGNAL,
  read: READ,
  readText: TEXT,
  readJson: TEXT,
  stream: STREAM,
  serveFile: SERVE_FILE,
  list: LIST,
  walk: WALK,
  upload: UPLOAD,
  delete: SIGNAL,
  deleteMany: SIGNAL,
  deleteFolder: SIGNAL,
  copy: COPY,
  move: MOVE,
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

/** The name of an operation with options. */
export type OperationName = keyof typeof OPERATION_OPTIONS;

/** Operations with required options. */
const NEEDS_OPTIONS: ReadonlySet<string> = new Set(["prepareUpload", "prepareMultipartUpload", "abortStaleUploads"]);

/**
 * Checks the options of an operation, before any I/O.
 *
 * @throws {InvalidArgumentError} If one is unknown or of the wrong type, or the options are not an object.
 */
export function assertOptions(operation: OperationName, options: object | undefined): void {
  if (options === undefined && !NEEDS_OPTIONS.has(operation)) return;
  if (!isGroup(options)) {
    throw new InvalidArgumentError(`Cannot ${operation}(): the options are not an object, but ${kindOf(options)}`);
  }
  checkOptions(options, OPERATION_OPTIONS[operation], {
    refuse: (name, reason) =>
      new InvalidArgumentError(`Cannot ${operation}() with the option ${show(name)}: ${reason}`),
  });
}

/**
 * Checks the options of an operation, and copies them: the caller may change them while the operation loads.
 *
 * @throws {InvalidArgumentError} As {@link assertOptions} does.
 */
export function takeOptions<Options extends object | undefined>(
  operation: OperationName,
  options: Options,
): Options {
  assertOptions(operation, options);
  if (options === undefined) return options;
  const taken = { ...options };
  for (const name in options) {
    const value: unknown = Reflect.get(options, name);
    Reflect.set(taken, name, isGroup(value) && name !== "signal" ? { ...value } : value);
  }
  return taken;
}

/** `{ start, end }` and the like would otherwise read something else. The numbers are checked with the operation. */
function rangeProblem(value: unknown): string | undefined {
  const expected = "it must be { offset, length } or { suffixLength }, in bytes";
  if (!isGroup(value)) return expected;
  const names = Object.entries(value).flatMap(([name, given]) => given === undefined ? [] : [name]).sort();
  if (["length,offset", "offset", "suffixLength"].includes(names.join())) return undefined;
  return names.length === 0 ? expected : `${expected}, not { ${names.join(", ").slice(0, 100)} }`;
}
