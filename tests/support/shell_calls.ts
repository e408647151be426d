/** The programs that a script of ours may call. */
const PROGRAMS = [
  ...["aws", "bash", "bun", "bunx", "curl", "deno", "dirname", "garage", "gh", "install", "mc", "minio", "npx"],
  ...["rclone", "s3-source", "s5cmd", "sh", "systemctl", "versitygw", "weed"],
];

/** Folders of the project where a script may go; they are empty there. */
const FOLDERS = ["examples/worker"];

/** A program and its arguments, as a shell has understood them. */
export type ShellCall = readonly string[];

/**
 * The programs that a script calls, in their order, found by running it: in an empty folder, where each of {@link
 * PROGRAMS} only writes down how it was called, and there is no other.
 *
 * @param env Variables that it may use.
 * @throws {Error} If the shell refuses the script, or something else is called; the message is the shell's.
 */
export async function callsOfScript(script: string, env: Readonly<Record<string, string>> = {}): Promise<ShellCall[]> {
  const folder = await Deno.makeTempDir({ prefix: "shell-calls-" });
  try {
    const calls = `${folder}/calls`;
    await Deno.writeTextFile(calls, "");
    for (const name of ["bin", ...FOLDERS]) await Deno.mkdir(`${folder}/${name}`, { recursive: true });
    for (const name of PROGRAMS) {
      const standIn = `#!/bin/sh\n{ printf '%s\\037' ${name} "$@"; printf '\\036'; } >> "$CALLS"\n`;
      await Deno.writeTextFile(`${folder}/bin/${name}`, standIn, { mode: 0o755 });
    }
    const command = new Deno.Command("/bin/sh", {
      args: ["-e", "-c", script],
      cwd: folder,
      clearEnv: true,
      env: { ...env, PATH: `${folder}/bin`, HOME: folder, CALLS: calls },
      stdin: "null",
    });
    const { success, stderr } = await command.output();
    if (!success) throw new Error(new TextDecoder().decode(stderr).trim());
    const written = await Deno.readTextFile(calls);
    return written.split("\x1e").slice(0, -1).map((call) => call.split("\x1f").slice(0, -1));
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}
