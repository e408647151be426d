/**
 * Backs up a folder: keeps the newest snapshots, and stores each content once. Run it by cron or a systemd timer.
 *
 * ```sh
 * deno run -A examples/backup.ts create FOLDER
 * deno run -A examples/backup.ts list
 * deno run -A examples/backup.ts verify [SNAPSHOT]            # reads everything; default: the newest
 * deno run -A examples/backup.ts restore NEW-FOLDER [SNAPSHOT]
 * ```
 *
 * The environment has `CREDENTIALS_URL` and `CREDENTIALS_URL_SECRET` of a broker, `S3_ENDPOINT_URL` if the store is not AWS,
 * and optionally `BACKUP_NAME`, a folder of the source, and `BACKUP_KEEP`, the number of snapshots, by default "backup" and 7.
 *
 * It can be killed at any time: a snapshot appears when all its contents are stored, and the next run reuses them. Do not run two with
 * the same `BACKUP_NAME` at once. Exit code 0: success. 1: something failed; a run that could not read or send a file deletes nothing.
 * 2: wrong usage. 130, 143: SIGINT, SIGTERM.
 *
 * @module
 */
// deno-lint-ignore-file no-console -- a command
import process from "node:process";
import { createS3Source } from "@files/s3-source";
import { backUp, type Job, listSnapshots, prune, readSnapshot, restore, verify } from "./snapshots.ts";

class UsageError extends Error {}

const interruption = new AbortController();
let exitCodeOfSignal = 0;
for (const [signal, exitCode] of [["SIGINT", 130], ["SIGTERM", 143]] as const) {
  // Once: a second signal ends the process at once.
  process.once(signal, () => {
    exitCodeOfSignal = exitCode;
    interruption.abort(new Error(`Interrupted by ${signal}`));
  });
}

async function main([command, ...args]: string[]): Promise<number> {
  const { signal } = interruption;
  try {
    const job: Job = { source: openSource(), signal, failures: [] };
    await run(command, args, job);
    for (const failure of job.failures) console.error(failure);
    return job.failures.length > 0 ? 1 : 0;
  } catch (error) {
    console.error(error instanceof Error ? error.message : error);
    return exitCodeOfSignal || (error instanceof UsageError ? 2 : 1);
  }
}

function openSource() {
  return createS3Source({
    credentialsUrl: Deno.env.get("CREDENTIALS_URL"),
    credentialsUrlSecret: Deno.env.get("CREDENTIALS_URL_SECRET"),
    endpointUrl: Deno.env.get("S3_ENDPOINT_URL"),
  }).folder(Deno.env.get("BACKUP_NAME") ?? "backup");
}

async function run(command: string | undefined, [first, second, ...rest]: string[], job: Job): Promise<void> {
  if (command === "create" && first !== undefined && second === undefined) {
    const keep = readKeep();
    const { name, files, sentFiles, sentBytes } = await backUp(first, job);
    console.log(`${name}: ${files.length} files, ${sentFiles} of them new with ${sentBytes} bytes`);
    // Files that could not be read today may be only in old snapshots.
    if (job.failures.length > 0) return;
    const { snapshots, contents } = await prune(keep, job);
    console.log(`Deleted ${snapshots} snapshots and ${contents} contents`);
  } else if (command === "list" && first === undefined) {
    for (const name of await listSnapshots(job)) console.log(name);
  } else if (command === "verify" && second === undefined) {
    const snapshot = await readSnapshot(first, job);
    await verify(snapshot, job);
    console.log(`${snapshot.name}: ${snapshot.files.length} files, ${job.failures.length} of them damaged`);
  } else if (command === "restore" && first !== undefined && rest.length === 0) {
    const snapshot = await readSnapshot(second, job);
    await restore(snapshot, first, job);
    console.log(`${snapshot.name}: ${snapshot.files.length} files, ${job.failures.length} of them not restored`);
  } else {
    throw new UsageError("Usage: backup.ts create FOLDER | list | verify [SNAPSHOT] | restore NEW-FOLDER [SNAPSHOT]");
  }
}

function readKeep(): number {
  const keep = Number(Deno.env.get("BACKUP_KEEP") ?? 7);
  if (!Number.isInteger(keep) || keep < 1) throw new UsageError("BACKUP_KEEP must be at least 1");
  return keep;
}

Deno.exit(await main(Deno.args));
