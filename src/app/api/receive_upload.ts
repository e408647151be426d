import { PreconditionFailedError } from "../../errors.ts";
import type { UploadBody } from "../../types/files.ts";
import { wholeNumberOf } from "../http/arguments.ts";
import { noteAction } from "../context.ts";
import { RequestRefusal } from "../failure.ts";
import { writeGuarded } from "../files/guarded_write.ts";
import { readMultipart, readText } from "../files/multipart_form.ts";
import { readBody, readBytes } from "../http/body.ts";
import { uploadMetadata } from "./prepare_upload.ts";
import type { SourceRequest } from "./route.ts";
import { lostRace, partsOf, readTicket, type UploadTicket } from "./upload_ticket.ts";

/** Receives a form with the token, then the file, as the host's clients send it. */
export async function receiveForm(request: SourceRequest): Promise<Response> {
  const { c, context } = request;
  let token = "";
  for await (const part of readMultipart(readBody(c, context), c.req.header("content-type") ?? "")) {
    if (part.name === "token") token = await readText(part);
    if (part.name !== "file") continue;
    await store(request, await readTicket(request, token), part);
    return c.json({ ok: true });
  }
  throw new RequestRefusal(400, "No file was sent.");
}

/** Receives a file as the body, with the token in the query. */
export async function receiveContent(request: SourceRequest): Promise<Response> {
  const { c, context, query } = request;
  const ticket = await readTicket(request, query.get("token") ?? "");
  await store(request, ticket, { body: readBody(c, context), contentType: c.req.header("content-type") });
  return c.json({ ok: true });
}

async function store(
  request: SourceRequest,
  ticket: UploadTicket,
  { body, contentType }: { body: UploadBody; contentType?: string | undefined },
): Promise<void> {
  const { c, context, name, source, signal } = request;
  const type = ticket.contentType ?? contentType;
  if (ticket.parts !== undefined) throw new RequestRefusal(400, "This upload is sent in parts.");
  try {
    const { size: bytes } = await context.uploads.receiveOnce(ticket, (cancelled) => {
      const { path, size, condition } = ticket;
      const facts = {
        contentType: type,
        ...size !== null && { size },
        metadata: uploadMetadata(request, ticket),
        signal: AbortSignal.any([signal, cancelled]),
      };
      const looksFirst = context.grants.conditions(name) !== true;
      const file = { path, condition, looksFirst, signal: facts.signal };
      return writeGuarded(source, file, (condition) => source.upload(path, body, { ...facts, ...condition }));
    });
    noteAction(c, { bytes });
    context.metrics.onTransfer({ source: name, direction: "in", bytes });
  } catch (error) {
    throw error instanceof PreconditionFailedError ? await lostRace(context, ticket) : error;
  }
}

/** Receives a part of a large file, which is held in memory until it is complete. */
export async function receivePart(request: SourceRequest): Promise<Response> {
  const { c, context, name, source, query, signal } = request;
  const ticket = await readTicket(request, query.get("token") ?? "");
  const parts = partsOf(ticket);
  const upload = source.resumeMultipartUpload(parts);
  const number = wholeNumberOf(query.get("number"), { name: "number", least: 1, most: upload.partCount, otherwise: 1 });
  const size = Math.min(parts.partSizeBytes, parts.size - (number - 1) * parts.partSizeBytes);
  if (size > MAX_PROXIED_PART_BYTES) {
    throw new RequestRefusal(413, "The parts of so large a file must be sent straight to the store.");
  }
  const bytes = await readBytes(c, context, Math.min(size, context.limits.maxBytes));
  if (bytes.byteLength !== size) {
    throw new RequestRefusal(400, `Part ${number} must have ${size} bytes, not ${bytes.byteLength}.`);
  }
  await upload.uploadPart(number, bytes, { signal });
  context.metrics.onTransfer({ source: name, direction: "in", bytes: size });
  return c.json({ ok: true });
}

/** A part is held whole, as it may have to be sent to the store again. */
const MAX_PROXIED_PART_BYTES = 64 * 1024 * 1024;
