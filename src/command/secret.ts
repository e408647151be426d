// deno-lint-ignore-file no-console -- It is a command: people read what it prints.
import { createSecret } from "../broker/mod.ts";

/** Prints a new secret and its hash. */
export async function printSecret(): Promise<void> {
  const { secret, sha256 } = await createSecret();
  console.log(`secret: ${secret}\nsecret_sha256: ${sha256}`);
}
