import { lastLines, runProgram } from "./programs.ts";

/** Installs a package of Debian, as root on Debian. @returns What is in the way, if it is not installed then. */
export async function installDebianPackage(name: string): Promise<string> {
  const system = await Deno.readTextFile("/etc/os-release").catch(() => "");
  // Ubuntu's package of Chromium is an empty one, which refers to a store.
  if (!/^ID="?debian"?$/m.test(system) || Deno.uid() !== 0) {
    return "It is installed by itself only on Debian, and only for root.";
  }
  const apt = ["apt-get", "--quiet", "--option", "DPkg::Lock::Timeout=300"];
  const env = { DEBIAN_FRONTEND: "noninteractive" };
  await runProgram([...apt, "update"], { env });
  const { output } = await runProgram([...apt, "install", "--yes", "--no-install-recommends", name], { env });
  return `"apt-get install ${name}" failed. What it said:\n${lastLines(output, 10)}`;
}
