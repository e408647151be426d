import type { S3Connection } from "./files.ts";

/** The name of a check of {@link S3Source.diagnose}. */
export type DiagnosisCheckName =
  | "connect"
  | "list"
  | "read"
  | "write"
  | "ifNoneMatch"
  | "ifMatch"
  | "multipart"
  | "multipartIfNoneMatch"
  | "copyIfNoneMatch"
  | "delete"
  | "missingFile"
  | "listBucketRoot"
  | "listSibling"
  | "readSibling";

/** The result of one check. */
export interface DiagnosisCheck {
  /** Which check. */
  readonly name: DiagnosisCheckName;
  /**
   * The store `"allowed"` or `"denied"` it, it `"failed"` for another reason, or it was `"skipped"`. Three kinds of
   * checks have a meaning of their own:
   *
   * - `connect`: the store answers and accepts the keys (`"allowed"`), or denies everything to them (`"denied"`), as
   *   some stores do to unknown keys.
   * - `missingFile`: it reports a missing file with 404 (`"allowed"`), or hides it with 403 (`"denied"`).
   * - Conditions: it honours them (`"allowed"`), or replaces the file regardless (`"ignored"`).
   */
  readonly outcome: "allowed" | "denied" | "ignored" | "failed" | "skipped";
  /** Whether the outcome is the desired one: allowed inside the folder, denied outside. */
  readonly ok: boolean;
  /** A sentence about the outcome, for the operator. */
  readonly message: string;
  /** The error's code, e.g. `"InvalidAccessKeyId"`; absent unless it failed, or `connect` was denied. */
  readonly code?: string;
}

/** What the credentials of a source allow. */
export interface Diagnosis {
  /** The bucket and folder of the credentials. */
  readonly connection: S3Connection;
  /** All checks, always in the same order. If the first, `connect`, is not `ok`, the others are skipped. */
  readonly checks: readonly DiagnosisCheck[];
  /** Whether files outside the folder can be listed or read. Also `false` if those checks failed: see `checks`. */
  readonly leaks: boolean;
  /** Paths of files that it wrote and could not delete again; they may be deleted. */
  readonly leftBehind: readonly string[];
}
