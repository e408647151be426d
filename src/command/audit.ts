// deno-lint-ignore-file no-console -- It is a command: people read what it prints.
import { closeSync, openSync, writeSync } from "node:fs";
import { CommandError, describe } from "./command_error.ts";
import { logLine } from "./log_line.ts";

/** Where the audit goes: an entry is a line of JSON. */
export interface Audit {
  /** Writes an entry. It never throws: requests are answered even if their entries are lost. */
  write(entry: object): void;
  /**
   * Writes to this target from now on.
   *
   * @param target `"stdout"`, `"none"`, or the path of a file.
   * @throws {CommandError} If the file cannot be opened; the former stays.
   */
  open(target: string): void;
  /** Opens the file again: it may have been renamed since. If that fails, it warns, and the former stays. */
  reopen(): void;
  /** Closes the file. */
  close(): void;
}

/**
 * Opens an audit.
 *
 * @param warn Is called when entries are lost, once a minute at most, and when the file cannot be opened again.
 * @throws {CommandError} If the file cannot be opened.
 */
export function openAudit(target: string, warn: (reason: string) => void): Audit {
  let sink = openSink(target);
  let lost = 0;
  let warnedMs = -Infinity;

  function open(next: string): void {
    const opened = openSink(next);
    sink.close();
    [sink, target] = [opened, next];
  }

  return {
    open: (next) => next === target ? undefined : open(next),
    reopen() {
      try {
        open(target);
      } catch (error) {
        warn(describe(error));
      }
    },
    write(entry) {
      try {
        sink.write(logLine(entry));
      } catch (error) {
        lost++;
        if (performance.now() - warnedMs < WARNING_PAUSE_MS) return;
        warnedMs = performance.now();
        warn(`Cannot write to the audit: ${describe(error)}; ${lost} entries are lost so far`);
      }
    },
    close: () => sink.close(),
  };
}

const WARNING_PAUSE_MS = 60_000;

interface Sink {
  write(line: string): void;
  close(): void;
}

function openSink(target: string): Sink {
  if (target === "none") return { write() {}, close() {} };
  if (target === "stdout") return { write: (line) => console.log(line), close() {} };
  const file = openFile(target);
  return { write: (line) => writeAll(file, new TextEncoder().encode(`${line}\n`)), close: () => closeSync(file) };
}

/** Returns its descriptor. */
function openFile(path: string): number {
  try {
    return openSync(path, "a", 0o600);
  } catch (error) {
    throw new CommandError(`Cannot open the audit "${path}": ${describe(error)}`);
  }
}

function writeAll(file: number, bytes: Uint8Array): void {
  for (let written = 0; written < bytes.length;) written += writeSync(file, bytes, written);
}
