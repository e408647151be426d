import { PART_BYTES, someBytes } from "../conformance/suite.ts";

/** What a file has: a piece of the same large random bytes, so that all that is read can be compared without keeping it. */
export interface Content {
  readonly offset: number;
  readonly size: number;
  /** The store keeps a checksum of it, so that reading all of it tells whether it arrived as it is. */
  readonly hasChecksum: boolean;
}

/** The bytes of a content; not a copy. */
export function bytesOf({ offset, size }: Pick<Content, "offset" | "size">): Uint8Array<ArrayBuffer> {
  return POOL.subarray(offset, offset + size);
}

/** Up to 200 kB, in most cases much less; at another place with every call. */
export function drawSmall(random: () => number): Content {
  return drawContent(Math.floor(200_000 ** random()) - 1, { random, hasChecksum: true });
}

/** Two or three parts, of which the store keeps the checksums, and of the file none. */
export function drawLarge(random: () => number): Content {
  const size = PART_BYTES + 1 + Math.floor(random() * (MAX_CONTENT_BYTES - PART_BYTES));
  return drawContent(size, { random, hasChecksum: false });
}

function drawContent(size: number, { random, hasChecksum }: { random: () => number; hasChecksum: boolean }): Content {
  return { offset: Math.floor(random() * (POOL.byteLength - size)), size, hasChecksum };
}

/** A stream that hands out copies, in chunks of uneven sizes; it fails after `failAfterBytes`. */
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
