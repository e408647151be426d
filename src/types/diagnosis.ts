import type { S3Connection } from "./files.ts";

/** The name of a check of {@link S3Source.diagnose}. */
export type DiagnosisCheckName =
  | "list"
  | "read"
  | "write"
  | "multipart"
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
   * The store `"allowed"` or `"denied"` it, it `"failed"` for another reason, or it was `"skipped"`. For `missingFile`,
   * `"allowed"` means that the store reports a missing file (404), `"denied"` that it hides it (403).
   */
  readonly outcome: "allowed" | "denied" | "failed" | "skipped";
  /** Whether the outcome is the desired one: allowed inside the folder, denied outside. */
  readonly ok: boolean;
  /** A sentence about the outcome, for the operator. */
  readonly message: string;
}

/** What the credentials of a source allow. */
export interface Diagnosis {
  /** The bucket and folder of the credentials. */
  readonly connection: S3Connection;
  /** All checks, always in the same order. */
  readonly checks: readonly DiagnosisCheck[];
  /** Whether files outside the folder can be listed or read. Also `false` if those checks failed: see `checks`. */
  readonly leaks: boolean;
}
