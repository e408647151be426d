import { IntegrityError, InvalidArgumentError } from "../errors.ts";
import type {
  MultipartUploadState,
  PrepareMultipartUploadOptions,
  UploadPart,
  UploadPartPlace,
} from "../types/direct_uploads.ts";
import type { Purpose } from "../s3/purpose.ts";
import { assertFilePath, pathProblem } from "../s3/keys.ts";
import { type FilePurpose, refusal, tooLarge } from "./file_purpose.ts";
import { quote } from "./operation_context.ts";
import { MAX_PART_BYTES, maxFileSizeBytes, MIN_PART_BYTES, type PartRules, planParts } from "./part_plan.ts";
import { assertWholeNumber } from "./whole_number.ts";

/** Plans the equal parts of a new upload. */
export function planState(
  path: string,
  { size, partSizeBytes }: PrepareMultipartUploadOptions,
  defaults: PartRules,
): Pick<MultipartUploadState, "size" | "partSizeBytes"> {
  const chosenBytes = partSizeBytes ?? defaults.partSizeBytes;
  assertSizes({ size, partSizeBytes: chosenBytes }, defaults, { action: `begin the upload of ${quote(path)}`, path });
  const plan = planParts(size, { ...defaults, partSizeBytes: chosenBytes });
  return { size, partSizeBytes: plan.sizeOf(1) };
}

/**
 * Checks a state that a client may have made up. Its path cannot leave the source's folder, and an upload id is bound
 * to its key.
 *
 * @throws {InvalidPathError} If its path breaks the path rules.
 * @throws {InvalidArgumentError} If {@link MultipartUpload.state} could not have another property.
 */
export function readState(state: MultipartUploadState, rules: PartRules): MultipartUploadState {
  if (typeof state !== "object" || state === null) {
    throw new InvalidArgumentError("Cannot resume an upload: its state is not an object");
  }
  const { path, uploadId, size, partSizeBytes } = state;
  assertFilePath(path);
  const purpose = { action: `resume the upload of ${quote(path)}`, path };
  // Some stores use it as the name of a folder, and `\\` as a separator.
  if (typeof uploadId !== "string" || !/^[!-[\]-~]{1,1024}$/.test(uploadId) || pathProblem(uploadId) !== undefined) {
    throw refusal(purpose, '"uploadId" is not the id of an upload');
  }
  assertSizes({ size, partSizeBytes }, rules, purpose);
  if (Math.ceil(size / partSizeBytes) > rules.maxParts) {
    throw refusal(purpose, `it would have more than ${rules.maxParts} parts`);
  }
  return { path, uploadId, size, partSizeBytes };
}

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

function assertSizes(
  { size, partSizeBytes }: { size: number; partSizeBytes: number },
  rules: PartRules,
  purpose: FilePurpose,
): void {
  assertWholeNumber(size, { name: "size", least: 1 }, purpose);
  const most = maxFileSizeBytes(rules);
  if (size > most) throw tooLarge(purpose, most);
  const partSize = { name: "partSizeBytes", least: MIN_PART_BYTES, most: MAX_PART_BYTES };
  assertWholeNumber(partSizeBytes, partSize, purpose);
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
