import { collectBytes, openChunks } from "../../../async/collect_bytes.ts";
import { PreconditionFailedError } from "../../../errors.ts";
import type { S3Source } from "../../../types/source.ts";
import type { FileInfo } from "../../../types/files.ts";
import type { ArchiveItem } from "./plan.ts";

/** A file to be read, or why it cannot be. */
export type Opened =
  | { readonly info: FileInfo; readonly bytes: Uint8Array<ArrayBuffer> | ReadableStream<Uint8Array<ArrayBuffer>> }
  | { readonly error: unknown };

/** Opens files of an archive one after the other. */
export interface OpenAhead {
  /** Never rejects. */
  open(index: number): Promise<Opened>;
}

/**
 * Opens files in the version that was listed. Small ones are read whole, a few ahead of the one that is asked for, so
 * that none of them is sent in part, and many of them take little time.
 */
export function createOpenAhead(source: S3Source, items: readonly ArchiveItem[], signal: AbortSignal): OpenAhead {
  const ahead = new Map<number, Promise<Opened>>();

  async function open(item: ArchiveItem): Promise<Opened> {
    const { path, size, etag } = item;
    try {
      // A weak one is of no use in a condition.
      const ifMatch = etag?.startsWith('"') === true ? etag : undefined;
      const { info, body } = await source.stream(path, { ifMatch, signal });
      if (info.size !== size) {
        await body.cancel();
        throw new PreconditionFailedError(`Cannot read "${path}": it has changed`, { path });
      }
      if (size > WHOLE_BYTES) return { info, bytes: body };
      return { info, bytes: await collectBytes(openChunks(body).next, { expectedBytes: size }) };
    } catch (error) {
      return { error };
    }
  }

  return {
    async open(index) {
      const item = items[index];
      if (item === undefined) throw new TypeError(`there is no item ${index}`);
      const opened = ahead.get(index) ?? open(item);
      ahead.delete(index);
      for (let next = index + 1; next <= index + FILES_AHEAD; next++) {
        const later = items[next];
        if (later === undefined || later.size > WHOLE_BYTES || later.name.endsWith("/") || ahead.has(next)) continue;
        ahead.set(next, open(later));
      }
      return await opened;
    },
  };
}

/** Of a file that is read whole, before any of it is sent. */
const WHOLE_BYTES = 512 * 1024;
const FILES_AHEAD = 8;
