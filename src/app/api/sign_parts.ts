import { S3SourceError } from "../../errors.ts";
import { textOf } from "../http/arguments.ts";
import { RequestRefusal } from "../failure.ts";
import { readJson } from "../http/body.ts";
import type { SourceRequest } from "./route.ts";
import { partsOf, readTicket } from "./upload_ticket.ts";

/** Responds with URLs for parts of a large file, and with the parts that have arrived. */
export async function signParts(request: SourceRequest): Promise<Response> {
  const { c, context, name, source, signal } = request;
  const body = await readJson(c, context);
  const token = textOf(body, "upload_token");
  const ticket = await readTicket(request, token);
  const upload = source.resumeMultipartUpload(partsOf(ticket));
  const numbers = readNumbers(body["numbers"], upload.partCount);
  const parts = await upload.parts({ signal }).catch((error) => {
    if (!(error instanceof S3SourceError && error.code === "NoSuchUpload")) throw error;
    throw new RequestRefusal(409, "The store no longer has this upload. Start it again.", { code: "expired" });
  });
  const wanted = numbers.flatMap((number) => parts[number - 1] ?? []);
  const urls = await Promise.all(wanted.map(async ({ partNumber: number, offset, size }) => {
    if (!ticket.direct) {
      const url = `${context.filesUrl}/upload/${encodeURIComponent(name)}/-/part?token=${token}&number=${number}`;
      return { number, url, offset, size, expires_at: new Date(ticket.expiresMs).toISOString() };
    }
    const { url, expiresAt } = await upload.partUrl(number, { expiresInSeconds: URL_SECONDS, signal });
    return { number, url, offset, size, expires_at: expiresAt.toISOString() };
  }));
  const stored = parts.filter(({ isStored }) => isStored);
  return c.json({ urls, uploaded: stored.map(({ partNumber }) => partNumber) });
}

function readNumbers(value: unknown, partCount: number): number[] {
  const isNumber = (number: unknown): number is number =>
    typeof number === "number" && Number.isInteger(number) && number >= 1 && number <= partCount;
  if (Array.isArray(value) && value.length <= MAX_NUMBERS && value.every(isNumber)) return value;
  throw new RequestRefusal(400, `“numbers” must be a list of at most ${MAX_NUMBERS} numbers from 1 to ${partCount}.`);
}

const MAX_NUMBERS = 1_000;
/** Enough for a few parts one after another; the client asks again for the next. */
const URL_SECONDS = 900;
