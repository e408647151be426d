import { FileNotFoundError, IntegrityError, PreconditionFailedError } from "../../../errors.ts";
import type { FileInfo } from "../../../types/files.ts";
import type { S3Source } from "../../../types/source.ts";
import { failureOf } from "../../failure.ts";
import { ownDateOf } from "../own_date.ts";
import type { PathFailure } from "../path_failure.ts";
import { announcedLength, endingFor, fillerName, LIST_NAME, type Written } from "./ending.ts";
import { createOpenAhead, type Opened } from "./open_ahead.ts";
import type { ArchiveItem, ArchivePlan } from "./plan.ts";
import { zipStream } from "./zip_stream.ts";

/** An archive that is made while it is read. */
export interface Archive {
  /** Of the whole, known beforehand. */
  readonly byteLength: number;
  /** Fails if the store no longer responds. */
  readonly body: ReadableStream<Uint8Array>;
}

/** How an archive has ended. */
export interface ArchiveEnd {
  /** Files that are in it and whole. */
  readonly fileCount: number;
  readonly missing: readonly PathFailure[];
  /** Why it is not whole; absent if it is. */
  readonly error?: unknown;
}

/** Options of {@link createArchive}. */
export interface ArchiveOptions {
  readonly signal: AbortSignal;
  /** Is called once, when all is sent, the reader has stopped, or it has failed. */
  readonly onEnd: (end: ArchiveEnd) => void;
}

/**
 * Makes a zip of files without compressing them. Each is the version that was listed. One that cannot be read is left
 * out; one that fails when a part of it was sent is filled up with zeros, as the length is announced. Both are in a
 * list in the archive.
 */
export function createArchive(source: S3Source, plan: ArchivePlan, { signal, onEnd }: ArchiveOptions): Archive {
  const { items } = plan;
  const byteLength = announcedLength(items.map(plannedOf));
  const listName = freeListName(items);
  const missing = [...plan.missing];
  const written: Written[] = [];
  const stop = new AbortController();
  const stopped = AbortSignal.any([signal, stop.signal]);
  const ahead = createOpenAhead(source, items, stopped);
  let comment = "";
  let failuresInTurn = 0;
  let hasEnded = false;

  function fail({ path }: ArchiveItem, error: unknown, prefix = ""): void {
    stopped.throwIfAborted();
    const { status, message } = failureOf(error);
    missing.push({ path, message: prefix + reasonOf(error, message) });
    const isOutage = (status >= 500 || status === 403) && !(error instanceof IntegrityError);
    failuresInTurn += isOutage ? OUTAGE_WEIGHT : 1;
    // What follows would hardly have a file.
    if (failuresInTurn >= MAX_FAILURES_IN_TURN) throw error;
  }

  async function* files() {
    for (const [index, item] of items.entries()) {
      stopped.throwIfAborted();
      if (isFolder(item)) {
        written.push(plannedOf(item));
        yield { name: item.name, lastModified: toDosDate(item.lastModified) };
        continue;
      }
      const opened = await ahead.open(index);
      if ("error" in opened) {
        fail(item, opened.error);
        continue;
      }
      written.push(plannedOf(item));
      yield { name: item.name, lastModified: toDosDate(dateOf(opened.info)), input: content(item, opened) };
    }
    const ending = endingFor(written, missing, { announced: byteLength, listName });
    comment = ending.comment;
    for (const { name, text, fillBytes } of ending.files) {
      const named = { name, lastModified: new Date() };
      yield text === "" ? { ...named, input: zeros(fillBytes) } : { ...named, input: text };
    }
  }

  /** As many bytes as were announced, in any case. */
  async function* content(item: ArchiveItem, { bytes }: Exclude<Opened, { error: unknown }>) {
    let sentBytes = 0;
    try {
      for await (const chunk of bytes instanceof Uint8Array ? [bytes] : bytes) {
        if (sentBytes + chunk.byteLength > item.size) throw new IntegrityError("It is longer", { path: item.path });
        sentBytes += chunk.byteLength;
        yield chunk;
      }
      if (sentBytes < item.size) throw new IntegrityError("It is shorter", { path: item.path });
      failuresInTurn = 0;
    } catch (error) {
      fail(item, error, `It is not whole: after ${sentBytes} of ${item.size} bytes there are only zeros. `);
    }
    yield* zeros(item.size - sentBytes);
  }

  function end(error?: unknown): void {
    if (hasEnded) return;
    hasEnded = true;
    const fileCount = items.filter((item) => !isFolder(item)).length - (missing.length - plan.missing.length);
    onEnd({ fileCount, missing, ...error !== undefined && { error } });
    stop.abort(error ?? new DOMException("The archive has ended", "AbortError"));
  }

  if (signal.aborted) end(signal.reason);
  else signal.addEventListener("abort", () => end(signal.reason), { once: true });
  return {
    byteLength,
    body: zipStream(files, { byteLength, comment: () => comment, signal: stopped, onEnd: end }),
  };
}

function isFolder({ name }: ArchiveItem): boolean {
  return name.endsWith("/");
}

function plannedOf(item: ArchiveItem): Written {
  return isFolder(item) ? { name: item.name } : { name: item.name, size: item.size };
}

function freeListName(items: readonly ArchiveItem[]): string {
  const taken = new Set(items.map(({ name }) => name.toLowerCase().split("/")[0]));
  let name = LIST_NAME;
  const isTaken = () => [name, fillerName(name)].some((one) => taken.has(one.toLowerCase()));
  for (let number = 2; isTaken(); number++) name = LIST_NAME.replace(".", ` (${number}).`);
  return name;
}

function reasonOf(error: unknown, otherwise: string): string {
  if (error instanceof FileNotFoundError) return "It was deleted while the archive was made.";
  if (error instanceof PreconditionFailedError) return "It was changed while the archive was made.";
  return otherwise;
}

function dateOf(info: FileInfo): Date | null {
  return ownDateOf(info) ?? info.lastModified;
}

/** The format has years from 1980 to 2107. */
function toDosDate(date: Date | null): Date {
  return new Date(Math.min(Math.max((date ?? new Date()).getTime(), FIRST_MS), LAST_MS));
}

/** A day later and earlier, as it has the local time. */
const [FIRST_MS, LAST_MS] = [Date.UTC(1980, 0, 2), Date.UTC(2107, 11, 30)];

async function* zeros(byteLength: number) {
  const block = new Uint8Array(Math.min(byteLength, 64 * 1024));
  for (let left = byteLength; left > 0; left -= block.byteLength) yield block.subarray(0, left);
}

/** Five failures of the store in turn, or fifty of files. */
const [OUTAGE_WEIGHT, MAX_FAILURES_IN_TURN] = [10, 50];
