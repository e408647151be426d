import type { S3SourceEvent } from "./events.ts";
import type { StoreTraits } from "./store_traits.ts";

/**
 * The folder, and how to obtain credentials for it. Each option has two spellings, camelCase and that of the Python
 * plugin datasette-files-s3, so that a block of a datasette.yaml can be passed unchanged.
 *
 * Credentials come from the first of these that is configured; if that fails, the others are not tried:
 *
 * 1. a credentials broker: `credentialsUrl` with `credentialsUrlSecret`;
 * 2. keys: `accessKeyId`, `secretAccessKey` and, for temporary ones, `sessionToken`;
 * 3. the default AWS credential chain.
 */
export interface S3SourceConfig {
  /**
   * Bucket name. Required, unless a broker or `credentials` supplies it. Ignored with a broker, which decides by its
   * `S3Folder`.
   */
  bucket?: string | undefined;
  /** Region of the bucket; with an `endpointUrl` any name that the store gives it. Default `"us-east-1"`. */
  region?: string | undefined;
  /**
   * A folder in the bucket, with or without a trailing slash: `"team"` is `team/`, and never reaches `team-2/`.
   * Default: the whole bucket. Ignored with a broker.
   */
  prefix?: string | undefined;
  /**
   * The `http:` or `https:` URL of a store other than AWS, without the bucket, which is then in the path unless
   * `store.addressing` says otherwise. Default: AWS, in the partition of `region`.
   */
  endpointUrl?: string | undefined;
  /**
   * The store's URL as browsers and others reach it, for signed URLs only, if `endpointUrl` is an address that they
   * cannot use. Default: `endpointUrl`.
   */
  publicEndpointUrl?: string | undefined;
  /** Access key id. Required with `secretAccessKey`. Default: credentials of a broker or the default chain. */
  accessKeyId?: string | undefined;
  /** Secret access key. Required with `accessKeyId`. */
  secretAccessKey?: string | undefined;
  /** Session token, required by temporary keys; only with `accessKeyId`. Default: none, as for permanent keys. */
  sessionToken?: string | undefined;
  /** URL of a credentials broker: `https:`, or `http:` on the loopback interface. Default: no broker. */
  credentialsUrl?: string | undefined;
  /** The secret for the broker, sent as the form field `secret`. Required with `credentialsUrl`. */
  credentialsUrlSecret?: string | undefined;
  /**
   * Allow an `http:` broker on another host; the secret and the keys then cross the network unencrypted. Default
   * `false`.
   */
  allowInsecureCredentialsUrl?: boolean | undefined;
  /**
   * Send requests unsigned, without looking for credentials, as public buckets allow. What needs keys, such as signed
   * URLs, fails with {@link CredentialsError}. Default `false`.
   */
  anonymous?: boolean | undefined;
  /**
   * Pay for the requests, as buckets with Requester Pays demand of everyone but their owner.
   * https://docs.aws.amazon.com/AmazonS3/latest/userguide/RequesterPaysBuckets.html Default `false`.
   */
  requesterPays?: boolean | undefined;
  /** How the store differs from AWS. Default: that is found out. */
  store?: StoreTraits | undefined;
  /** Same as `endpointUrl`. */
  endpoint_url?: string | undefined;
  /** Same as `publicEndpointUrl`. */
  public_endpoint_url?: string | undefined;
  /** Same as `accessKeyId`. */
  access_key_id?: string | undefined;
  /** Same as `secretAccessKey`. */
  secret_access_key?: string | undefined;
  /** Same as `sessionToken`. */
  session_token?: string | undefined;
  /** Same as `credentialsUrl`. */
  credentials_url?: string | undefined;
  /** Same as `credentialsUrlSecret`. */
  credentials_url_secret?: string | undefined;
  /** Same as `allowInsecureCredentialsUrl`. */
  allow_insecure_credentials_url?: boolean | undefined;
  /** Same as `requesterPays`. */
  requester_pays?: boolean | undefined;
}

/** How a source behaves. Every option has a default. */
export interface S3SourceOptions {
  /**
   * Obtains credentials, in place of the broker, keys or default chain of the config; they are cached and checked in
   * the same way. Default: the config decides.
   */
  credentials?: CredentialsProvider | undefined;
  /** Sends requests to the store and the broker. Default `globalThis.fetch`, looked up for each request. */
  fetch?: typeof fetch | undefined;
  /** The clock for signatures and expiration, in epoch milliseconds. Default `Date.now`. */
  now?: (() => number) | undefined;
  /** When to retry a failed request. Default: up to 5 tries. */
  retry?: RetryOptions | undefined;
  /** How long a request may take. Default: 30 seconds without progress. */
  timeouts?: TimeoutOptions | undefined;
  /** How files are uploaded. Default: in parts of 8 MiB, four at a time. */
  upload?: UploadDefaults | undefined;
  /** How large files are read. Default: in ranges of 8 MiB, eight at a time. */
  download?: DownloadDefaults | undefined;
  /**
   * Receives events for logs and tracing, without secrets or URLs. Errors it throws are ignored. Default: no events.
   */
  onEvent?: ((event: S3SourceEvent) => void) | undefined;
}

