import type { InstalledClients } from "../../tools/clients.ts";
import { findNode } from "../../tools/node.ts";
import { runProgram } from "../../tools/programs.ts";
import { blocksOf } from "../support/doc_blocks.ts";
import type { Protocol } from "./table.ts";
import { BUCKET, type World } from "./world.ts";

/** A client's process. */
export interface GuestOptions {
  /** The heading of its section in docs/brokers.md. */
  readonly name: string;
  /** `"credentials_url"` is that of datasette-files-s3, in its configuration. */
  readonly protocol: Protocol | "credentials_url";
  /** The tenant's name, whose folder takes the place of `team/`. */
  readonly tenant: string;
  /** Takes the place of the secret. */
  readonly secret: string;
  /** What the file with the secret ends in. Default: nothing for a token file, else a line end. */
  readonly secretEnd?: string;
  /** The program in `guest/` that continues that of docs/brokers.md. Default: the one that performs all steps. */
  readonly program?: string;
  /** More environment variables. Default: none. */
  readonly env?: Readonly<Record<string, string>>;
  /** The origin that takes the broker's place. Default: that of the world's broker. */
  readonly brokerUrl?: string;
}

/** What became of a client's process. */
export interface GuestResult {
  readonly ok: boolean;
  /** All it has printed. */
  readonly output: string;
  /** Steps that succeeded, with what they returned. */
  readonly done: Readonly<Record<string, string>>;
  /** Steps that failed, with the client's message. */
  readonly failed: Readonly<Record<string, string>>;
}

/** Runs clients with the settings and lines of docs/brokers.md. */
export interface Guests {
  /** The file that clients write: 12 MB. */
  readonly file: string;
  run(options: GuestOptions): Promise<GuestResult>;
}

/** Prepares the file. */
export async function createGuests(world: World, installed: InstalledClients): Promise<Guests> {
  const file = `${world.folder}/12mb.bin`;
  await Deno.writeFile(file, someBytes(FILE_BYTES));
  const guide = await Deno.readTextFile(new URL("../../docs/brokers.md", import.meta.url));
  const settings = sectionOf(guide, "## Any S3 tool");
  const python = (await runProgram(["python3", "-c", "import sys; print(sys.executable)"])).output.trim();
  const node = await findNode();

  return {
    file,
    async run({ name, protocol, tenant, secret, secretEnd, brokerUrl = world.brokerUrl, ...more }) {
      const home = await Deno.makeTempDir({ dir: world.folder });
      const secretFile = `${home}/secret`;
      await Deno.writeTextFile(secretFile, secret + (secretEnd ?? (protocol === "token file" ? "" : "\n")));
      await Deno.link(file, `${home}/a.bin`);
      const replaced = (text: string) =>
        text
          // object_store asks STS with TLS only.
          .replace(/STS=https:\/\/broker\.example\.com/, `STS=${name === "obstore" ? world.tlsUrl : brokerUrl}`)
          .replaceAll("https://broker.example.com", brokerUrl)
          .replaceAll("broker.example.com", new URL(brokerUrl).host)
          .replaceAll("https://s3.example.com", world.storeUrl)
          .replaceAll("'s3.example.com'", `'${new URL(world.storeUrl).host}', USE_SSL false`)
          .replaceAll("the secret of this application", secret)
          .replaceAll("/run/secrets/broker", secretFile)
          .replaceAll("deno run", `${Deno.execPath()} run --quiet --no-check --config ${CONFIG} --no-lock`)
          .replaceAll("jsr:@files/s3-source/cli", CLI)
          .replaceAll(
            "duckdb.connect()",
            `duckdb.connect(config={"extension_directory": "${installed.python}/duckdb_ext/extensions"})`,
          )
          .replaceAll("team/", `${tenant}/`);
      const common = blocksIn(settings, "ini");
      const own = sectionOf(guide, `### ${name}`);
      const chosen = common.find((block) => new RegExp(`^# ${protocol}[:\n]`).test(block)) ?? "";
      const store = common.at(-1) ?? "";
      const [yaml] = blocksIn(own, "yaml");
      if (yaml !== undefined) {
        const fixed = `bucket: ${BUCKET}\n          prefix: ${tenant}`;
        const config = protocol === "credentials_url" ? yaml : yaml.replace(/credentials_url: [^]*?_SECRET }/, fixed);
        await Deno.writeTextFile(`${home}/datasette.yaml`, replaced(config));
      }
      const isProfile = protocol === "credential_process";
      if (isProfile) {
        await Deno.mkdir(`${home}/.aws`);
        await Deno.writeTextFile(`${home}/.aws/config`, replaced(chosen));
      }
      const variables = [...(isProfile ? [] : [chosen]), store, ...blocksIn(own, "ini")].map(replaced).join("\n");
      const guest = more.program ?? GUESTS[name] ?? "";
      const program = await writeProgram(guest, blocksIn(own, "(?:python|sh|js ignore)").map(replaced), home);
      const env = {
        ...readVariables(variables),
        HOME: home,
        PATH: `${home}:${installed.python}/bin:${Deno.env.get("PATH")}`,
        PYTHONPATH: `${home}:${AIO.includes(name) ? installed.aio : installed.python}`,
        BROKER_SECRET: secret,
        TEST_FOLDER: `${tenant}/`,
        TEST_FILE: file,
        // Not a person's settings: the tests are on the loopback interface and must not ask a machine in a cloud.
        AWS_EC2_METADATA_DISABLED: "true",
        // It would try for minutes.
        RCLONE_RETRIES: "1",
        RCLONE_LOW_LEVEL_RETRIES: "1",
        AWS_METADATA_ENDPOINT: world.emptyUrl,
        AWS_ALLOW_HTTP: "true",
        SSL_CERT_FILE: world.certificate,
        NODE_NO_WARNINGS: "1",
        ...more.env,
        DENO_DIR: Deno.env.get("DENO_DIR") ?? `${Deno.env.get("HOME")}/.cache/deno`,
      };
      return await runGuest(program, { cwd: home, env });
    },
  };

  async function writeProgram(guest: string, blocks: string[], home: string): Promise<string[]> {
    const glue = await Deno.readTextFile(new URL(guest, GUEST_FOLDER));
    const path = `${home}/main.${guest.split(".").at(-1)}`;
    const write = async (parts: string[]) => await Deno.writeTextFile(path, parts.join("\n"));
    for (const name of ["steps.py", "slow.py"]) await Deno.copyFile(new URL(name, GUEST_FOLDER), `${home}/${name}`);
    if (guest.endsWith(".py")) {
      await write([...blocks, glue]);
      return [python, path];
    }
    if (guest.endsWith(".mjs")) {
      await write([...blocks, glue]);
      await Deno.symlink(`${installed.node}/node_modules`, `${home}/node_modules`);
      return [node, path];
    }
    const steps = glue.includes("list()") ? ["set +e", glue, await Deno.readTextFile(STEPS)] : [glue];
    await write(["set -e", ...blocks, ...steps]);
    return ["/bin/sh", path];
  }
}

