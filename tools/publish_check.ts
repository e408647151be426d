// deno-lint-ignore-file no-console -- It is a command: people read what it prints.
// Whether JSR would take the package, with no slow types; prints what would go out.
import { tryPublishing } from "./published_files.ts";

const { ok, output } = await tryPublishing();
console.log(output.trimEnd());
Deno.exitCode = ok ? 0 : 1;
