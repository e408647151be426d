import { escapeControls } from "../text/controls.ts";
import { formatTable } from "./table.ts";
import type { Diagnosis, DiagnosisCheckName } from "../types/diagnosis.ts";

/** Formats a diagnosis as a table for people, with a verdict below it. */
export function formatDiagnosis({ connection, checks, leaks }: Diagnosis): string {
  const { bucket, prefix, region, endpoint, expiresAt } = connection;
  const connect = checks.find(({ name }) => name === "connect");
  // Otherwise, all others are skipped.
  const shown = connect === undefined || connect.ok ? checks : [connect];
  const rows = shown.map(({ name, outcome, ok, message }) => [ok ? "ok" : "!", LABELS[name], outcome, message]);
  return [
    `s3://${bucket}/${prefix} at ${endpoint} (${region})`,
    `credentials expire: ${expiresAt?.toISOString() ?? "never"}`,
    "",
    ...formatTable(rows),
    "",
    verdictOf({ checks, leaks }),
  ].map(escapeControls).join("\n");
}

function verdictOf({ checks, leaks }: Pick<Diagnosis, "checks" | "leaks">): string {
  const connected = checks.find(({ name }) => name === "connect")?.outcome;
  if (connected === "failed") return "The store cannot be used; nothing else was tried.";
  if (connected === "denied") return "The store denied everything that was tried.";
  if (leaks) return "These credentials reach outside the folder.";
  const isUntried = checks.some(({ name, outcome }) => OUTSIDE.has(name) && outcome === "failed");
  return isUntried
    ? "It is unknown whether these credentials reach outside the folder."
    : "Nothing outside the folder was reached.";
}

/** Checks that should be denied. */
const OUTSIDE: ReadonlySet<DiagnosisCheckName> = new Set(["listBucketRoot", "listSibling", "readSibling"]);

const LABELS: Readonly<Record<DiagnosisCheckName, string>> = {
  connect: "use the store",
  list: "list files",
  read: "read a file",
  write: "write a file",
  ifNoneMatch: "write only if new",
  ifMatch: "write only if unchanged",
  multipart: "write a file in parts",
  multipartIfNoneMatch: "write in parts only if new",
  copyIfNoneMatch: "copy only if new",
  delete: "delete a file",
  missingFile: "detect a missing file",
  listBucketRoot: "list the bucket's root",
  listSibling: "list a sibling folder",
  readSibling: "read in a sibling folder",
};
