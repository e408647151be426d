import type { S3Connection } from "./files.ts";

/** What {@link S3Source.diagnose} tries. */
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

/** One thing that was tried. */
export interface DiagnosisCheck {
  /** What. */
  readonly name: DiagnosisCheckName;
  /**
   * `"allowed"` or `"denied"` by the store; `"failed"` for another reason; `"skipped"` if it could not be tried. Of `missingFile`,
   * `"allowed"` means that the store tells that there is none (404), `"denied"` that it hides it (403).
   */
  readonly outcome: "allowed" | "denied" | "failed" | "skipped";
  /** Whether a source should have it so: allowed inside the folder, denied outside. */
  readonly isGood: boolean;
  /** A sentence for the operator. */
  readonly message: string;
}

/** What credentials may do. */
export interface Diagnosis {
  /** Where they lead. */
  readonly connection: S3Connection;
  /** Everything that was tried, in its order. */
  readonly checks: readonly DiagnosisCheck[];
  /** Whether something outside the folder can be listed or read. `false` also where that check failed: `checks` has it. */
  readonly leaks: boolean;
}
