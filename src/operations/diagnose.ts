import { S3SourceError } from "../errors.ts";
import { createFixedGrant } from "../credentials/fixed_grant.ts";
import { rejectsCredentials } from "../s3/rejected_keys.ts";
import type { Grant } from "../s3/grant.ts";
import type { Diagnosis, DiagnosisCheck } from "../types/diagnosis.ts";
import type { SignalOptions } from "../types/files.ts";
import { describeConnection } from "./connect.ts";
import { deleteFile } from "./delete.ts";
import { deleteObject } from "./delete_object.ts";
import { checkCopy, checkUploads, learnConditions, skipCondition, uploadInParts } from "./diagnose_conditions.ts";
import {
  type Attempt,
  attempt,
  concernsAll,
  concludeConnect,
  impossibleFile,
  OUTSIDE,
  skipped,
  unusable,
} from "./diagnosis_checks.ts";
import { list } from "./list.ts";
import { type OperationContext, prefixOf } from "./operation_context.ts";
import { PROBE_PREFIX } from "./probe.ts";
import { read } from "./read.ts";
import { headObject, stat } from "./stat.ts";
import { upload } from "./upload.ts";

/** Tries what the credentials allow inside the folder, and whether they reach outside. */
export async function diagnose(context: OperationContext, { signal }: SignalOptions = {}): Promise<Diagnosis> {
  let grant = await context.grants.get({ signal });
  let listing = await tryListing(context, grant, signal);
  // As every operation does, but with one grant from here on, so that the result describes one set of keys.
  if (listing.error instanceof S3SourceError && rejectsCredentials(listing.error)) {
    // Without others, it is these that the store rejects.
    const newer = await context.grants.renew(grant, signal).catch(() => undefined);
    if (newer !== undefined) listing = await tryListing(context, grant = newer, signal);
  }
  signal?.throwIfAborted();
  const connection = describeConnection(context, grant);
  const none = (error: S3SourceError) => ({ connection, checks: unusable(error), leaks: false, leftBehind: [] });
  if (concernsAll(listing.error)) return none(listing.error);
  const inside = await checkInside(fix(context, grant), listing, signal);
  signal?.throwIfAborted();
  const outside = await checkOutside(context, grant, signal);
  signal?.throwIfAborted();
  // Some stores, such as Garage, also deny everything to keys that they do not know.
  const isUsable = [...inside.checks, ...outside].some(({ outcome }) => outcome === "allowed");
  if (!isUsable && listing.error instanceof S3SourceError) return { ...none(listing.error), ...inside.left };
  return {
    connection,
    checks: [grant.isAnonymous ? ANONYMOUS : concludeConnect(undefined), ...inside.checks, ...outside],
    leaks: outside.some(({ outcome }) => outcome === "allowed"),
    ...inside.left,
  };
}

const ANONYMOUS: DiagnosisCheck = { ...concludeConnect(undefined), message: "the store answers; there are no keys" };

/** A context for one set of keys. */
function fix(context: OperationContext, grant: Grant): OperationContext {
  return { ...context, grants: createFixedGrant(grant) };
}

/** The first request, which also shows whether the store can be used at all. */
interface Listing extends Attempt {
  /** A file that is there. */
  readonly path: string | undefined;
}

async function tryListing(
  context: OperationContext,
  grant: Grant,
  signal: AbortSignal | undefined,
): Promise<Listing> {
  let path: string | undefined;
  const listing = await attempt("list", async () => {
    path = (await list(fix(context, grant), { limit: 1, signal })).files[0]?.path;
  });
  return { ...listing, path };
}

