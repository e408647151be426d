import { readdirSync, readFileSync } from "node:fs";
import { readdir, readFile } from "node:fs/promises";
import { S3SourceError } from "../errors.ts";
import { CommandError, describe } from "./command_error.ts";
import type { LogEntry } from "./log.ts";

/** How to read files. */
export interface FileReaders {
  /** The text of a file. */
  readonly readTextFile: (path: string) => string;
  /** The names in a folder, sorted. */
  readonly readFolder: (path: string) => string[];
}

/** Those that read each time. */
export const FILE_READERS: FileReaders = {
  readTextFile: (path) => readFileSync(path, "utf8"),
  readFolder: (path) => readdirSync(path).toSorted(),
};

/** Something that is loaded from files. */
export interface Reloader<T = unknown> {
  /** What was read at first. */
  readonly first: T;
  /** Loads it again now. */
  reload(): void;
  /** Loads it again once its files have changed, and are the same at two calls. */
  poll(): Promise<void>;
}

/** How to load something. */
export interface ReloaderOptions<T> {
  /** Its name in the log, such as `"broker.yaml"`. */
  readonly name: string;
  /** What it is, such as `"configuration"`. */
  readonly what: string;
  /** Reads it, with these readers only, and throws if it cannot be used. */
  readonly load: (readers: FileReaders) => T;
  /** Uses what has been read after the first time, and throws if it cannot be used. */
  readonly use: (loaded: T) => void;
  /** Writes a log entry. */
  readonly log: (entry: LogEntry) => void;
}

/**
 * Loads something, and then again when its files change. What cannot be used is refused, and the former stays.
 *
 * @throws What `load` throws for the first time.
 */
export function createReloader<T>({ name, what, load, use, log }: ReloaderOptions<T>): Reloader<T> {
  /** What was read, whether it could be used or not. */
  let seen = new Map<string, string>();
  let changed: ReadonlyMap<string, string> | undefined;
  let usedAt = timeOfDay();

  function read(): T {
    const texts = new Map<string, string>();
    const record = <R>(key: string, get: () => R, toText: (result: R) => string): R => {
      try {
        const result = get();
        texts.set(key, toText(result));
        return result;
      } catch (error) {
        texts.set(key, describe(error));
        throw error;
      }
    };
    try {
      return load({
        readTextFile: (path) => record(`file ${path}`, () => FILE_READERS.readTextFile(path), String),
        readFolder: (path) => record(`folder ${path}`, () => FILE_READERS.readFolder(path), String),
      });
    } finally {
      seen = texts;
      changed = undefined;
    }
  }

  function reload(): void {
    try {
      use(read());
      usedAt = timeOfDay();
      log({ type: "reloaded", reason: `${name} was taken up` });
    } catch (error) {
      const isExpected = error instanceof CommandError || error instanceof S3SourceError;
      const reason = isExpected ? error.message : describe(error);
      log({ type: "failed", reason: `${name} was not taken up: ${reason}; the ${what} of ${usedAt} goes on` });
    }
  }

  return {
    first: read(),
    reload,
    async poll() {
      const before = seen;
      const now = new Map<string, string>();
      for (const key of before.keys()) now.set(key, await readAgain(key));
      // A signal was faster.
      if (before !== seen) return;
      if (areEqual(now, before)) changed = undefined;
      else if (changed !== undefined && areEqual(now, changed)) reload();
      else changed = now;
    },
  };
}

function timeOfDay(): string {
  return new Date().toISOString().slice(11, 19);
}

async function readAgain(key: string): Promise<string> {
  const path = key.slice(key.indexOf(" ") + 1);
  try {
    if (key.startsWith("file ")) return await readFile(path, "utf8");
    return String((await readdir(path)).toSorted());
  } catch (error) {
    return describe(error);
  }
}

function areEqual(a: ReadonlyMap<string, string>, b: ReadonlyMap<string, string>): boolean {
  return a.size === b.size && [...a].every(([key, text]) => b.get(key) === text);
}
