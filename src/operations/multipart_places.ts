import { IntegrityError } from "../errors.ts";
import type { Purpose } from "../s3/purpose.ts";
import type { MultipartUploadState, UploadPart, UploadPartPlace } from "../types/direct_uploads.ts";

/** The bytes of the file that belong to a part. */
export function placeOf({ size, partSizeBytes }: MultipartUploadState, partNumber: number): UploadPartPlace {
  const offset = (partNumber - 1) * partSizeBytes;
  return { partNumber, offset, size: Math.min(partSizeBytes, size - offset) };
}

/** All parts of the file, with whether each is among the stored ones. */
export function partsOf(state: MultipartUploadState, stored: readonly StoredPart[]): UploadPart[] {
  const sizes = new Map(stored.map(({ partNumber, size }) => [partNumber, size]));
  return Array.from({ length: Math.ceil(state.size / state.partSizeBytes) }, (_, index) => {
    const place = placeOf(state, index + 1);
    return { ...place, isStored: sizes.get(place.partNumber) === place.size };
  });
}

type StoredPart = Pick<UploadPartPlace, "partNumber" | "size">;

/**
 * Checks that the stored parts are exactly those of the file.
 *
 * @throws {IntegrityError} If a part is missing, has another size, or does not belong to the file.
 */
export function assertAllParts(
  state: MultipartUploadState,
  stored: readonly StoredPart[],
  { action }: Purpose,
): void {
  const { path } = state;
  const parts = partsOf(state, stored);
  const partCount = parts.length;
  const missing = parts.filter(({ isStored }) => !isStored).map(({ partNumber }) => partNumber);
  if (missing.length > 0) {
    const reason = `of its ${partCount} parts, these are missing or have another size: ${toRanges(missing)}`;
    throw new IntegrityError(`Cannot ${action}: ${reason}`, { code: "PartsMissing", path });
  }
  const surplus = stored.find(({ partNumber }) => partNumber > partCount)?.partNumber;
  if (surplus === undefined) return;
  const reason = `it has ${partCount} parts, but the store also has part ${surplus}`;
  throw new IntegrityError(`Cannot ${action}: ${reason}`, { code: "SurplusPart", path });
}

/** `1, 3-5`; at most 20 ranges. */
function toRanges(numbers: readonly number[]): string {
  const ranges: [number, number][] = [];
  for (const number of numbers) {
    const last = ranges.at(-1);
    if (last?.[1] === number - 1) last[1] = number;
    else ranges.push([number, number]);
  }
  const shown = ranges.slice(0, MAX_SHOWN_RANGES).map(([from, to]) => from === to ? `${from}` : `${from}-${to}`);
  return shown.join(", ") + (ranges.length > shown.length ? ", …" : "");
}

const MAX_SHOWN_RANGES = 20;