/** When to retry a failed request: after network errors, 408, 429, 500, 502, 503, 504 and S3's own transient codes. */
export interface RetryOptions {
  /** Tries in total, including the first: 1 or more. Default 5. */
  maxAttempts?: number | undefined;
  /**
   * Upper bound of the first delay, in milliseconds; it doubles with each try. The delay is random below it. Default
   * 100.
   */
  baseDelayMs?: number | undefined;
  /** Upper bound of every delay, in milliseconds, even if `Retry-After` asks for more. Default 5,000. */
  maxDelayMs?: number | undefined;
}

/** How long a request may take, in milliseconds; then it fails with {@link TimeoutError}. */
export interface TimeoutOptions {
  /**
   * Until the response's headers arrive, for each try; plus one second for every 64 KiB of a body to send. Default
   * 30,000.
   */
  headersMs?: number | undefined;
  /**
   * Between two chunks of a response's body; a body of up to 1 MiB is one, with one second more for every 64 KiB.
   * Default 30,000.
   */
  idleMs?: number | undefined;
  /** For all tries of one request together, until its headers arrive. Default: no limit. */
  totalMs?: number | undefined;
}

/** How files are uploaded. */
export interface UploadDefaults {
  /** Bytes in a part, 5 MiB to 5 GiB; a file of up to this size is sent in one request. Default 8 MiB. */
  partSizeBytes?: number | undefined;
  /**
   * Parts of a file sent at the same time, 1 or more; with `partSizeBytes`, bounds the memory of an upload. Default 4.
   */
  concurrency?: number | undefined;
  /** How the store encrypts files. Default: as the bucket says. */
  encryption?: Encryption | undefined;
  /** The storage class of files, e.g. `"STANDARD_IA"`. Default: the store's. */
  storageClass?: string | undefined;
}

/**
 * How `read` gets a file of more than two parts, and `stream` one that arrives slowly, whose ranges together have at
 * most 24 MiB.
 */
export interface DownloadDefaults {
  /** Bytes in a range, 64 KiB or more. Default 8 MiB. */
  partSizeBytes?: number | undefined;
  /** Ranges of a file requested at the same time, 1 or more; browsers send six to a host and queue the others. Default 8. */
  concurrency?: number | undefined;
}

/**
 * How the store encrypts a file: with keys of its own, or with a key of AWS KMS, by default the account's.
 * https://docs.aws.amazon.com/AmazonS3/latest/userguide/serv-side-encryption.html
 */
export type Encryption =
  | { readonly algorithm: "AES256" }
  | { readonly algorithm: "aws:kms" | "aws:kms:dsse"; readonly kmsKeyId?: string | undefined };

/** Keys that sign requests, in the form that AWS SDK clients accept. */
export interface Credentials {
  /** Access key id. */
  readonly accessKeyId: string;
  /** Secret access key. */
  readonly secretAccessKey: string;
  /** Session token; absent for permanent keys. */
  readonly sessionToken?: string;
  /** When the credentials expire; absent if they do not. */
  readonly expiration?: Date;
}

/** The credentials that a {@link CredentialsProvider} returns, and what they are for. */
export interface ScopedCredentials {
  /** Access key id. */
  readonly accessKeyId: string;
  /** Secret access key. */
  readonly secretAccessKey: string;
  /** Session token. Default: none, as for permanent keys. */
  readonly sessionToken?: string | undefined;
  /** When the credentials expire. Default: never. */
  readonly expiration?: Date | undefined;
  /** The bucket of the credentials. Default: that of the config. */
  readonly bucket?: string | undefined;
  /** The folder of the credentials. Default: that of the config. */
  readonly prefix?: string | undefined;
}

/**
 * Obtains credentials and, optionally, their bucket and folder. All operations that are waiting share one call. Any
 * credentials provider of the AWS SDK fits, and so does `credentials` of another source.
 */
export type CredentialsProvider =
  | ((context: { signal: AbortSignal }) => Promise<ScopedCredentials>)
  | (() => Promise<ScopedCredentials>);
