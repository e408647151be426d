import { FileTooLargeError } from "../errors.ts";

/** The smallest part that S3 takes, except for the last. */
export const MIN_PART_BYTES = 5 * 1024 ** 2;
/** The largest part, and the largest body of one request. */
export const MAX_PART_BYTES = 5 * 1024 ** 3;
/** The most parts of one object on AWS. https://docs.aws.amazon.com/AmazonS3/latest/userguide/qfacts.html */
export const MAX_PARTS = 10_000;

/** The largest file: 48.8 TiB on AWS. */
export function maxFileSizeBytes({ maxParts }: { readonly maxParts: number }): number {
  return maxParts * MAX_PART_BYTES;
}

/** How a file is cut into parts. */
export interface PartPlan {
  /**
   * Bytes in a part, from number 1; the last may be shorter.
   * @throws {FileTooLargeError} If that part would be one too many.
   */
  sizeOf(partNumber: number): number;
}

/** Rules for the sizes of parts. */
export interface PartRules {
  /** The least bytes in a part. */
  readonly partSizeBytes: number;
  /** Whether all but the last have to have the same size. */
  readonly equalParts: boolean;
  /** The most parts. */
  readonly maxParts: number;
}

/**
 * Plans at most `maxParts` parts. If the size is known, all are equal, and larger than configured if necessary. If it
 * is unknown, the part size doubles after every 9 % of the parts: of 10,000, 8 MiB for the first 7 GiB; starting with 5
 * MiB, more than 5 TiB fit. `equalParts` prevents that.
 */
export function planParts(
  sizeBytes: number | undefined,
  { partSizeBytes, equalParts, maxParts }: PartRules,
): PartPlan {
  const smallest = Math.max(partSizeBytes, Math.ceil((sizeBytes ?? 0) / maxParts));
  const partsPerDoubling = Math.ceil(maxParts * 0.09);
  const doubles = sizeBytes === undefined && !equalParts;
  return {
    sizeOf(partNumber) {
      if (partNumber > maxParts) {
        throw new FileTooLargeError(
          `Cannot upload: the body has more than ${maxParts} parts; pass its size, or a larger partSizeBytes`,
        );
      }
      const doublings = doubles ? Math.floor((partNumber - 1) / partsPerDoubling) : 0;
      return Math.min(MAX_PART_BYTES, smallest * 2 ** doublings);
    },
  };
}
