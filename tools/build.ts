// Builds the command as one file into .cache/build; with --binaries also as programs for Linux, with --image also the
// folder that deploy/Containerfile copies; with --release, what a release has, into .cache/build/release.
import { buildBinary, buildFile, buildRelease, LINUX_TARGETS } from "./built_command.ts";
import { CACHE_DIR } from "./cached_install.ts";
import { fillImageFolder } from "./image_folder.ts";

const folder = `${CACHE_DIR}/build`;
const has = (option: string) => Deno.args.includes(option);
if (has("--release")) await buildRelease(`${folder}/release`);
else {
  const file = await buildFile(folder);
  if (has("--binaries")) { for (const target of LINUX_TARGETS) await buildBinary(file, target); }
  if (has("--image")) await fillImageFolder(`${folder}/image`, file);
}
