import {
  AccessDeniedError,
  CredentialsError,
  FileNotFoundError,
  S3SourceError,
  ServiceError,
  TimeoutError,
} from "../errors.ts";
import { rejectsCredentials } from "../s3/rejected_keys.ts";
import type { DiagnosisCheck, DiagnosisCheckName } from "../types/diagnosis.ts";

/** A check, and the error that decided it. */
export interface Attempt {
  readonly check: DiagnosisCheck;
  /** Absent if it was allowed. */
  readonly error?: unknown;
}

/** Makes a check. */
export async function attempt(name: DiagnosisCheckName, run: () => Promise<unknown>): Promise<Attempt> {
  try {
    await run();
    return { check: conclude(name, "allowed") };
  } catch (error) {
    if (error instanceof AccessDeniedError) return { check: conclude(name, "denied"), error };
    // The store says that a file is missing only to those who may read it.
    if (error instanceof FileNotFoundError && name === "readSibling") {
      return { check: conclude(name, "allowed"), error };
    }
    return { check: failed(name, error), error };
  }
}

/** The result of a check that was neither permitted nor denied. */
export function failed(name: DiagnosisCheckName, error: unknown): DiagnosisCheck {
  if (!(error instanceof S3SourceError)) return { name, outcome: "failed", ok: false, message: "it was interrupted" };
  return { name, outcome: "failed", ok: false, message: error.message, code: error.code };
}

/** The result of a check that was permitted or denied. */
export function conclude(name: DiagnosisCheckName, outcome: "allowed" | "denied"): DiagnosisCheck {
  const [whenAllowed, whenDenied] = MESSAGES[name];
  const ok = OUTSIDE.includes(name) ? outcome === "denied" : outcome === "allowed";
  return { name, outcome, ok, message: outcome === "allowed" ? whenAllowed : whenDenied };
}

/** The result of a check that could not be made. */
export function skipped(name: DiagnosisCheckName, message: string): DiagnosisCheck {
  return { name, outcome: "skipped", ok: false, message };
}

/**
 * Whether everything else would fail in the same way: it is not about one operation, but about the store or the keys.
 */
export function concernsAll(error: unknown): error is S3SourceError {
  if (!(error instanceof S3SourceError) || error instanceof AccessDeniedError) return false;
  if (error instanceof CredentialsError || error instanceof TimeoutError || rejectsCredentials(error)) return true;
  return WHOLE_CODES.has(error.code) || (error.code === "UnexpectedStatus" && error.status !== 403);
}

/** The codes of failures that concern the connection, the keys, the bucket, or a server that is not S3's. */
const WHOLE_CODES = new Set([
  "NetworkError",
  "InvalidResponse",
  "AnswerTooLarge",
  "Redirect",
  "NoSuchBucket",
  "InvalidBucketName",
  "SignatureDoesNotMatch",
  "RequestTimeTooSkewed",
  "AccountProblem",
  "NotSignedUp",
  "AllAccessDisabled",
  "PermanentRedirect",
  "AuthorizationHeaderMalformed",
]);

/** The result of `connect`, from that of the first request. */
export function concludeConnect(error: S3SourceError | undefined): DiagnosisCheck {
  if (error === undefined) return conclude("connect", "allowed");
  if (error instanceof AccessDeniedError) {
    const [said = ""] = / \(.*\)$/s.exec(error.message) ?? [];
    const check = conclude("connect", "denied");
    return { ...check, message: `${check.message}${said}`, code: error.code };
  }
  // Without the action, as any other would have failed as well.
  return { ...failed("connect", error), message: error.message.replace(/^Cannot list [^:]*: /, "") };
}

/** All checks of a store that cannot be used. */
export function unusable(error: S3SourceError): DiagnosisCheck[] {
  return [concludeConnect(error), ...NAMES.map((name) => skipped(name, "not tried, as the store cannot be used"))];
}

/** The error for a server that has a file whose name nobody can have chosen. */
export function impossibleFile(): ServiceError {
  return new ServiceError("Cannot trust the store: it has a file that cannot exist", { code: "InvalidResponse" });
}

/** The messages if it is allowed, and if it is denied. */
const MESSAGES: Readonly<Record<DiagnosisCheckName, readonly [string, string]>> = {
  connect: [
    "the store answers and accepts the keys",
    "everything is denied; are the keys for this store and this folder?",
  ],
  list: ["files can be listed", "files cannot be listed"],
  read: ["files can be read", "files cannot be read"],
  write: ["files can be written", "files cannot be written"],
  ifNoneMatch: ["a new file replaces no other", "writing a new file with If-None-Match is denied"],
  ifMatch: ["a changed file is not replaced", "If-Match is denied; some stores need permission to read for it"],
  multipart: ["large files can be uploaded in parts", "files cannot be uploaded in parts, which limits their size"],
  multipartIfNoneMatch: [
    "a new large file replaces no other",
    "completing a new large file with If-None-Match is denied",
  ],
  copyIfNoneMatch: ["a copy replaces no other file", "copying is denied"],
  delete: ["files can be deleted", "files cannot be deleted"],
  missingFile: ["a missing file is reported as missing (404)", "a missing file looks like a forbidden one (403)"],
  listBucketRoot: ["LEAK: the whole bucket can be listed", "the bucket's root cannot be listed"],
  listSibling: ["LEAK: a sibling folder can be listed", "a sibling folder cannot be listed"],
  readSibling: ["LEAK: a sibling folder's files can be read", "a sibling folder's files cannot be read"],
};

/** Checks that should be denied. */
export const OUTSIDE: readonly DiagnosisCheckName[] = ["listBucketRoot", "listSibling", "readSibling"];

/** All checks but the first, in their order. */
const NAMES: readonly DiagnosisCheckName[] = [
  "list",
  "read",
  "write",
  "ifNoneMatch",
  "ifMatch",
  "multipart",
  "multipartIfNoneMatch",
  "copyIfNoneMatch",
  "delete",
  "missingFile",
  ...OUTSIDE,
];
