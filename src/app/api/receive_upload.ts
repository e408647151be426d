import { FileTooLargeError, PreconditionFailedError } from "../../errors.ts";
import type { UploadBody } from "../../types/files.ts";
import { countOf } from "../http/arguments.ts";
import { RequestRefusal } from "../failure.ts";
import { type FormPart, readMultipart, readText } from "../files/multipart_form.ts";
import { readBody, readBytes } from "../http/body.ts";
import { uploadMetadata } from "./prepare_upload.ts";
import type { SourceRequest } from "./route.ts";
import { readTicket, type UploadTicket } from "./upload_ticket.ts";

/** A form with the token, and then the file: how the host's clients send bytes. */
export async function receiveForm(request: SourceRequest): Promise<Response> {
  const { c, context, name } = request;
  let token = "";
  for await (const part of readMultipart(readBody(c, context), c.req.header("content-type") ?? "")) {
    if (part.name === "token") token = await readText(part);
    if (part.name !== "file") continue;
    await store(request, await readTicket(c, context, { token, source: name }), fileOf(part));
    return c.json({ ok: true });
  }
  throw new RequestRefusal(400, "No file was sent.");
}

function fileOf({ body, contentType }: FormPart): { body: UploadBody; contentType: string | undefined } {
  return { body, contentType };
}

/** The bytes and nothing else, with the token in the query. */
export async function receiveContent(request: SourceRequest): Promise<Response> {
  const { c, context, name, query } = request;
  const ticket = await readTicket(c, context, { token: query.get("token") ?? "", source: name });
  await store(request, ticket, { body: readBody(c, context), contentType: c.req.header("content-type") });
  return c.json({ ok: true });
}

async function store(
  request: SourceRequest,
  ticket: UploadTicket,
  { body, contentType }: { body: UploadBody; contentType: string | undefined },
): Promise<void> {
  const { context, source, signal } = request;
  const type = ticket.contentType ?? contentType;
  if (ticket.parts !== undefined) throw new RequestRefusal(400, "This upload goes in parts.");
  try {
    await context.uploads.receiveOnce(ticket, (cancelled) =>
      source.upload(ticket.path, body, {
        ...type !== undefined && { contentType: type },
        ...ticket.size !== null && { size: ticket.size },
        ...ticket.condition,
        metadata: uploadMetadata(request, ticket),
        signal: AbortSignal.any([signal, cancelled]),
      }));
  } catch (error) {
    if (!(error instanceof PreconditionFailedError)) throw error;
    context.uploads.release(ticket);
    throw new RequestRefusal(409, "Someone else has stored a file of this name meanwhile, and it was kept.", {
      code: "collision",
    });
  }
}

/** One part of a large file, which is held in memory until all of it is here. */
export async function receivePart(request: SourceRequest): Promise<Response> {
  const { c, context, name, source, query, signal } = request;
  const ticket = await readTicket(c, context, { token: query.get("token") ?? "", source: name });
  context.uploads.assertOpen(ticket);
  if (ticket.parts === undefined) throw new RequestRefusal(400, "This upload does not go in parts.");
  const { size, partSizeBytes } = ticket.parts;
  const most = Math.ceil(size / partSizeBytes);
  const number = countOf(query.get("number"), { name: "number", least: 1, most, otherwise: 1 });
  const length = Math.min(partSizeBytes, size - (number - 1) * partSizeBytes);
  if (length > MAX_PROXIED_PART_BYTES) {
    throw new FileTooLargeError("Cannot upload through the app: the parts of so large a file go straight to the store");
  }
  const bytes = await readBytes(c, context, length);
  if (bytes.byteLength !== length) {
    throw new RequestRefusal(400, `Part ${number} must have ${length} bytes, not ${bytes.byteLength}.`);
  }
  await source.resumeMultipartUpload(ticket.parts).uploadPart(number, bytes, { signal });
  return c.json({ ok: true });
}

/** A part is held whole, as it may have to be sent again. */
const MAX_PROXIED_PART_BYTES = 64 * 1024 * 1024;
