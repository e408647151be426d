import { lastLines, runProgram } from "./programs.ts";

/**
 * Makes the content of a container's image: Deno, the libraries that it loads, and the command as one file.
 *
 * @param file The command, from `buildFile`.
 * @throws {Error} If this machine's Deno is not one for Linux with glibc.
 */
export async function fillImageFolder(folder: string, file: string): Promise<void> {
  await Deno.remove(folder, { recursive: true }).catch(() => {});
  const deno = await Deno.realPath(Deno.execPath());
  const { ok, output } = await runProgram(["ldd", deno]);
  const libraries = Array.from(output.matchAll(/(?:=> )?(\/\S+) \(0x/g), ([, path = ""]) => path);
  if (!ok || libraries.length === 0) throw new Error(`Cannot find the libraries of ${deno}:\n${lastLines(output, 3)}`);
  for (const path of libraries) await place(path, folder + path);
  await place(deno, `${folder}/deno`);
  await place(file, `${folder}/s3-source.js`);
  // Whoever builds may keep new files private, but the user in the container is another one.
  const readable = await runProgram(["chmod", "-R", "a+rX", folder]);
  if (!readable.ok) throw new Error(`Cannot make ${folder} readable: ${readable.output}`);
}

async function place(from: string, to: string): Promise<void> {
  await Deno.mkdir(to.slice(0, to.lastIndexOf("/")), { recursive: true });
  await Deno.copyFile(from, to);
}
