// deno-lint-ignore-file no-console -- A command.
// Checks that JSR would accept the package, without slow types, and prints its files.
import { tryPublishing } from "./published_files.ts";

const { ok, output } = await tryPublishing();
console.log(output.trimEnd());
Deno.exitCode = ok ? 0 : 1;
