import { InvalidArgumentError } from "../errors.ts";
import type { MultipartUploadState, PrepareMultipartUploadOptions } from "../types/direct_uploads.ts";
import { assertFilePath, pathProblem } from "../s3/keys.ts";
import { assertWholeNumber, type FilePurpose, refusal, tooLarge } from "./file_purpose.ts";
import { quote } from "./operation_context.ts";
import { MAX_PART_BYTES, maxFileSizeBytes, MIN_PART_BYTES, type PartRules, planParts } from "./part_plan.ts";

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
