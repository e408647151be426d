import { createHash } from "node:crypto";
import { dirname } from "node:path";
import { AccessDeniedError, type S3Source } from "@files/s3-source";

/** The input of a run. */
export interface Job {
  /** The folder of the backup: `contents/SHA-256` and `snapshots/TIME.json`. */
  readonly source: S3Source;
  readonly signal: AbortSignal;
  /** Problems with single files, a line each. */
  readonly failures: string[];
}

/** A folder at a point in time. */
export interface Snapshot {
  /** Its time in ISO 8601, so that names sort by time. */
  readonly name: string;
  readonly files: readonly SavedFile[];
}

interface SavedFile {
  readonly path: string;
  readonly sha256: string;
  readonly size: number;
  readonly mode: number;
  readonly modifiedMs: number;
}

/** Stores new contents of a folder's regular files, then the snapshot. */
export async function backUp(
  folder: string,
  job: Job,
): Promise<Snapshot & { readonly sentFiles: number; readonly sentBytes: number }> {
  const { source, signal } = job;
  const found = await Array.fromAsync(walkFolder(folder), (path) => ({ path }));
  const stored = new Map<string, Promise<unknown>>();
  for await (const { path } of source.folder("contents").walk({ signal })) {
    stored.set(`contents/${path}`, Promise.resolve());
  }
  const files: SavedFile[] = [];
  const sent: SavedFile[] = [];
  const send = async (file: SavedFile, content: string) => {
    const body = checked(await openFile(`${folder}/${file.path}`), file.sha256);
    await source.upload(content, body, { size: file.size, signal });
    sent.push(file);
  };
  await forEach(found, job, async ({ path }) => {
    const file = await describe(folder, path);
    const content = `contents/${file.sha256}`;
    if (!stored.has(content)) stored.set(content, send(file, content));
    // Another file with the same content may still be sending it, or fail.
    await stored.get(content);
    files.push(file);
  });
  const name = new Date().toISOString();
  const json = JSON.stringify(files.toSorted((a, b) => a.path < b.path ? -1 : 1));
  await source.upload(`snapshots/${name}.json`, json, { ifNoneMatch: "*", signal });
  return { name, files, sentFiles: sent.length, sentBytes: sent.reduce((sum, { size }) => sum + size, 0) };
}

/** The names of all snapshots, oldest first. */
export async function listSnapshots({ source, signal }: Job): Promise<string[]> {
  const files = await Array.fromAsync(source.folder("snapshots").walk({ signal }));
  return files.map(({ name }) => name.replace(/\.json$/, "")).sort();
}

/** Reads a snapshot; default: the newest. */
export async function readSnapshot(name: string | undefined, job: Job): Promise<Snapshot> {
  const found = name ?? (await listSnapshots(job)).at(-1);
  if (found === undefined) throw new Error("There is no snapshot yet");
  const files = await job.source.readJson(`snapshots/${found}.json`, { signal: job.signal });
  if (!Array.isArray(files) || !files.every(isSavedFile)) throw new Error(`${found} is not a snapshot`);
  return { name: found, files };
}

/** Deletes all but the newest snapshots, then contents without a snapshot. In this order, no snapshot is ever incomplete. */
export async function prune(
  keep: number,
  job: Job,
): Promise<{ readonly snapshots: number; readonly contents: number }> {
  const { source, signal } = job;
  const names = await listSnapshots(job);
  const kept = new Set<string>();
  for (const name of names.slice(-keep)) {
    for (const { sha256 } of (await readSnapshot(name, job)).files) kept.add(sha256);
  }
  const remove = async (folder: S3Source, paths: string[] | AsyncIterable<string>) => {
    const { deletedCount, errors } = await folder.deleteMany(paths, { signal });
    for (const { message } of errors) job.failures.push(message);
    return deletedCount;
  };
  const snapshots = await remove(source.folder("snapshots"), names.slice(0, -keep).map((name) => `${name}.json`));
  if (job.failures.length > 0) return { snapshots, contents: 0 };
  const contents = source.folder("contents");
  async function* unused() {
    for await (const { path } of contents.walk({ signal })) if (!kept.has(path)) yield path;
  }
  const removed = await remove(contents, unused());
  await source.abortStaleUploads({ olderThanSeconds: 86_400, signal }).catch((error) => {
    // These credentials cannot list them; a lifecycle rule of the bucket must remove leftover parts.
    if (!(error instanceof AccessDeniedError)) throw error;
  });
  return { snapshots, contents: removed };
}

