import { lastLines, runProgram } from "./programs.ts";

/**
 * Installs a Debian package, as root on Debian.
 * @returns The likely problem, for a message if the program is still missing.
 */
export async function installDebianPackage(name: string): Promise<string> {
  const system = await Deno.readTextFile("/etc/os-release").catch(() => "");
  // Ubuntu's Chromium package is empty and refers to a snap.
  if (!/^ID="?debian"?$/m.test(system) || Deno.uid() !== 0) {
    return "It is installed automatically only as root on Debian.";
  }
  const apt = ["apt-get", "--quiet", "--option", "DPkg::Lock::Timeout=300"];
  const env = { DEBIAN_FRONTEND: "noninteractive" };
  await runProgram([...apt, "update"], { env });
  const { output } = await runProgram([...apt, "install", "--yes", "--no-install-recommends", name], { env });
  return `"apt-get install ${name}" failed. Its output:\n${lastLines(output, 10)}`;
}
