// deno-lint-ignore-file no-console -- It is a command: people read what it prints.
import { escapeControls } from "../text/controls.ts";
import { logLine } from "./log_line.ts";

/** How what the operator should know is written to stderr: a sentence, or JSON as in the audit. */
export type LogFormat = "text" | "json";

/** Something that the operator should know. */
export interface LogEntry {
  readonly type: "warning" | "reloaded" | "failed" | "refused" | "ignored";
  readonly reason: string;
  /** Of a request. */
  readonly method?: string;
  /** Of a request, without the query. */
  readonly path?: string;
  /** Where a request comes from. */
  readonly address?: string;
  /** Of a request, as its response's `x-request-id` has it. */
  readonly requestId?: string;
}

/** Writes an entry to stderr. */
export function writeLog(format: LogFormat, entry: LogEntry): void {
  console.error(format === "json" ? logLine(entry) : textLine(entry));
}

/** All mistakes of a file have a line each. */
function textLine({ type, reason, method, path, address, requestId }: LogEntry): string {
  const request = method === undefined ? address : `${method} ${path}`;
  const text = type === "warning" ? `Warning: ${reason}` : request === undefined ? reason : `${request}: ${reason}`;
  const end = requestId === undefined ? "" : ` (request ${requestId})`;
  return `${new Date().toISOString()} ${(text + end).split("\n").map(escapeControls).join("\n  ")}`;
}