/** Reads all contents of a snapshot and compares them with their SHA-256. */
export async function verify({ files }: Snapshot, job: Job): Promise<void> {
  await forEach(files, job, async (file) => {
    for await (const _chunk of await fetchContent(file, job));
  });
}

/** Writes the files of a snapshot into a folder, which must not exist yet. */
export async function restore({ files }: Snapshot, folder: string, job: Job): Promise<void> {
  await Deno.mkdir(folder);
  await forEach(files, job, async (file) => {
    // Someone who can write to the store must not be able to write outside the folder.
    if (file.path.split("/").some((segment) => ["", ".", ".."].includes(segment))) {
      throw new Error("its path is unsafe");
    }
    const target = `${folder}/${file.path}`;
    await Deno.mkdir(dirname(target), { recursive: true });
    try {
      await Deno.writeFile(target, ReadableStream.from(await fetchContent(file, job)), { createNew: true });
      await Deno.chmod(target, file.mode & 0o777);
      await Deno.utime(target, new Date(file.modifiedMs), new Date(file.modifiedMs));
    } catch (error) {
      await Deno.remove(target).catch(() => {});
      throw error;
    }
  });
}

async function fetchContent({ sha256 }: SavedFile, { source, signal }: Job) {
  return checked((await source.stream(`contents/${sha256}`, { signal })).body, sha256);
}

/** Passes the bytes on, and fails at the end if they do not match the digest, so that nothing is stored then. */
async function* checked(chunks: AsyncIterable<Uint8Array<ArrayBuffer>>, sha256: string) {
  const hash = createHash("sha256");
  for await (const chunk of chunks) {
    hash.update(chunk);
    yield chunk;
  }
  if (hash.digest("hex") !== sha256) throw new Error("its content does not match its SHA-256");
}

async function describe(folder: string, path: string): Promise<SavedFile> {
  const { size, mode, mtime } = await Deno.stat(`${folder}/${path}`);
  const hash = createHash("sha256");
  for await (const chunk of await openFile(`${folder}/${path}`)) hash.update(chunk);
  return { path, sha256: hash.digest("hex"), size, mode: mode ?? 0o600, modifiedMs: mtime?.getTime() ?? 0 };
}

async function openFile(path: string): Promise<ReadableStream<Uint8Array<ArrayBuffer>>> {
  return (await Deno.open(path)).readable;
}

async function* walkFolder(folder: string, prefix = ""): AsyncGenerator<string> {
  for await (const { name, isDirectory, isFile } of Deno.readDir(`${folder}/${prefix}`)) {
    if (isDirectory) yield* walkFolder(folder, `${prefix}${name}/`);
    else if (isFile) yield prefix + name;
  }
}

/** Four at a time. A failure does not stop the others; an interruption does, after running work has cleaned up. */
async function forEach<T extends { readonly path: string }>(
  items: readonly T[],
  { signal, failures }: Job,
  work: (item: T) => Promise<void>,
): Promise<void> {
  const queue = items.values();
  await Promise.all(Array.from({ length: 4 }, async () => {
    for (const item of queue) {
      if (signal.aborted) return;
      try {
        await work(item);
      } catch (error) {
        failures.push(`${item.path}: ${error instanceof Error ? error.message : error}`);
      }
    }
  }));
  signal.throwIfAborted();
}

function isSavedFile(value: unknown): value is SavedFile {
  const { path, sha256, size, mode, modifiedMs }: Partial<Record<keyof SavedFile, unknown>> = Object(value);
  return typeof path === "string" && typeof sha256 === "string" && /^[0-9a-f]{64}$/.test(sha256) &&
    [size, mode, modifiedMs].every((number) => typeof number === "number");
}
