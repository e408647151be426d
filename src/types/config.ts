import type { S3SourceEvent } from "./events.ts";

/**
 * Where the files are and how to get credentials for them. Each option has two spellings: camelCase, and the one of the
 * Python plugin datasette-files-s3, so that a block of a datasette.yaml can be passed as it is. An absent option may also be
 * `null`, as an empty YAML value is.
 *
 * Credentials are taken from the first of these that is configured, and never from another when it fails:
 *
 * 1. a credentials broker: `credentialsUrl` with `credentialsUrlSecret`;
 * 2. the keys: `accessKeyId`, `secretAccessKey` and, for temporary ones, `sessionToken`;
 * 3. the default AWS credential chain.
 */
export interface S3SourceConfig {
  /** Bucket name. Required without a broker or a `provider`; ignored with a broker, whose `S3Folder` alone decides. */
  bucket?: string | null | undefined;
  /** AWS region of the bucket. Default `"us-east-1"`. */
  region?: string | null | undefined;
  /** The folder within the bucket, with or without a trailing slash. Default: the whole bucket. Ignored with a broker. */
  prefix?: string | null | undefined;
  /** The store's `http:` or `https:` URL when it is not AWS. The bucket is then part of the path. */
  endpointUrl?: string | null | undefined;
  /** Access key id; goes with `secretAccessKey`. */
  accessKeyId?: string | null | undefined;
  /** Secret access key; goes with `accessKeyId`. */
  secretAccessKey?: string | null | undefined;
  /** Session token of temporary keys. */
  sessionToken?: string | null | undefined;
  /** URL of a credentials broker: `https:`, or `http:` on the loopback interface. */
  credentialsUrl?: string | null | undefined;
  /** What is sent to the broker as the form field `secret`. Required with `credentialsUrl`. */
  credentialsUrlSecret?: string | null | undefined;
  /** Accept an `http:` broker beyond the loopback interface; the secret and the keys then cross the network in the clear. Default `false`. */
  allowInsecureCredentialsUrl?: boolean | null | undefined;
  /** Same as `endpointUrl`. */
  endpoint_url?: string | null | undefined;
  /** Same as `accessKeyId`. */
  access_key_id?: string | null | undefined;
  /** Same as `secretAccessKey`. */
  secret_access_key?: string | null | undefined;
  /** Same as `sessionToken`. */
  session_token?: string | null | undefined;
  /** Same as `credentialsUrl`. */
  credentials_url?: string | null | undefined;
  /** Same as `credentialsUrlSecret`. */
  credentials_url_secret?: string | null | undefined;
  /** Same as `allowInsecureCredentialsUrl`. */
  allow_insecure_credentials_url?: boolean | null | undefined;
}

/** How a source behaves. Everything has a default. */
export interface S3SourceOptions {
  /** The application's own way to a grant, in place of broker, keys and default chain; cached and checked like theirs. */
  provider?: GrantProvider;
  /** What sends requests, to the store and to the broker. Default `globalThis.fetch`, looked up at each request. */
  fetch?: typeof fetch;
  /** The clock for signing and for expiry, in epoch milliseconds. Default `Date.now`. */
  now?: () => number;
  /** When a failed request is tried again. */
  retry?: RetryOptions;
  /** How long a request may take. */
  timeouts?: TimeoutOptions;
  /** How files are cut into parts. */
  upload?: UploadDefaults;
  /** Receives what happens, for logs and tracing. Must not throw; never receives a secret or a URL. */
  onEvent?: (event: S3SourceEvent) => void;
}

/** When a failed request is tried again: network errors, 408, 429, 500, 502, 503, 504 and S3's own transient codes. */
export interface RetryOptions {
  /** Tries in all, the first included. Default 5. */
  maxAttempts?: number;
  /** Upper bound of the first delay, in milliseconds; it doubles with each try, and the delay is random below it. Default 100. */
  baseDelayMs?: number;
  /** Upper bound of any delay, in milliseconds; also caps what a `Retry-After` asks for. Default 5,000. */
  maxDelayMs?: number;
}

/** How long a request may take, in milliseconds. */
export interface TimeoutOptions {
  /** Until the headers of the answer are there, for one try; a body being sent adds a second for each 64 KiB. Default 30,000. */
  headersMs?: number;
  /** Between two chunks of a body. Default 30,000. */
  idleMs?: number;
  /** Over all tries of one request, until its headers are there. Default: no limit. */
  totalMs?: number;
}

/** How files are cut into parts. */
export interface UploadDefaults {
  /** Bytes in a part, at least 5 MiB; a file up to this size is sent as one request. Default 8 MiB. */
  partSizeBytes?: number;
  /** Parts of one file sent at the same time; with `partSizeBytes` it bounds the memory an upload takes. Default 4. */
  concurrency?: number;
  /** Cut every part but the last to the same size, for stores that need it; limits a file of unknown size to 10,000 parts of it. Default `false`. */
  equalParts?: boolean;
  /**
   * Send `x-amz-checksum-sha256`, which the store verifies and keeps. `false` for stores that reject the header: a
   * metadata `sha256` takes its place, except for streams of more than one part. Default `true`.
   */
  sendChecksums?: boolean;
}

/** Keys for signing requests. */
export interface Credentials {
  /** Access key id. */
  readonly accessKeyId: string;
  /** Secret access key. */
  readonly secretAccessKey: string;
  /** Session token of temporary keys. */
  readonly sessionToken?: string;
}

/** What a {@link GrantProvider} returns. */
export interface ProvidedGrant {
  /** The keys. */
  credentials: Credentials;
  /** When the keys end; absent if they do not. */
  expiration?: Date;
  /** The bucket the keys are for. Default: the configured one. */
  bucket?: string;
  /** The folder the keys are for. Default: the configured one. */
  prefix?: string;
}

/** Obtains credentials, and optionally where they apply. Called once whatever the number of operations that wait for it. */
export type GrantProvider = (context: { signal: AbortSignal }) => Promise<ProvidedGrant>;