/** Uses files of its own, and removes them at the end. */
async function checkInside(
  context: OperationContext,
  listing: Listing,
  signal: AbortSignal | undefined,
): Promise<{ checks: DiagnosisCheck[]; left: Pick<Diagnosis, "leftBehind"> }> {
  const [probe, copied] = [probeName(), probeName()];
  const isNew = listing.error === undefined && listing.path === undefined && !await hasMarker(context, signal);
  const { check: writing } = await attempt("write", () => upload(context, probe, PROBE, { signal }));
  const exists = writing.outcome === "allowed";
  const conditions = exists
    ? await checkUploads(context, probe, signal)
    : [skipCondition("ifNoneMatch"), skipCondition("ifMatch")];
  let partsCondition = skipCondition("multipartIfNoneMatch");
  const { check: multipart } = await attempt("multipart", async () => {
    partsCondition = await uploadInParts(context, { path: probe, exists, signal });
  });
  const copyCondition = exists
    ? await checkCopy(context, { from: probe, to: copied, signal })
    : skipCondition("copyIfNoneMatch");
  const found = learnConditions(context, [...conditions, partsCondition, copyCondition]);
  const readable = exists ? probe : listing.path;
  const reading = readable === undefined
    ? skipped("read", "there is no file to read, and none could be written")
    : (await attempt("read", () => read(context, readable, { range: { offset: 0, length: 1 }, signal }))).check;
  const { check: missing } = await attempt("missingFile", async () => {
    if (await stat(context, probeName(), { signal }) !== null) throw impossibleFile();
  });
  const written = exists ? [probe, copied] : multipart.outcome === "allowed" ? [probe] : [];
  const { deleting, leftBehind } = await removeProbes(context, { probe, written });
  if (isNew && exists && leftBehind.length === 0) await removeMarker(context);
  return {
    checks: [
      listing.check,
      reading,
      writing,
      ...found.slice(0, 2),
      multipart,
      ...found.slice(2),
      deleting,
      missing,
    ],
    left: { leftBehind },
  };
}

/** Without a signal: the files are removed even after an abort. */
async function removeProbes(
  context: OperationContext,
  { probe, written }: { probe: string; written: readonly string[] },
): Promise<{ deleting: DiagnosisCheck; leftBehind: string[] }> {
  const leftBehind: string[] = [];
  const { check: deleting } = await attempt("delete", async () => {
    const failures: unknown[] = [];
    // Deleting a missing file needs the same permission.
    for (const path of written.length > 0 ? written : [probe]) {
      await deleteFile(context, path).catch((error) => {
        failures.push(error);
        if (written.includes(path)) leftBehind.push(path);
      });
    }
    if (failures.length > 0) throw failures[0];
  });
  if (leftBehind.length === 0) return { deleting, leftBehind };
  return {
    deleting: { ...deleting, message: `${deleting.message}; left behind: ${leftBehind.join(", ")}` },
    leftBehind,
  };
}

/** Whether the folder has a marker; also `true` if that is unknown. */
async function hasMarker(context: OperationContext, signal?: AbortSignal): Promise<boolean> {
  const grant = await context.grants.get();
  if (prefixOf(context, grant) === "") return true;
  const { error } = await attempt("missingFile", () => headObject(context, grant, { path: "", signal }));
  return !(error instanceof S3SourceError && error.code === "FileNotFound");
}

/** Stores that keep files in folders, such as SeaweedFS, have made the source's folder, and would keep it listed. */
async function removeMarker(context: OperationContext): Promise<void> {
  const grant = await context.grants.get();
  await attempt("delete", async () => {
    await headObject(context, grant, { path: "", signal: undefined });
    await deleteObject(context, grant, { path: "", signal: undefined });
  });
}

async function checkOutside(
  context: OperationContext,
  grant: Grant,
  signal: AbortSignal | undefined,
): Promise<DiagnosisCheck[]> {
  if (grant.prefix === "") {
    const message = "the credentials are for the whole bucket; nothing is outside";
    return OUTSIDE.map((name) => ({ ...skipped(name, message), ok: true }));
  }
  const at = (prefix: string) => ({ ...fix(context, { ...grant, prefix }), scope: "" });
  const sibling = at(siblingOf(grant.prefix));
  const attempts = [
    await attempt("listBucketRoot", () => list(at(""), { limit: 1, signal })),
    await attempt("listSibling", () => list(sibling, { limit: 1, signal })),
    await attempt("readSibling", () => read(sibling, probeName(), { signal })),
  ];
  return attempts.map(({ check }) => check);
}

const PROBE = "diagnose() wrote this file to check its permissions. It can be deleted.\n";

function probeName(): string {
  return `${PROBE_PREFIX}${crypto.randomUUID()}`;
}

/** A folder that a policy for the prefix without its slash would include. */
function siblingOf(prefix: string): string {
  return `${prefix.slice(0, -1)}-sibling-of-it/`;
}
