import { createHash } from "node:crypto";
import { InvalidPathError, type S3Source, type TransferProgress } from "@files/s3-source";
import { createProgress, type Phase, type Progress, type ProgressOutput } from "./progress.ts";

/** The result of a mirror. */
export interface MirrorReport {
  /** Files that could not be mirrored or differ, and why. */
  readonly differences: Problem[];
  /** Files whose names cannot be paths of a source. */
  readonly refused: Problem[];
  /** Skipped symbolic links, sockets and other special files. */
  readonly skipped: number;
  /** Sending. */
  readonly upload: Phase;
  /** Reading back. */
  readonly download: Phase;
}

interface Problem {
  readonly path: string;
  readonly reason: string;
}

interface LocalFile {
  readonly path: string;
  readonly size: number;
}

/** Options of {@link mirrorFolder}. */
export interface MirrorOptions {
  readonly concurrency: number;
  readonly signal: AbortSignal;
  readonly output: ProgressOutput;
}

/** Uploads every file of the folder to the source, lists the source, and reads every file back. */
export async function mirrorFolder(folder: string, source: S3Source, options: MirrorOptions): Promise<MirrorReport> {
  const { files, refused, skipped } = await findFiles(folder);
  const run: Run = { ...options, folder, source, sent: new Map(), refused, differences: [] };
  const upload = await uploadFiles(files, run);
  await compareListing(run);
  const download = await readFilesBack(run);
  return { differences: run.differences, refused, skipped, upload, download };
}

interface Run extends MirrorOptions {
  readonly folder: string;
  readonly source: S3Source;
  readonly sent: Map<string, SentFile>;
  readonly refused: Problem[];
  readonly differences: Problem[];
}

interface SentFile extends LocalFile {
  readonly sha256: string;
}

async function uploadFiles(files: LocalFile[], run: Run): Promise<Phase> {
  const progress = createProgress("upload", files, run.output);
  const upload = async (file: LocalFile) => {
    try {
      await uploadFile(file, run, progress);
      progress.addFile();
    } catch (error) {
      run.signal.throwIfAborted();
      const problems = error instanceof InvalidPathError ? run.refused : run.differences;
      problems.push({ path: file.path, reason: messageOf(error) });
    }
  };
  // One by one, because a file in parts keeps several parts in memory.
  await inParallel(files.filter(({ size }) => size > PART_BYTES), 1, upload);
  await inParallel(files.filter(({ size }) => size <= PART_BYTES), run.concurrency, upload);
  return progress.end();
}

/** Larger files are uploaded in parts of this size, S3's minimum. */
export const PART_BYTES = 5 * 1024 * 1024;

async function uploadFile({ path, size }: LocalFile, run: Run, progress: Progress): Promise<void> {
  const { folder, source, signal } = run;
  using file = await Deno.open(`${folder}/${path}`);
  const hash = createHash("sha256");
  async function* content(): AsyncGenerator<Uint8Array> {
    for await (const chunk of file.readable) {
      hash.update(chunk);
      yield chunk;
    }
  }
  let shownBytes = 0;
  const onProgress = ({ transferredBytes }: TransferProgress) => {
    progress.addBytes(transferredBytes - shownBytes);
    shownBytes = transferredBytes;
  };
  const { contentHash } = await source.upload(path, content(), { size, onProgress, signal });
  const sha256 = hash.digest("hex");
  run.sent.set(path, { path, size, sha256 });
  if (contentHash !== `sha256:${sha256}`) run.differences.push({ path, reason: `it was uploaded as ${contentHash}` });
}

async function compareListing({ source, signal, sent, differences }: Run): Promise<void> {
  const missing = new Set(sent.keys());
  for await (const { path, size } of source.walk({ signal })) {
    missing.delete(path);
    const file = sent.get(path);
    if (file === undefined) differences.push({ path, reason: "only the source has it" });
    else if (size !== file.size) {
      differences.push({ path, reason: `it is listed with ${size} bytes instead of ${file.size}` });
    }
  }
  for (const path of missing) differences.push({ path, reason: "it is not listed" });
}

async function readFilesBack({ source, signal, concurrency, sent, differences, output }: Run): Promise<Phase> {
  const files = [...sent.values()];
  const progress = createProgress("read back", files, output);
  await inParallel(files, concurrency, async ({ path, sha256 }) => {
    try {
      const hash = createHash("sha256");
      const { body } = await source.stream(path, { signal });
      for await (const chunk of body) {
        hash.update(chunk);
        progress.addBytes(chunk.byteLength);
      }
      const actual = hash.digest("hex");
      if (actual !== sha256) differences.push({ path, reason: `its sha256 is ${actual}, not ${sha256}` });
    } catch (error) {
      signal.throwIfAborted();
      differences.push({ path, reason: messageOf(error) });
    }
    progress.addFile();
  });
  return progress.end();
}

async function findFiles(folder: string): Promise<{ files: LocalFile[]; refused: Problem[]; skipped: number }> {
  const files: LocalFile[] = [];
  const refused: Problem[] = [];
  let skipped = 0;
  for await (const { path, isFile } of walkFolder(folder)) {
    if (!isFile) {
      skipped++;
      continue;
    }
    try {
      const { size } = await Deno.lstat(`${folder}/${path}`);
      files.push({ path, size });
    } catch (error) {
      // Deno replaces what is not UTF-8 by U+FFFD, and then does not find the file.
      if (!(error instanceof Deno.errors.NotFound)) throw error;
      refused.push({ path, reason: "its name is not UTF-8, or it was just deleted" });
    }
  }
  return { files, refused, skipped };
}

/** Everything below a folder, without the folders. */
async function* walkFolder(folder: string, prefix = ""): AsyncGenerator<{ path: string; isFile: boolean }> {
  for await (const { name, isDirectory, isFile } of Deno.readDir(`${folder}/${prefix}`)) {
    if (isDirectory) yield* walkFolder(folder, `${prefix}${name}/`);
    else yield { path: prefix + name, isFile };
  }
}

async function inParallel<T>(items: T[], concurrency: number, work: (item: T) => Promise<void>): Promise<void> {
  const queue = items.values();
  const workers = Array.from({ length: concurrency }, async () => {
    for (const item of queue) await work(item);
  });
  await Promise.all(workers);
}

export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
