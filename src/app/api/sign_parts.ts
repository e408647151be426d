import { textOf } from "../http/arguments.ts";
import type { MultipartUploadState, UploadedPart } from "../../types/direct_uploads.ts";
import { RequestRefusal } from "../failure.ts";
import { readJson } from "../http/body.ts";
import { FILES_URL } from "../urls.ts";
import type { SourceRequest } from "./route.ts";
import { readTicket, type UploadTicket } from "./upload_ticket.ts";

/** Where to send parts of a large file, and which of them are there already. */
export async function signParts(request: SourceRequest): Promise<Response> {
  const { c, context, name, source, signal } = request;
  const body = await readJson(c, context);
  const token = textOf(body, "upload_token");
  const ticket = await readTicket(c, context, { token, source: name });
  context.uploads.assertOpen(ticket);
  if (ticket.parts === undefined) throw new RequestRefusal(400, "This upload does not go in parts.");
  const upload = source.resumeMultipartUpload(ticket.parts);
  const numbers = readNumbers(body["numbers"], upload.partCount);
  const uploaded = await upload.parts({ signal });
  const urls = await Promise.all(numbers.map(async (number) => {
    if (!ticket.direct) return throughApp(request, ticket, { token, number });
    const { url, offset, size, expiresAt } = await upload.partUrl(number, { expiresInSeconds: URL_SECONDS, signal });
    return { number, url, offset, size, expires_at: expiresAt.toISOString() };
  }));
  return c.json({ urls, uploaded: uploaded.filter(isWhole(ticket.parts)).map(({ partNumber }) => partNumber) });
}

function throughApp(
  { name }: SourceRequest,
  { expiresMs, parts }: UploadTicket,
  { token, number }: { token: string; number: number },
) {
  const url = `${FILES_URL}/upload/${encodeURIComponent(name)}/-/part?token=${token}&number=${number}`;
  const { size = 0, partSizeBytes = 0 } = parts ?? {};
  const offset = (number - 1) * partSizeBytes;
  return {
    number,
    url,
    offset,
    size: Math.min(partSizeBytes, size - offset),
    expires_at: new Date(expiresMs).toISOString(),
  };
}

function isWhole({ size, partSizeBytes }: MultipartUploadState): (part: UploadedPart) => boolean {
  return (part) => part.size === Math.min(partSizeBytes, size - (part.partNumber - 1) * partSizeBytes);
}

function readNumbers(value: unknown, partCount: number): number[] {
  const isNumber = (number: unknown): number is number =>
    typeof number === "number" && Number.isInteger(number) && number >= 1 && number <= partCount;
  if (Array.isArray(value) && value.length <= MAX_NUMBERS && value.every(isNumber)) return value;
  throw new RequestRefusal(400, `“numbers” must be a list of at most ${MAX_NUMBERS} numbers from 1 to ${partCount}.`);
}

const MAX_NUMBERS = 1_000;
/** Enough to begin a part behind a few others; more is asked for again. */
const URL_SECONDS = 900;
