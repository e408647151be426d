import type { FileInfo } from "../../types/files.ts";
import type { S3Source } from "../../types/source.ts";
import type { StoredBlob, StoredFile } from "./types.ts";

/** What `info` does not say about a file. */
export interface FileFacts {
  readonly name: string;
  readonly type: string;
  readonly lastModified: number;
}

export function createStoredFile(
  source: S3Source,
  info: FileInfo,
  { name, type, lastModified }: FileFacts,
): StoredFile {
  const blob = createStoredBlob(source, info, { start: 0, end: info.size, type });
  return {
    ...blob,
    name,
    lastModified,
    webkitRelativePath: "",
    toFile: async () => new File([await blob.bytes()], name, { type, lastModified }),
  };
}

function createStoredBlob(
  source: S3Source,
  info: FileInfo,
  { start, end, type }: { start: number; end: number; type: string },
): StoredBlob {
  const { path, etag } = info;
  const size = end - start;
  const version = {
    ...etag !== null && { ifMatch: etag },
    // A whole file is verified.
    ...size !== info.size && { range: { offset: start, length: size } },
  };
  const bytes = async () => size === 0 ? new Uint8Array() : await source.read(path, version);

  function stream(): ReadableStream<Uint8Array<ArrayBuffer>> {
    const reading = new AbortController();
    let reader: ReadableStreamDefaultReader<Uint8Array<ArrayBuffer>> | undefined;
    return new ReadableStream({
      async pull(controller) {
        if (size === 0) return controller.close();
        reader ??= (await source.stream(path, { ...version, signal: reading.signal })).body.getReader();
        const { done, value } = await reader.read();
        if (done) controller.close();
        else controller.enqueue(value);
      },
      cancel: (reason) => reading.abort(reason),
    }, { highWaterMark: 0 });
  }

  return {
    size,
    type,
    bytes,
    arrayBuffer: async () => (await bytes()).buffer,
    text: async () => new TextDecoder().decode(await bytes()),
    stream,
    textStream: () => stream().pipeThrough(new TextDecoderStream()),
    slice(from = 0, to = size, type = "") {
      const first = start + toIndex(from, size);
      return createStoredBlob(source, info, { start: first, end: Math.max(first, start + toIndex(to, size)), type });
    },
    toBlob: async () => new Blob([await bytes()], { type }),
    toString() {
      throw new TypeError("Cannot convert a stored file to a string: use stream(), toBlob() or toFile()");
    },
  };
}

/** An argument of `Blob.slice`, which counts from the end if it is negative, as an index from 0 to `size`. */
function toIndex(position: number, size: number): number {
  const index = Math.trunc(position) || 0;
  return index < 0 ? Math.max(size + index, 0) : Math.min(index, size);
}
