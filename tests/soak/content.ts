import { PART_BYTES, someBytes } from "../conformance/suite.ts";

/** A file's content: a slice of one large random array, so that it can be compared without being stored. */
export interface Content {
  readonly offset: number;
  readonly size: number;
  /** The store keeps its checksum, so that a read of the whole file is verified. */
  readonly hasChecksum: boolean;
}

/** The bytes of a content, not copied. */
export function bytesOf({ offset, size }: Pick<Content, "offset" | "size">): Uint8Array<ArrayBuffer> {
  return POOL.subarray(offset, offset + size);
}

/** Up to 200 kB, but mostly much less; another slice with each call. */
export function drawSmall(random: () => number): Content {
  return drawContent(Math.floor(200_000 ** random()) - 1, { random, hasChecksum: true });
}

/** Two or three parts. The store keeps their checksums, but none of the whole file. */
export function drawLarge(random: () => number): Content {
  const size = PART_BYTES + 1 + Math.floor(random() * (MAX_CONTENT_BYTES - PART_BYTES));
  return drawContent(size, { random, hasChecksum: false });
}

function drawContent(size: number, { random, hasChecksum }: { random: () => number; hasChecksum: boolean }): Content {
  return { offset: Math.floor(random() * (POOL.byteLength - size)), size, hasChecksum };
}

/** A stream of copies, in chunks of uneven sizes; it fails after `failAfterBytes`. */
export function streamOf(
  content: Content,
  { random, failure, failAfterBytes = Infinity }: { random: () => number; failure?: Error; failAfterBytes?: number },
): ReadableStream<Uint8Array<ArrayBuffer>> {
  const bytes = bytesOf(content);
  let position = 0;
  return new ReadableStream({
    pull(controller) {
      if (position >= failAfterBytes) return controller.error(failure);
      if (position >= bytes.byteLength) return controller.close();
      const end = position + 1 + Math.floor(random() * 200_000);
      controller.enqueue(bytes.slice(position, position = Math.min(end, bytes.byteLength, failAfterBytes)));
    },
  });
}

const MAX_CONTENT_BYTES = 12 * 1024 * 1024;
const POOL = someBytes(MAX_CONTENT_BYTES + 3 * 1024 * 1024);
