import type { S3SourceError } from "../errors.ts";
import type { Exchange } from "./exchange.ts";

/** The text of a response that has no reason to be large. `refuse` makes the error for one that is. */
export async function readSmallBody(exchange: Exchange, refuse: (reason: string) => S3SourceError): Promise<string> {
  const bytes = await exchange.bytes(MAX_BYTES);
  if (bytes.byteLength > MAX_BYTES) throw refuse(`is larger than ${MAX_BYTES / 1024} KiB`);
  return new TextDecoder().decode(bytes);
}

const MAX_BYTES = 64 * 1024;

/** 0 is the status that browsers give to a redirect that is not followed. */
export function isRedirect(status: number): boolean {
  return status === 0 || (status >= 300 && status < 400);
}
