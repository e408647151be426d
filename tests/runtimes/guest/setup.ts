import type { CodedFiles } from "./coded_files.ts";

/** The environment of a runtime's tests: an S3 store and other servers of this machine. */
export interface GuestSetup {
  /** The runtime's name, for the names of the tests. */
  readonly runtime: string;
  /** Bucket, endpoint and keys. */
  readonly store: Readonly<Record<"bucket" | "endpointUrl" | "accessKeyId" | "secretAccessKey", string>>;
  /** A role to assume there. */
  readonly roleArn: string;
  /** Responds to `?prefix=` with the keys of the unfinished multipart uploads below it, as the AWS SDK lists them. */
  readonly uploadsUrl: string;
  /** A credentials broker that accepts `brokerSecret`. */
  readonly brokerUrl: string;
  /** A tenant's secret, for any broker here. */
  readonly brokerSecret: string;
  /** Its SHA-256. */
  readonly brokerSecretSha256: string;
  /** Files that are compressed. */
  readonly codedFiles: CodedFiles;
}

/** The tests of a runtime by name. */
export type GuestTests = Map<string, () => Promise<void>>;
