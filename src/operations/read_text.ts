import { FileTooLargeError, InvalidContentError } from "../errors.ts";
import type { TextOptions } from "../types/files.ts";
import { loaded } from "../s3/lazy_module.ts";
import { type OperationContext, quote } from "./operation_context.ts";
import { read } from "./read.ts";

/** Reads a whole file as UTF-8, without its byte order mark. */
export async function readText(context: OperationContext, path: string, options: TextOptions = {}): Promise<string> {
  const bytes = await read(context, path, options);
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(bytes);
  } catch {
    if (!isUtf8(bytes)) throw new InvalidContentError(`Cannot read ${quote(path)}: it is not UTF-8`, { path });
    throw new FileTooLargeError(`Cannot read ${quote(path)}: it is longer than a string can be`, { path });
  }
}

/** Reads a whole file as JSON. */
export async function readJson(context: OperationContext, path: string, options: TextOptions = {}): Promise<unknown> {
  const text = await readText(context, path, options);
  try {
    return JSON.parse(text);
  } catch {
    const { jsonProblem } = await loaded(import("./json_problem.ts"), `read ${quote(path)}`);
    // Without a cause: the runtime's error quotes the file.
    throw new InvalidContentError(`Cannot read ${quote(path)}: it is not JSON: ${jsonProblem(text)}`, { path });
  }
}

/** Whether the bytes are UTF-8, checked in pieces, because decoding also fails if the string would be too long. */
function isUtf8(bytes: Uint8Array<ArrayBuffer>): boolean {
  const decoder = new TextDecoder("utf-8", { fatal: true });
  try {
    for (let start = 0; start < bytes.byteLength; start += PIECE_BYTES) {
      decoder.decode(bytes.subarray(start, start + PIECE_BYTES), { stream: true });
    }
    decoder.decode();
    return true;
  } catch {
    return false;
  }
}

const PIECE_BYTES = 1024 ** 2;
