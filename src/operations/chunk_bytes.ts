import type { UploadChunk } from "../types/files.ts";
import { type FilePurpose, refusal } from "./file_purpose.ts";

/** Turns chunks into bytes; texts are joined before they are encoded in UTF-8. */
export interface ChunkEncoder {
  /** @returns `undefined` if the value is not a chunk. */
  encode(chunk: unknown): Uint8Array | undefined;
  /** The bytes that were held back, after the last chunk. */
  end(): Uint8Array;
}

/** Creates an encoder for the chunks of one body. */
export function createChunkEncoder(use: FilePurpose): ChunkEncoder {
  const encoder = new TextEncoder();
  /** The first half of a character, whose second half may be in the next chunk. */
  let half = "";

  function encodeText(text: string): Uint8Array {
    const joined = half + text;
    half = /[\ud800-\udbff]$/.exec(joined)?.[0] ?? "";
    return encoder.encode(joined.slice(0, joined.length - half.length));
  }

  function end(): Uint8Array {
    const bytes = encoder.encode(half);
    half = "";
    return bytes;
  }

  return {
    encode(chunk) {
      if (typeof chunk === "string") return encodeText(chunk);
      if (!isBytes(chunk)) return undefined;
      const bytes = bytesOf(chunk, use);
      if (half === "") return bytes;
      return Uint8Array.from([...end(), ...bytes]);
    },
    end,
  };
}

/** Whether a value is a view or a buffer, of any realm. */
export function isBytes(value: unknown): value is Exclude<UploadChunk, string> {
  return ArrayBuffer.isView(value) || tagOf(value) === "[object ArrayBuffer]";
}

/**
 * The bytes of a view or a buffer, not copied.
 *
 * @throws {InvalidArgumentError} If they have been transferred or their buffer has shrunk; they would look like an
 * empty file.
 */
export function bytesOf(chunk: Exclude<UploadChunk, string>, use: FilePurpose): Uint8Array {
  try {
    if (!ArrayBuffer.isView(chunk)) return new Uint8Array(chunk);
    // Reads nothing, but throws in these cases, as the getters of a DataView do.
    // https://tc39.es/ecma262/#sec-validatetypedarray
    if (tagOf(chunk) !== "[object DataView]") Uint8Array.prototype.values.call(chunk);
    return chunk instanceof Uint8Array ? chunk : new Uint8Array(chunk.buffer, chunk.byteOffset, chunk.byteLength);
  } catch {
    throw refusal(use, "the body's buffer has been transferred (it is detached) or has shrunk");
  }
}

function tagOf(value: unknown): string {
  return Object.prototype.toString.call(value);
}
