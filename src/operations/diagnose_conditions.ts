import { AccessDeniedError, PreconditionFailedError, S3SourceError } from "../errors.ts";
import { ignoresConditions } from "../s3/learned_traits.ts";
import { learn } from "../s3/lessons.ts";
import type { DiagnosisCheck, DiagnosisCheckName } from "../types/diagnosis.ts";
import { copy } from "./copy.ts";
import { conclude, failed, skipped } from "./diagnosis_checks.ts";
import { completeMultipart, isUploadGone, withMultipart } from "./multipart.ts";
import type { OperationContext } from "./operation_context.ts";
import { upload } from "./upload.ts";
import { sendPart, uploadTarget } from "./upload_parts.ts";

/** The check of a condition. */
type ConditionName = Extract<
  DiagnosisCheckName,
  "ifNoneMatch" | "ifMatch" | "multipartIfNoneMatch" | "copyIfNoneMatch"
>;

/** Tries conditions that do not hold on a file that exists. */
export async function checkUploads(
  context: OperationContext,
  path: string,
  signal: AbortSignal | undefined,
): Promise<DiagnosisCheck[]> {
  return [
    // Other content than the file has: otherwise a store that replaces it could not be distinguished from one that
    // keeps it.
    await tryCondition(context, "ifNoneMatch", () => upload(context, path, CONTENT, { ifNoneMatch: "*", signal })),
    await tryCondition(context, "ifMatch", () => upload(context, path, CONTENT, { ifMatch: WRONG_TAG, signal })),
  ];
}

/**
 * Uploads in parts.
 *
 * @param target `exists`: whether there is a file that must not be replaced, which is then tried first.
 * @returns The check of the condition.
 */
export async function uploadInParts(
  context: OperationContext,
  { path, exists, signal }: { path: string; exists: boolean; signal: AbortSignal | undefined },
): Promise<DiagnosisCheck> {
  const name = "multipartIfNoneMatch";
  const bytes = new TextEncoder().encode(CONTENT);
  const target = uploadTarget(context, { path, headers: {}, conditions: {}, signal });
  let check = skipCondition(name);
  let first: unknown;
  try {
    await withMultipart(context, target, async (multipart, pool) => {
      const part = await sendPart(context, multipart, { partNumber: 1, bytes, signal: pool.signal });
      const sent = { parts: [part], size: bytes.byteLength };
      const conditional = { ...multipart, target: { ...target, conditions: { "if-none-match": "*" } } };
      if (exists) {
        check = await tryCondition(context, name, () => {
          return completeMultipart(context, conditional, sent).catch((error) => {
            throw first = error;
          });
        });
      }
      return sent;
    });
  } catch (error) {
    // An ignored condition has completed the upload, and stores refuse in many ways to complete it again. Others may
    // forget an upload that has failed its condition.
    if (!(error instanceof S3SourceError && error.status !== undefined)) throw error;
    const isKept = check.outcome !== "ignored" && !(check.outcome === "allowed" && isUploadGone(error));
    if (isKept) throw check.outcome === "failed" && isUploadGone(error) ? first : error;
    if (check.outcome === "allowed") await uploadInParts(context, { path, exists: false, signal });
  }
  return check;
}

/** Tries to copy a file onto another, which it writes. */
export async function checkCopy(
  context: OperationContext,
  { from, to, signal }: { from: string; to: string; signal: AbortSignal | undefined },
): Promise<DiagnosisCheck> {
  return await tryCondition(context, "copyIfNoneMatch", async () => {
    await upload(context, to, "", { signal });
    await copy(context, from, to, { ifNoneMatch: "*", signal });
  });
}

/** The check of a condition without a file to try it on. */
export function skipCondition(name: ConditionName): DiagnosisCheck {
  return skipped(name, NO_FILE);
}

/** Remembers for the source which conditions the store ignores, and completes the checks with what to configure. */
export function learnConditions(
  { traits }: OperationContext,
  checks: readonly DiagnosisCheck[],
): readonly DiagnosisCheck[] {
  const ignored = checks.filter(({ outcome }) => outcome === "ignored");
  if (ignored.length === 0) return checks;
  const known = ignored.every(({ name }) => name === "copyIfNoneMatch") ? "uploads" : false;
  learn(traits, "conditions", known);
  const advice = `set "store.conditions" to ${JSON.stringify(known)}, so that this is refused`;
  return checks.map((check) => ignored.includes(check) ? { ...check, message: `${check.message}; ${advice}` } : check);
}

async function tryCondition(
  { traits }: OperationContext,
  name: ConditionName,
  write: () => Promise<unknown>,
): Promise<DiagnosisCheck> {
  const isRefused = ignoresConditions(traits.known, name === "copyIfNoneMatch" ? "copy" : "upload");
  if (isRefused && traits.fixedBy("conditions") === "config") {
    return { ...skipped(name, 'not tried: "store.conditions" says that the store ignores it'), ok: true };
  }
  try {
    await write();
  } catch (error) {
    if (error instanceof PreconditionFailedError) return conclude(name, "allowed");
    if (error instanceof AccessDeniedError) return conclude(name, "denied");
    if (!(error instanceof S3SourceError && error.code === "ConditionIgnored")) return failed(name, error);
  }
  return { name, outcome: "ignored", ok: false, message: IGNORED[name] };
}

const IGNORED: Readonly<Record<ConditionName, string>> = {
  ifNoneMatch: "the store ignores If-None-Match: a new file can replace another",
  ifMatch: "the store ignores If-Match: an upload can replace a changed file",
  multipartIfNoneMatch: "the store ignores If-None-Match of large files: a new one can replace another file",
  copyIfNoneMatch: "the store ignores If-None-Match of copies: one can replace another file",
};

const CONTENT = "diagnose() tried to replace a file of its own with this. It can be deleted.\n";
const WRONG_TAG = '"00000000000000000000000000000000"';
const NO_FILE = "no file could be written to try it on";
