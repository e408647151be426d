import { AccessDeniedError, IntegrityError, PreconditionFailedError, S3SourceError } from "../../errors.ts";
import type { MultipartUpload } from "../../types/direct_uploads.ts";
import type { S3Source } from "../../types/source.ts";
import type { FileInfo } from "../../types/files.ts";
import { StateError } from "../../state/state_error.ts";
import { textOf } from "../http/arguments.ts";
import { mayBrowse } from "../allowed_actions.ts";
import { dropAction, noteAction } from "../context.ts";
import { RequestRefusal } from "../failure.ts";
import { readJson } from "../http/body.ts";
import { writeGuarded } from "../files/guarded_write.ts";
import { recordOf } from "./file_routes.ts";
import { prepareUpload } from "./prepare_upload.ts";
import { receiveThumbnail } from "./receive_thumbnail.ts";
import { receiveContent, receiveForm, receivePart } from "./receive_upload.ts";
import { ownRecord, UPLOAD_ID } from "./records.ts";
import { type ApiRoute, type SourceRequest, sourceRoute } from "./route.ts";
import { signParts } from "./sign_parts.ts";
import { lostRace, readTicket, type UploadTicket } from "./upload_ticket.ts";

/** Routes of uploads in steps: prepare, send, complete or abort. */
export const UPLOAD_ROUTES: readonly ApiRoute[] = [
  sourceRoute("POST /upload/{source}/-/prepare", { needs: ["files-upload"], audits: "upload", handle: prepareUpload }),
  sourceRoute("POST /upload/{source}/-/content", { needs: ["files-upload"], audits: "upload", handle: receiveForm }),
  sourceRoute("PUT /upload/{source}/-/content", { needs: ["files-upload"], audits: "upload", handle: receiveContent }),
  sourceRoute("PUT /upload/{source}/-/part", { needs: ["files-upload"], handle: receivePart }),
  sourceRoute("POST /upload/{source}/-/part-urls", { needs: ["files-upload"], handle: signParts }),
  sourceRoute("POST /upload/{source}/-/complete", { needs: ["files-upload"], audits: "upload", handle: complete }),
  sourceRoute("POST /upload/{source}/-/abort", { needs: ["files-upload"], handle: abort }),
  sourceRoute("PUT /upload/{source}/-/thumbnail", {
    needs: ["files-upload"],
    audits: "thumbnail",
    handle: receiveThumbnail,
  }),
];

async function ticketOf(request: SourceRequest): Promise<UploadTicket> {
  return await readTicket(request, textOf(await readJson(request.c, request.context), "upload_token"));
}

/** Completes an upload: makes the file from its parts, or makes sure that it is there. */
async function complete(request: SourceRequest): Promise<Response> {
  const { c, context, name, source } = request;
  const ticket = await ticketOf(request);
  const { parts } = ticket;
  // Its content has come through the app, where that was noted.
  if (parts === undefined && !ticket.direct) dropAction(c);
  if (parts !== undefined) await completeParts(request, ticket, source.resumeMultipartUpload(parts));
  const isBrowsable = mayBrowse(c, context, name);
  // After `completeParts`, the file is there.
  const stored = parts === undefined || !isBrowsable ? await assertStored(request, ticket) : undefined;
  context.grants.note(name, { path: ticket.path, what: "write", isAllowed: true });
  // The file is there, even if that cannot be kept.
  await context.uploads.end(ticket).catch((error) => {
    if (!(error instanceof StateError)) throw error;
  });
  await context.uploads.release(ticket);
  const file = stored && !isBrowsable ? ownRecord(request, stored) : await recordOf(request, ticket.path);
  return c.json({ ok: true, file }, 201);
}

async function completeParts(request: SourceRequest, ticket: UploadTicket, upload: MultipartUpload): Promise<void> {
  const { signal } = request;
  try {
    const looksFirst = request.context.grants.conditions(request.name) !== true;
    const file = { path: ticket.path, condition: ticket.condition, looksFirst, signal };
    await writeGuarded(request.source, file, (condition) => upload.complete({ ...condition, signal }));
  } catch (error) {
    if (error instanceof PreconditionFailedError) {
      await upload.abort({ signal });
      throw await lostRace(request.context, ticket);
    }
    if (error instanceof IntegrityError) {
      throw new RequestRefusal(409, "Some parts of this file have not arrived yet. Nothing was stored.", {
        code: "parts_missing",
      });
    }
    // The file may be there, if only the store's response was lost.
    if (!(error instanceof S3SourceError && error.code === "NoSuchUpload")) throw error;
    await assertStored(request, ticket);
  }
}

/** @throws {RequestRefusal} If the file at the path is not this upload's. */
async function assertStored(request: SourceRequest, ticket: UploadTicket): Promise<FileInfo> {
  const file = await storedFile(request, ticket);
  if (file === null) {
    throw new RequestRefusal(409, "The content of this file has not arrived. Send it first.", { code: "missing" });
  }
  if (file === "other") throw await lostRace(request.context, ticket);
  if (ticket.size === null || file.size === ticket.size) return file;
  throw new RequestRefusal(409, "The file has another size than announced.", { code: "size" });
}

/** The file that this upload stored; `"other"` if the path has another one. */
async function storedFile(
  { source, signal }: SourceRequest,
  { id, path }: UploadTicket,
): Promise<FileInfo | "other" | null> {
  const file = await source.stat(path, { signal });
  return file === null || file.metadata[UPLOAD_ID] === id ? file : "other";
}

/** Explains that credentials may allow uploads, but not deleting. */
async function deleteUploaded(source: S3Source, { path }: UploadTicket, signal: AbortSignal): Promise<void> {
  try {
    await source.delete(path, { signal });
  } catch (error) {
    if (!(error instanceof AccessDeniedError)) throw error;
    throw new RequestRefusal(403, "The file has already arrived, and the credentials of this source cannot delete it.");
  }
}

/** Removes all traces of an upload; a file that it has replaced is lost. */
async function abort(request: SourceRequest): Promise<Response> {
  const { c, context, name, source, signal } = request;
  const ticket = await ticketOf(request);
  await context.uploads.cancel(ticket);
  if (ticket.parts !== undefined) await source.resumeMultipartUpload(ticket.parts).abort({ signal });
  else if ("ifNoneMatch" in ticket.condition) {
    const file = await storedFile(request, ticket);
    if (file !== null && file !== "other") {
      noteAction(c, { action: "delete", source: name, path: ticket.path, bytes: file.size });
      await deleteUploaded(source, ticket, signal);
    }
  }
  await context.uploads.release(ticket);
  return c.json({ ok: true });
}
