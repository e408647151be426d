/**
 * Files in S3 with temporary, folder-scoped credentials, on web-standard APIs.
 *
 * {@link createS3Source} makes a {@link S3Source} of a bucket, or of the folder that a credentials broker grants: list, stat,
 * read, stream, upload, delete, copy, move and sign URLs. Credentials are fetched, kept fresh and replaced by themselves.
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
  BrokerError,
  ConfigError,
  CredentialsExpiredError,
  FileNotFoundError,
  FileTooLargeError,
  IntegrityError,
  InvalidArgumentError,
  InvalidPathError,
  PreconditionFailedError,
  RangeNotSatisfiableError,
  S3SourceError,
  type S3SourceErrorOptions,
  ScopeChangedError,
  ServiceError,
  TimeoutError,
} from "./src/errors.ts";
export type {
  AbortedUpload,
  AbortStaleUploadsOptions,
  MultipartUpload,
  MultipartUploadState,
  PartUrl,
  PartUrlOptions,
  PreparedUpload,
  PrepareMultipartUploadOptions,
  PrepareUploadOptions,
  UploadedPart,
} from "./src/direct_upload_types.ts";
export type {
  ByteRange,
  Credentials,
  DeleteManyResult,
  Diagnosis,
  DiagnosisCheck,
  DiagnosisCheckName,
  DownloadUrlOptions,
  FileInfo,
  FileList,
  FileStream,
  GrantProvider,
  ListOptions,
  ProvidedGrant,
  ReadOptions,
  RefreshEvent,
  RequestEvent,
  RetryEvent,
  RetryOptions,
  S3Connection,
  S3Source,
  S3SourceCapabilities,
  S3SourceConfig,
  S3SourceEvent,
  S3SourceOptions,
  SignalOptions,
  SignedUrl,
  SourceCredentials,
  StreamOptions,
  TimeoutOptions,
  UploadBody,
  UploadDefaults,
  UploadOptions,
  UploadProgress,
  WalkOptions,
  WarningEvent,
} from "./src/types.ts";
