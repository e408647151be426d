import { FileTooLargeError } from "../errors.ts";

/** The smallest part that S3 takes, except for the last. */
export const MIN_PART_BYTES = 5 * 1024 ** 2;
/** The largest part, and the largest body of one request. */
export const MAX_PART_BYTES = 5 * 1024 ** 3;
/** The most parts of one object. */
export const MAX_PARTS = 10_000;
/** 48.8 TiB, AWS's limit; other stores take less. https://docs.aws.amazon.com/AmazonS3/latest/userguide/qfacts.html */
export const MAX_FILE_SIZE_BYTES = MAX_PARTS * MAX_PART_BYTES;

/** How a file is cut into parts. */
export interface PartPlan {
  /**
   * Bytes in a part, from number 1; the last may be shorter.
   * @throws {FileTooLargeError} If that part would be one too many.
   */
  sizeOf(partNumber: number): number;
}

/**
 * Plans at most 10,000 parts. If the size is known, all are equal, and larger than configured if necessary. If it is
 * unknown, the part size doubles after every 900 parts: 8 MiB for the first 7 GiB; starting with 5 MiB, more than 5 TiB
 * fit. `equalParts` prevents that.
 */
export function planParts(
  sizeBytes: number | undefined,
  { partSizeBytes, equalParts }: { readonly partSizeBytes: number; readonly equalParts: boolean },
): PartPlan {
  const smallest = Math.max(partSizeBytes, Math.ceil((sizeBytes ?? 0) / MAX_PARTS));
  const doubles = sizeBytes === undefined && !equalParts;
  return {
    sizeOf(partNumber) {
      if (partNumber > MAX_PARTS) {
        throw new FileTooLargeError(
          `Cannot upload: the body has more than ${MAX_PARTS} parts; pass its size, or a larger partSizeBytes`,
        );
      }
      const doublings = doubles ? Math.floor((partNumber - 1) / PARTS_PER_DOUBLING) : 0;
      return Math.min(MAX_PART_BYTES, smallest * 2 ** doublings);
    },
  };
}

const PARTS_PER_DOUBLING = 900;
