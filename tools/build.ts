// deno-lint-ignore-file no-console -- A command.
// Builds the command as one file, and with --binaries as programs for Linux, into .cache/build.
import { buildBinary, buildFile, LINUX_TARGETS } from "./built_command.ts";
import { CACHE_DIR } from "./cached_install.ts";

const folder = `${CACHE_DIR}/build`;
const file = await buildFile(folder);
const paths = [file];
if (Deno.args.includes("--binaries")) {
  for (const target of LINUX_TARGETS) paths.push(await buildBinary(file, target));
}
for (const path of paths) console.log(`${path}  ${((await Deno.stat(path)).size / 1e6).toFixed(1)} MB`);
