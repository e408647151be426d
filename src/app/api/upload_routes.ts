import { AccessDeniedError, IntegrityError, PreconditionFailedError, S3SourceError } from "../../errors.ts";
import type { MultipartUpload } from "../../types/direct_uploads.ts";
import type { S3Source } from "../../types/source.ts";
import type { FileInfo } from "../../types/files.ts";
import { textOf } from "../http/arguments.ts";
import { mayBrowse } from "../context.ts";
import { RequestRefusal } from "../failure.ts";
import { readJson } from "../http/body.ts";
import { recordOf } from "./file_routes.ts";
import { prepareUpload } from "./prepare_upload.ts";
import { receiveContent, receiveForm, receivePart } from "./receive_upload.ts";
import { ownRecord, UPLOAD_ID } from "./records.ts";
import { type ApiRoute, type SourceRequest, sourceRoute } from "./route.ts";
import { signParts } from "./sign_parts.ts";
import { readTicket, type UploadTicket } from "./upload_ticket.ts";

/** Uploads in steps: what is agreed, the bytes, and the end. */
export const UPLOAD_ROUTES: readonly ApiRoute[] = [
  sourceRoute("POST /upload/{source}/-/prepare", { needs: ["files-upload"], answer: prepareUpload }),
  sourceRoute("POST /upload/{source}/-/content", { needs: ["files-upload"], answer: receiveForm }),
  sourceRoute("PUT /upload/{source}/-/content", { needs: ["files-upload"], answer: receiveContent }),
  sourceRoute("PUT /upload/{source}/-/part", { needs: ["files-upload"], answer: receivePart }),
  sourceRoute("POST /upload/{source}/-/part-urls", { needs: ["files-upload"], answer: signParts }),
  sourceRoute("POST /upload/{source}/-/complete", { needs: ["files-upload"], answer: complete }),
  sourceRoute("POST /upload/{source}/-/abort", { needs: ["files-upload"], answer: abort }),
];

async function ticketOf({ c, context, name }: SourceRequest): Promise<UploadTicket> {
  const token = textOf(await readJson(c, context), "upload_token");
  const ticket = await readTicket(c, context, { token, source: name });
  context.uploads.assertOpen(ticket);
  return ticket;
}

/** Says that the file is there, having looked; of parts, it is made now. */
async function complete(request: SourceRequest): Promise<Response> {
  const { c, context, name, source, signal } = request;
  const ticket = await ticketOf(request);
  const { parts } = ticket;
  if (parts !== undefined) await completeParts(request, ticket, source.resumeMultipartUpload(parts));
  const mayKnowAll = mayBrowse(c, context, name);
  // Of parts, the store has just said that it made the file of them.
  const stored = parts === undefined || !mayKnowAll ? await assertStored(request, ticket) : undefined;
  context.grants.note(name, { path: ticket.path, what: "write", isAllowed: true });
  context.uploads.end(ticket);
  context.uploads.release(ticket);
  const file = stored && !mayKnowAll
    ? ownRecord(name, stored)
    : await recordOf(name, source, { path: ticket.path, signal });
  return c.json({ ok: true, file }, 201);
}

async function completeParts(request: SourceRequest, ticket: UploadTicket, upload: MultipartUpload): Promise<void> {
  const { signal } = request;
  try {
    await upload.complete({ ...ticket.condition, signal });
  } catch (error) {
    if (error instanceof PreconditionFailedError) {
      await upload.abort({ signal });
      throw lostRace(request, ticket);
    }
    if (error instanceof IntegrityError) {
      throw new RequestRefusal(409, "Not all parts of this file have arrived yet. Nothing was stored.", {
        code: "parts_missing",
      });
    }
    // It may be there already, and only the answer that said so was lost.
    if (!(error instanceof S3SourceError && error.code === "NoSuchUpload")) throw error;
    await assertStored(request, ticket);
  }
}

/** @throws {RequestRefusal} If the file at its place is not this upload's. */
async function assertStored(request: SourceRequest, ticket: UploadTicket): Promise<FileInfo> {
  const file = await storedFile(request, ticket);
  if (file === null) {
    throw new RequestRefusal(409, "The bytes of this file have not arrived. Send them first.", { code: "missing" });
  }
  if (file === "other") throw lostRace(request, ticket);
  if (ticket.size === null || file.size === ticket.size) return file;
  throw new RequestRefusal(409, "The file that arrived has another size than announced.", { code: "size" });
}

/** The file that this upload stored; `"other"` if there is one that it did not store. */
async function storedFile(
  { source, signal }: SourceRequest,
  { id, path }: UploadTicket,
): Promise<FileInfo | "other" | null> {
  const file = await source.stat(path, { signal });
  return file === null || file.metadata?.[UPLOAD_ID] === id ? file : "other";
}

/** The path is taken now, and nothing is promised any more. */
function lostRace({ context }: SourceRequest, ticket: UploadTicket): RequestRefusal {
  context.uploads.release(ticket);
  return new RequestRefusal(
    409,
    "Someone else has stored a file of this name meanwhile, and it was kept. Upload yours again.",
    {
      code: "collision",
    },
  );
}

/** Credentials that may not delete may still write: that they refuse this says nothing of uploads. */
async function deleteStored(source: S3Source, { path }: UploadTicket, signal: AbortSignal): Promise<void> {
  try {
    await source.delete(path, { signal });
  } catch (error) {
    if (!(error instanceof AccessDeniedError)) throw error;
    throw new RequestRefusal(403, "The file has arrived already, and the credentials of this source cannot delete it.");
  }
}

/** Leaves nothing of an upload, but a file that it has replaced cannot be brought back. */
async function abort(request: SourceRequest): Promise<Response> {
  const { c, context, source, signal } = request;
  const ticket = await ticketOf(request);
  await context.uploads.cancel(ticket);
  if (ticket.parts !== undefined) await source.resumeMultipartUpload(ticket.parts).abort({ signal });
  else if ("ifNoneMatch" in ticket.condition) {
    const file = await storedFile(request, ticket);
    if (file !== null && file !== "other") await deleteStored(source, ticket, signal);
  }
  context.uploads.release(ticket);
  return c.json({ ok: true });
}