const FILE_BYTES = 12_000_000;
const GUEST_FOLDER = new URL("guest/", import.meta.url);
const STEPS = new URL("steps.sh", GUEST_FOLDER);
const CLI = decodeURIComponent(new URL("../../src/command/cli.ts", import.meta.url).pathname);
const CONFIG = decodeURIComponent(new URL("../../deno.json", import.meta.url).pathname);
/** The programs that continue those of docs/brokers.md. */
const GUESTS: Readonly<Record<string, string>> = {
  "boto3": "boto3.py",
  "AWS CLI": "aws.sh",
  "AWS SDK for JavaScript": "sdk.mjs",
  "rclone": "rclone.sh",
  "s5cmd": "s5cmd.sh",
  "DuckDB": "duckdb.py",
  "obstore": "obstore.py",
  "Polars": "polars.py",
  "s3fs": "s3fs.py",
  "PyArrow": "pyarrow.py",
  "datasette-files-s3": "datasette.py",
};
const AIO = ["s3fs", "datasette-files-s3"];
/** Only against a client that hangs. */
const LIMIT_MS = 600_000;

async function runGuest(
  [command = "", ...args]: string[],
  options: { cwd: string; env: Record<string, string> },
): Promise<GuestResult> {
  const signal = AbortSignal.timeout(LIMIT_MS);
  const { success, stdout, stderr } = await new Deno.Command(command, {
    ...options,
    args,
    clearEnv: true,
    stdin: "null",
    signal,
  }).output();
  const text = new TextDecoder().decode(stdout);
  const output = text + new TextDecoder().decode(stderr);
  const outcomes: Record<"done" | "failed", Record<string, string>> = { done: {}, failed: {} };
  for (const step of text.split(/^=== /m).slice(1)) {
    const [head = "", ...lines] = step.split("\n");
    const outcome = head.startsWith("done ") ? "done" : "failed";
    outcomes[outcome][head.slice(outcome.length + 1)] = lines.join("\n").trim();
  }
  return { ok: success, output, ...outcomes };
}

/** A heading's part of a page, without the parts below it. */
function sectionOf(page: string, heading: string): string {
  const begin = page.indexOf(`\n${heading}\n`);
  if (begin < 0) throw new Error(`docs/brokers.md has no "${heading}"`);
  return page.slice(begin + 1).split(/\n(?=##)/)[0] ?? "";
}

function blocksIn(text: string, kind: string): string[] {
  const wanted = new RegExp(`^${kind}$`);
  return blocksOf({ path: "docs/brokers.md", text }).filter((block) => wanted.test(block.kind)).map(({ text }) => text);
}

function readVariables(text: string): Record<string, string> {
  return Object.fromEntries([...text.matchAll(/^(\w+)=(.*)$/gm)].map(([, name = "", value = ""]) => [name, value]));
}

function someBytes(length: number): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(length);
  for (let begin = 0; begin < length; begin += 65_536) crypto.getRandomValues(bytes.subarray(begin, begin + 65_536));
  return bytes;
}

/** Waits for all, also if some fail: what still runs would be taken for a leak of the next test. */
export async function all(work: readonly Promise<void>[]): Promise<void> {
  const results = await Promise.allSettled(work);
  for (const result of results) if (result.status === "rejected") throw result.reason;
}
