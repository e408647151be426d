import type { MultipartUploadState } from "../../types/direct_uploads.ts";
import type { AppContext, AppRequest } from "../context.ts";
import { RequestRefusal } from "../failure.ts";
import type { TokenContent } from "../session/signed_token.ts";

/** What was agreed with whoever uploads. It travels as a signed token, so that nothing has to be remembered. */
export interface UploadTicket extends TokenContent {
  readonly purpose: "upload";
  /** Kept with the file, by which it is known again. */
  readonly id: string;
  /** Whose it is; `null` for someone who is not known. */
  readonly actor: string | null;
  /** The source's name. */
  readonly source: string;
  /** Relative to the source. */
  readonly path: string;
  /** Bytes; `null` if it was not told. */
  readonly size: number | null;
  /** Media type; `null` if it was not told. */
  readonly contentType: string | null;
  /** Whether the bytes go straight to the store. */
  readonly direct: boolean;
  /** What storing it depends on: how the place was when it was prepared. */
  readonly condition: UploadCondition;
  /** Of a file in parts. */
  readonly parts?: MultipartUploadState;
}

/** What was at the place of an upload: nothing, or a file that may be replaced. */
export type UploadCondition = { readonly ifNoneMatch: "*" } | { readonly ifMatch: string };

/** Makes a token. */
export async function writeTicket({ tokens }: AppContext, ticket: UploadTicket): Promise<string> {
  return `${PREFIX}${await tokens.sign(ticket)}`;
}

/**
 * Reads a token, which is good for whom, and for the source, it was made.
 *
 * @throws {RequestRefusal} If it is none, is someone else's, or has expired.
 */
export async function readTicket(
  c: AppRequest,
  { tokens }: AppContext,
  { token, source }: { token: string; source: string },
): Promise<UploadTicket> {
  const content = token.startsWith(PREFIX) ? await tokens.verify(token.slice(PREFIX.length), "upload") : undefined;
  // Signed for this purpose, so it is as `writeTicket` made it.
  const ticket = content as UploadTicket | undefined;
  if (ticket?.source === source && ticket.actor === actorOf(c)) return ticket;
  throw new RequestRefusal(400, "This upload is not known here, or has expired. Start it again.", { code: "expired" });
}

/** The id of whoever asks; `null` without one. */
export function actorOf(c: AppRequest): string | null {
  return c.get("actor")?.id ?? null;
}

const PREFIX = "tok_";
