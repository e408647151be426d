import { clientOf } from "../../options/client_address.ts";
import { collision } from "../files/collision.ts";
import type { MultipartUploadState } from "../../types/direct_uploads.ts";
import { type AppContext, type AppRequest, noteAction } from "../context.ts";
import type { Upload, UploadTarget } from "../session/upload_ledger.ts";
import { RequestRefusal } from "../failure.ts";
import type { TokenContent } from "../../tokens/signed_token.ts";
import type { SourceRequest } from "./route.ts";

/** An upload as it was prepared. The client holds it as a sealed token, so that the app stores nothing. */
export interface UploadTicket extends TokenContent, Upload, UploadTarget {
  readonly purpose: "upload";
  /** Stored with the file, to recognize it. */
  readonly id: string;
  /** When it expires, in epoch milliseconds. */
  readonly expiresMs: number;
  /** The uploader's id; `null` if nobody is logged in. */
  readonly actor: string | null;
  /** Among the person's uploads. */
  readonly place: number;
  /** Bytes; `null` if unknown. */
  readonly size: number | null;
  /** Media type; `null` if unknown. */
  readonly contentType: string | null;
  /** When the file was last changed, in epoch milliseconds; `null` if unknown. */
  readonly changedMs: number | null;
  /** Whether the bytes go straight to the store. */
  readonly direct: boolean;
  /** The condition for storing it. */
  readonly condition: UploadCondition;
  /** For a file that is sent in parts. */
  readonly parts?: MultipartUploadState;
}

/** The path is still free, or still has the file that is to be replaced. */
export type UploadCondition = { readonly ifNoneMatch: "*" } | { readonly ifMatch: string };

/** Makes the token of an upload. */
export async function writeTicket({ tokens }: AppContext, ticket: UploadTicket): Promise<string> {
  return `${PREFIX}${await tokens.sign(ticket)}`;
}

/**
 * Reads a token, which is valid only for the actor and the source it was made for.
 *
 * @throws {RequestRefusal} If it is invalid or has expired, or the upload has ended.
 */
export async function readTicket(request: SourceRequest, token: string): Promise<UploadTicket> {
  const { c, context: { uploads } } = request;
  const ticket = await verifyTicket(request, token);
  if (c.get("action") !== undefined) noteUpload(c, ticket);
  await uploads.assertOpen(ticket);
  return ticket;
}

/** The same for an upload that may have ended. */
export async function verifyTicket(
  { c, context: { tokens }, name }: SourceRequest,
  token: string,
): Promise<UploadTicket> {
  const content = token.startsWith(PREFIX) ? await tokens.verify(token.slice(PREFIX.length), "upload") : undefined;
  // Sealed for this purpose, so it is as `writeTicket` made it.
  const ticket = content as UploadTicket | undefined;
  if (ticket?.source !== name || ticket.actor !== actorOf(c)) {
    throw new RequestRefusal(400, "This upload is unknown or has expired. Start it again.", { code: "expired" });
  }
  return ticket;
}

/** Notes an upload for the audit. */
function noteUpload(
  c: AppRequest,
  { path, size, condition }: Pick<UploadTicket, "path" | "size" | "condition">,
) {
  noteAction(c, { action: "ifMatch" in condition ? "replace" : "upload", path, bytes: size ?? undefined });
}

/** @throws {RequestRefusal} If the upload is not sent in parts. */
export function partsOf({ parts }: UploadTicket): MultipartUploadState {
  if (parts !== undefined) return parts;
  throw new RequestRefusal(400, "This upload is not sent in parts.");
}

/** Gives up an upload whose path someone else has taken. */
export async function lostRace({ uploads }: AppContext, ticket: UploadTicket): Promise<RequestRefusal> {
  await uploads.release(ticket);
  return collision("Someone else has stored a file of this name in the meantime, which was kept. Upload yours again.");
}

/** The id of the actor; `null` if nobody is logged in. */
export function actorOf(c: AppRequest): string | null {
  return c.get("visitor").actor?.id ?? null;
}

/** Whose uploads and searches are counted together: those of an actor, or of the client at an address. */
export function personOf(c: AppRequest): string {
  const { address } = c.env ?? {};
  return JSON.stringify(actorOf(c) ?? [address === undefined ? null : clientOf(address)]);
}

const PREFIX = "tok_";
