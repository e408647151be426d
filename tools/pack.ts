import { CACHE_DIR } from "./cached_install.ts";
import { isFile, lastLines, runProgram } from "./programs.ts";

/** A project that uses the package: a folder with `node_modules`. */
export interface PackedProject {
  /** Its path; tests add files there. */
  readonly folder: string;
  /** The package's path in it. */
  readonly packageFolder: string;
  /** Removes it. */
  remove(): Promise<void>;
}

/**
 * Packs the package with `deno pack`, and installs the tarball with its npm dependencies into an empty project in the
 * cache folder, like a user of Node or Bun.
 *
 * @param packages Other npm packages to install there, such as `fast-check@4.10.2`.
 * @throws {Error} If packing or installing fails; the message has the end of the output.
 */
export async function installPacked({ packages = [] }: { packages?: readonly string[] } = {}): Promise<PackedProject> {
  await Deno.mkdir(PACKED_DIR, { recursive: true });
  const folder = await Deno.makeTempDir({ dir: PACKED_DIR, prefix: "project-" });
  const remove = () => Deno.remove(folder, { recursive: true });
  try {
    const tarball = `${folder}/package.tgz`;
    await succeed([Deno.execPath(), "pack", `--config=${ROOT}/deno.json`, "--allow-dirty", `--output=${tarball}`]);
    const overrides = await lockedVersions(packages);
    await Deno.writeTextFile(`${folder}/package.json`, JSON.stringify({ private: true, type: "module", overrides }));
    await succeed(["npm", "install", "--no-audit", "--no-fund", "--prefix", folder, tarball, ...packages]);
    const packageFolder = `${folder}/node_modules/@files/s3-source`;
    await addLinked(folder, packageFolder);
    return { folder, packageFolder, remove };
  } catch (error) {
    await remove();
    throw error;
  }
}

/**
 * The versions of the AWS SDK's packages in `deno.lock`: those of a release that is just being published may not all be
 * there yet.
 */
async function lockedVersions(direct: readonly string[]): Promise<Record<string, string>> {
  const { npm } = JSON.parse(await Deno.readTextFile(`${ROOT}/deno.lock`));
  const locked = Object.keys(npm).map((key) => /^(@(?:aws-sdk|aws|smithy)\/[^@]+)@([^_]+)/.exec(key) ?? []);
  return Object.fromEntries(
    locked.flatMap(([, name, version]) =>
      name === undefined || version === undefined || direct.some((text) => text.startsWith(`${name}@`))
        ? []
        : [[name, version]]
    ),
  );
}

/**
 * `deno pack` puts linked packages into the tarball but does not rewrite their imports, and npm cannot take them from
 * JSR, which is not reachable from every network.
 */
async function addLinked(folder: string, packageFolder: string): Promise<void> {
  if (!await isFile(`${packageFolder}/tools/std/yaml/mod.js`)) return;
  const linked = `${folder}/node_modules/@std/yaml`;
  await Deno.mkdir(linked, { recursive: true });
  await Deno.writeTextFile(`${linked}/package.json`, JSON.stringify({ type: "module", exports: "./mod.js" }));
  await Deno.writeTextFile(`${linked}/mod.js`, 'export * from "../../@files/s3-source/tools/std/yaml/mod.js";\n');
}

async function succeed(command: readonly string[]): Promise<void> {
  const { ok, output } = await runProgram(command);
  if (!ok) throw new Error(`Cannot install the package: "${command.join(" ")}" failed:\n${lastLines(output, 10)}`);
}

const ROOT = decodeURIComponent(new URL("..", import.meta.url).pathname).replace(/\/$/, "");
const PACKED_DIR = `${CACHE_DIR}/packed`;
