import type { S3Source } from "../../types/source.ts";
import type { Conditions } from "../../types/file_attributes.ts";
import type { FileInfo } from "../../types/files.ts";
import { PreconditionFailedError } from "../../errors.ts";
import { RequestRefusal } from "../failure.ts";
import { choosePath, type OnCollision } from "./collision.ts";
import { settlePath } from "./namesakes.ts";
import { writeGuarded } from "./guarded_write.ts";
import { assertNewFile } from "./new_path.ts";
import { type FormPart, readMultipart, readText } from "./multipart_form.ts";

/** The result of {@link storeForm}. */
export interface FormUpload {
  /** Files that were stored. */
  readonly stored: FileInfo[];
  /** Names of existing files, which were kept. */
  readonly skipped: string[];
}

/** Options of {@link storeForm}. */
export interface FormUploadOptions {
  /** The folder for the files: empty, or ends in `/`. */
  readonly folder: string;
  /** The request's content type. */
  readonly contentType: string;
  /** Whether the actor may replace files. */
  readonly canReplace: boolean;
  /** The most files. */
  readonly maxFiles: number;
  /** Stored with each file. */
  readonly metadata: Readonly<Record<string, string>>;
  /** Cancels. */
  readonly signal: AbortSignal;
  /** Is called with all that are stored so far, each time that there is one more. */
  readonly onStored: (files: readonly FileInfo[]) => void;
}

/** Stores the files of a form as they arrive. A field before them says what to do if a name exists. */
export async function storeForm(
  source: S3Source,
  body: ReadableStream<Uint8Array>,
  { folder, contentType, canReplace, maxFiles, metadata, signal, onStored }: FormUploadOptions,
): Promise<FormUpload> {
  const result: FormUpload = { stored: [], skipped: [] };
  let onCollision: OnCollision = "keep_both";
  let hasReplaced = false;
  for await (const part of readMultipart(body, contentType)) {
    if (part.name === "on_collision") onCollision = readChoice(await readText(part));
    if (part.name !== "file" || part.filename === undefined) continue;
    // If no file was chosen, browsers send an empty one without a name.
    if (part.filename === "" && await isEmpty(part)) continue;
    // If a folder was chosen, browsers send paths.
    const name = part.filename.slice(part.filename.lastIndexOf("/") + 1);
    assertNewFile(folder + name);
    if (onCollision === "replace" && !canReplace) {
      throw new RequestRefusal(403, "You may not replace files in this source. Nothing was stored.");
    }
    if (result.stored.length + result.skipped.length === maxFiles) {
      throw await tooMany(source, result, { maxFiles, hasReplaced, signal });
    }
    hasReplaced ||= onCollision === "replace";
    const isTaken = async (path: string) =>
      await source.stat(path, { signal }) !== null || (await settlePath(source, path, signal)).namesake !== undefined;
    const settled = await settlePath(source, folder + name, signal);
    // Who replaces a file means the one that they see.
    const wanted = onCollision === "replace" ? settled.namesake ?? settled.path : settled.path;
    const path = await choosePath(wanted, onCollision, isTaken);
    if (path === undefined) {
      result.skipped.push(name);
    } else {
      result.stored.push(
        await storePart(source, part, { path, canReplace: onCollision === "replace", metadata, signal }),
      );
      onStored(result.stored);
    }
  }
  if (result.stored.length + result.skipped.length === 0) throw new RequestRefusal(400, "No file was chosen.");
  return result;
}

async function isEmpty({ body }: FormPart): Promise<boolean> {
  for await (const chunk of body) if (chunk.byteLength > 0) return false;
  return true;
}

/** Deletes what was stored, unless files were replaced, which cannot be restored. */
async function tooMany(
  source: S3Source,
  { stored }: FormUpload,
  { maxFiles, hasReplaced, signal }: { maxFiles: number; hasReplaced: boolean; signal: AbortSignal },
): Promise<RequestRefusal> {
  const { errors } = hasReplaced
    ? { errors: stored }
    : await source.deleteMany(stored.map(({ path }) => path), { signal });
  const outcome = errors.length === 0
    ? "Nothing was stored."
    : `Of the first ${maxFiles}, ${errors.length} were stored.`;
  return new RequestRefusal(413, `The form has more than ${maxFiles} files. ${outcome}`);
}

function readChoice(text: string): OnCollision {
  if (text === "keep_both" || text === "replace" || text === "skip") return text;
  throw new RequestRefusal(400, "“on_collision” must be keep_both, replace or skip.");
}

async function storePart(
  source: S3Source,
  part: FormPart,
  { path, canReplace, metadata, signal }: Pick<FormUploadOptions, "canReplace" | "metadata" | "signal"> & {
    path: string;
  },
): Promise<FileInfo> {
  try {
    const facts = { contentType: part.contentType, metadata, signal };
    const condition = canReplace ? {} : { ifNoneMatch: "*" as const };
    const upload = (condition: Conditions) => source.upload(path, part.body, { ...facts, ...condition });
    return await writeGuarded(source, { path, condition, signal }, upload);
  } catch (error) {
    if (!(error instanceof PreconditionFailedError)) throw error;
    throw new RequestRefusal(412, `Someone else has just stored “${path}”, which was kept. Upload yours again.`);
  }
}
