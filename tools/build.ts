// deno-lint-ignore-file no-console -- A command.
// Builds the command as one file into .cache/build; with --binaries also as programs for Linux, with --image also the
// folder that deploy/Containerfile copies.
import { buildBinary, buildFile, LINUX_TARGETS } from "./built_command.ts";
import { CACHE_DIR } from "./cached_install.ts";
import { fillImageFolder } from "./image_folder.ts";

const folder = `${CACHE_DIR}/build`;
const file = await buildFile(folder);
const paths = [file];
if (Deno.args.includes("--binaries")) {
  for (const target of LINUX_TARGETS) paths.push(await buildBinary(file, target));
}
if (Deno.args.includes("--image")) {
  await fillImageFolder(`${folder}/image`, file);
  console.log(`${folder}/image`);
}
for (const path of paths) console.log(`${path}  ${((await Deno.stat(path)).size / 1e6).toFixed(1)} MB`);
