import { findOrUnpack } from "./debian_program.ts";

/**
 * The path of a Caddy.
 *
 * @throws {Error} If there is none; the message says what to do.
 */
export async function findOrInstallCaddy(): Promise<string> {
  return await findOrUnpack("caddy", "usr/bin/caddy");
}
