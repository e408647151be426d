/**
 * Files in S3 with temporary, folder-scoped credentials, on web-standard APIs.
 *
 * {@link createS3Source} makes an {@link S3Source} of a bucket or a folder, such as the one that a credentials broker
 * grants: list, stat, read, stream, upload, copy, move and delete its files, and sign URLs for them. Credentials are
 * obtained and renewed automatically.
 *
 * @example
 * ```ts
 * import { assert } from "@std/assert";
 * import { createS3Source } from "@files/s3-source";
 *
 * const source = createS3Source({
 *   credentialsUrl: "https://broker.example.com/credentials",
 *   credentialsUrlSecret: "the application's secret",
 * });
 * assert(source.capabilities.canUpload);
 * ```
 *
 * @module
 */

export { createS3Source } from "./src/source.ts";
export {
  AccessDeniedError,
  ConfigError,
  CredentialsError,
  CredentialsExpiredError,
  FileNotFoundError,
  FileTooLargeError,
  IntegrityError,
  InvalidArgumentError,
  InvalidContentError,
  InvalidPathError,
  PreconditionFailedError,
  RangeNotSatisfiableError,
  S3SourceError,
  type S3SourceErrorName,
  type S3SourceErrorOptions,
  ScopeChangedError,
  ServiceError,
  TimeoutError,
} from "./src/errors.ts";
export type {
  AbortedUpload,
  AbortStaleUploadsOptions,
  CompleteUploadOptions,
  MultipartUpload,
  MultipartUploadState,
  PartUrlOptions,
  PreparedUpload,
  PrepareMultipartUploadOptions,
  PrepareUploadOptions,
  UploadPart,
  UploadPartPlace,
} from "./src/types/direct_uploads.ts";
export type {
  Credentials,
  CredentialsProvider,
  DownloadDefaults,
  Encryption,
  RetryOptions,
  S3SourceConfig,
  S3SourceOptions,
  ScopedCredentials,
  TimeoutOptions,
  UploadDefaults,
} from "./src/types/config.ts";
export type { Conditions, FileAttributes } from "./src/types/file_attributes.ts";
export type { Diagnosis, DiagnosisCheck, DiagnosisCheckName } from "./src/types/diagnosis.ts";
export type { RefreshEvent, RequestEvent, RetryEvent, S3SourceEvent, WarningEvent } from "./src/types/events.ts";
export type { S3Source } from "./src/types/source.ts";
export type { StoreTraits } from "./src/types/store_traits.ts";
export type {
  ByteRange,
  CopyOptions,
  DeleteManyResult,
  DownloadUrlOptions,
  FileEntry,
  FileInfo,
  FileStream,
  ListOptions,
  ListPage,
  MoveOptions,
  ReadOptions,
  S3Connection,
  S3SourceCapabilities,
  ServeFileOptions,
  SignalOptions,
  SignedUrl,
  StreamOptions,
  TextOptions,
  TransferProgress,
  UploadBody,
  UploadChunk,
  UploadOptions,
  WalkOptions,
} from "./src/types/files.ts";
