import { runProgram } from "./programs.ts";

/** The result of `deno publish --dry-run`. */
export interface PublishTrial {
  /** Whether the package could be published. */
  readonly ok: boolean;
  /** The sorted paths of the files to publish. */
  readonly files: readonly string[];
  /** The whole output. */
  readonly output: string;
}

/**
 * Runs `deno publish --dry-run` without JSR. It refuses linked packages inside the package that are not published with
 * it, so it runs on a copy with the linked packages outside.
 */
export async function tryPublishing(): Promise<PublishTrial> {
  const copy = await Deno.realPath(await Deno.makeTempDir({ prefix: "publish-check-" }));
  try {
    for (const name of await listFiles()) await copyFile(`${ROOT}${name}`, `${copy}/package/${name}`);
    await Deno.rename(`${copy}/package/tools/std`, `${copy}/std`);
    const configPath = `${copy}/package/deno.json`;
    const config = JSON.parse(await Deno.readTextFile(configPath));
    // Absent after "deno task unlink".
    config.links = config.links?.map((link: string) => link.replace("./tools/std/", "../std/"));
    await Deno.writeTextFile(configPath, JSON.stringify(config));
    const command = new Deno.Command(Deno.execPath(), {
      args: ["publish", "--dry-run", "--allow-dirty"],
      cwd: `${copy}/package`,
      env: { NO_COLOR: "1" },
    });
    const { success, stdout, stderr } = await command.output();
    const output = new TextDecoder().decode(stdout) + new TextDecoder().decode(stderr);
    const files = Array.from(output.matchAll(/^ +(file:\S+) \([\d.]+ ?[KM]?B\)$/gm), ([, url = ""]) => {
      return decodeURIComponent(new URL(url).pathname).slice(`${copy}/package/`.length);
    });
    return { ok: success, files: files.toSorted(), output };
  } finally {
    await Deno.remove(copy, { recursive: true });
  }
}

/** The files in git, and new ones that are not ignored. */
async function listFiles(): Promise<string[]> {
  const { ok, output } = await runProgram(
    ["git", "-C", ROOT, "ls-files", "-z", "--cached", "--others", "--exclude-standard", "--deduplicate"],
  );
  if (!ok) throw new Error(`Cannot list the files of the project: ${output}`);
  return output.split("\0").filter((name) => name !== "");
}

async function copyFile(from: string, to: string): Promise<void> {
  await Deno.mkdir(to.slice(0, to.lastIndexOf("/")), { recursive: true });
  // Deleted, but still in git's index.
  await Deno.copyFile(from, to).catch((error) => {
    if (!(error instanceof Deno.errors.NotFound)) throw error;
  });
}

const ROOT = decodeURIComponent(new URL("..", import.meta.url).pathname);
