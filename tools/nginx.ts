import { findOrUnpack } from "./debian_program.ts";

/**
 * The path of an nginx.
 *
 * @throws {Error} If there is none; the message says what to do.
 */
export async function findOrInstallNginx(): Promise<string> {
  return await findOrUnpack("nginx", "usr/sbin/nginx");
}
