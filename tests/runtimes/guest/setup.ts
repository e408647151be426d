/** What a runtime is told before its tests: an S3 store, and what else of this machine they use. */
export interface GuestSetup {
  /** Which runtime it is, for the names of the tests. */
  readonly runtime: string;
  /** Bucket, endpoint and keys. */
  readonly store: Readonly<Record<"bucket" | "endpointUrl" | "accessKeyId" | "secretAccessKey", string>>;
  /** A role to assume there. */
  readonly roleArn: string;
  /** Answers `?prefix=` with the keys of the unfinished multipart uploads below it, as the AWS SDK sees them. */
  readonly uploadsUrl: string;
  /** A credentials broker that takes a moment, and `brokerSecret`. */
  readonly brokerUrl: string;
  /** A tenant's secret, for any broker here. */
  readonly brokerSecret: string;
  /** Its SHA-256. */
  readonly brokerSecretSha256: string;
}

/** The tests of a runtime: what each does, by its name. */
export type GuestTests = Map<string, () => Promise<void>>;
