import { AccessDeniedError, FileNotFoundError, S3SourceError } from "../errors.ts";
import { createFixedGrant } from "../credentials/grant_cache.ts";
import type { Diagnosis, DiagnosisCheck, DiagnosisCheckName } from "../types/diagnosis.ts";
import type { SignalOptions } from "../types/files.ts";
import { describeConnection } from "./connect.ts";
import type { OperationContext } from "./operation_context.ts";
import { deleteFile } from "./delete.ts";
import { list } from "./list.ts";
import { LEFT_BEHIND, PROBE_PREFIX } from "./probe.ts";
import { withMultipart } from "./multipart.ts";
import { read } from "./read.ts";
import { stat } from "./stat.ts";
import { upload } from "./upload.ts";
import { sendPart, uploadTarget } from "./upload_parts.ts";

/** Tries what the credentials allow inside the folder, and whether they reach outside. */
export async function diagnose(context: OperationContext, { signal }: SignalOptions = {}): Promise<Diagnosis> {
  const grant = await context.grants.get({ signal });
  // One grant for all checks, so that the result describes one set of keys.
  const inside = { ...context, grants: createFixedGrant(grant) };
  const outside = { ...inside, scope: "", grants: createFixedGrant({ ...grant, prefix: siblingOf(grant.prefix) }) };
  const root = { ...inside, scope: "", grants: createFixedGrant({ ...grant, prefix: "" }) };
  const checks = [
    ...await checkInside(inside, signal),
    ...grant.prefix === "" ? skipOutside() : [
      await attempt("listBucketRoot", () => list(root, { limit: 1, signal })),
      await attempt("listSibling", () => list(outside, { limit: 1, signal })),
      await attempt("readSibling", () => read(outside, probeName(), { signal })),
    ],
  ];
  signal?.throwIfAborted();
  const leaks = checks.some(({ name, outcome }) => OUTSIDE.has(name) && outcome === "allowed");
  return { connection: describeConnection(context, grant), checks, leaks };
}

/** Uses files of its own, and removes them at the end. */
async function checkInside(context: OperationContext, signal: AbortSignal | undefined): Promise<DiagnosisCheck[]> {
  const [probe, partedProbe] = [probeName(), probeName()];
  let listed: string | undefined;
  const listing = await attempt("list", async () => {
    listed = (await list(context, { limit: 1, signal })).files[0]?.path;
  });
  const writing = await attempt("write", () => upload(context, probe, PROBE, { signal }));
  const multipart = await attempt("multipart", () => uploadInParts(context, partedProbe, signal));
  const readable = writing.outcome === "allowed" ? probe : listed;
  const reading = readable === undefined
    ? skipped("read", "there is no file to read, and none could be written")
    : await attempt("read", () => read(context, readable, { range: { offset: 0, length: 1 }, signal }));
  const missing = await attempt("missingFile", () => stat(context, probeName(), { signal }));
  const written = [
    ...writing.outcome === "allowed" ? [probe] : [],
    ...multipart.outcome === "allowed" ? [partedProbe] : [],
  ];
  const deleting = await attempt("delete", async () => {
    // Without the signal: the files are removed even after an abort. Deleting a missing file needs the same permission.
    for (const path of written.length > 0 ? written : [probe]) await deleteFile(context, path);
  });
  return [listing, reading, writing, multipart, reportLeftovers(deleting, written), missing];
}

async function uploadInParts(context: OperationContext, path: string, signal: AbortSignal | undefined): Promise<void> {
  const bytes = new TextEncoder().encode(PROBE);
  const target = uploadTarget(context, { path, headers: {}, conditions: {}, signal });
  await withMultipart(context, target, async (multipart, pool) => {
    const part = await sendPart(context, multipart, { partNumber: 1, bytes, signal: pool.signal });
    return { parts: [part], size: bytes.byteLength };
  });
}

async function attempt(name: DiagnosisCheckName, run: () => Promise<unknown>): Promise<DiagnosisCheck> {
  try {
    await run();
    return conclude(name, "allowed");
  } catch (error) {
    if (error instanceof AccessDeniedError) return conclude(name, "denied");
    // The store says that a file is missing only to those who may read it.
    if (error instanceof FileNotFoundError && name === "readSibling") return conclude(name, "allowed");
    const reason = error instanceof S3SourceError ? error.message : "it was interrupted";
    return { name, outcome: "failed", ok: false, message: reason };
  }
}

function conclude(name: DiagnosisCheckName, outcome: "allowed" | "denied"): DiagnosisCheck {
  const [whenAllowed, whenDenied] = MESSAGES[name];
  const ok = OUTSIDE.has(name) ? outcome === "denied" : outcome === "allowed";
  return { name, outcome, ok, message: outcome === "allowed" ? whenAllowed : whenDenied };
}

function skipped(name: DiagnosisCheckName, message: string): DiagnosisCheck {
  return { name, outcome: "skipped", ok: false, message };
}

function skipOutside(): DiagnosisCheck[] {
  const message = "the credentials are for the whole bucket; nothing is outside";
  return [...OUTSIDE].map((name) => ({ ...skipped(name, message), ok: true }));
}

function reportLeftovers(deleting: DiagnosisCheck, written: readonly string[]): DiagnosisCheck {
  if (deleting.outcome === "allowed" || written.length === 0) return deleting;
  return { ...deleting, message: `${deleting.message}${LEFT_BEHIND}${written.join(", ")}` };
}

/** The messages if it is allowed, and if it is denied. */
const MESSAGES: Readonly<Record<DiagnosisCheckName, readonly [string, string]>> = {
  list: ["files can be listed", "files cannot be listed"],
  read: ["files can be read", "files cannot be read"],
  write: ["files can be written", "files cannot be written"],
  multipart: ["large files can be uploaded in parts", "files cannot be uploaded in parts, which limits their size"],
  delete: ["files can be deleted", "files cannot be deleted"],
  missingFile: ["a missing file is reported as missing (404)", "a missing file looks like a forbidden one (403)"],
  listBucketRoot: ["LEAK: the whole bucket can be listed", "the bucket's root cannot be listed"],
  listSibling: ["LEAK: a sibling folder can be listed", "a sibling folder cannot be listed"],
  readSibling: ["LEAK: a sibling folder's files can be read", "a sibling folder's files cannot be read"],
};

const OUTSIDE: ReadonlySet<DiagnosisCheckName> = new Set(["listBucketRoot", "listSibling", "readSibling"]);

const PROBE = "diagnose() wrote this file to check its permissions. It can be deleted.\n";

function probeName(): string {
  return `${PROBE_PREFIX}${crypto.randomUUID()}`;
}

/** A folder that a policy for the prefix without its slash would include. */
function siblingOf(prefix: string): string {
  return `${prefix.slice(0, -1)}-sibling-of-it/`;
}
