import { assert, assertEquals, assertMatch, assertNotEquals, assertStringIncludes } from "@std/assert";
import { createSecret } from "../../src/broker/mod.ts";
import { findFreePorts } from "../../tools/free_ports.ts";
import { spawnBound } from "../../tools/bound_process.ts";
import {
  type DocumentedCommand,
  documentedCommands,
  documentedYaml,
  startDocumentedHosts,
} from "../support/documented_command.ts";
import { createCertificate } from "../support/certificate.ts";
import { orSkip } from "../support/or_skip.ts";

const SERVE = decodeURIComponent(new URL("../../src/command/cli.ts", import.meta.url).pathname);
const CONFIG = decodeURIComponent(new URL("../../deno.json", import.meta.url).pathname);

const hosts = await orSkip("the commands with the documentation's permissions", startDocumentedHosts);
if (hosts !== undefined) await testCommands(hosts);

async function testCommands(hosts: Awaited<ReturnType<typeof startDocumentedHosts>>): Promise<void> {
  const folder = await Deno.makeTempDir({ prefix: "least-permissions-" });
  const { secret, sha256 } = await createSecret();
  const datasette = await documentedYaml("README.md", "datasette-files");
  const broker = await documentedYaml("docs/brokers.md", "role_arn");
  const chain = datasette.replace(/config:[^]*?(?=\npermissions)/, "config: { bucket: media }");
  await Deno.writeTextFile(`${folder}/broker.yaml`, broker);
  await Deno.writeTextFile(`${folder}/team.secret`, secret);
  const { certPath, keyPath } = await createCertificate(folder, ["localhost"]);
  await Deno.rename(certPath, `${folder}/tls.pem`);
  await Deno.rename(keyPath, `${folder}/tls.key`);
  await Deno.mkdir(`${folder}/.aws`);
  const keys = `aws_access_key_id = ${hosts.accessKeyId}\naws_secret_access_key = ${hosts.secretAccessKey}\n`;
  await Deno.writeTextFile(`${folder}/.aws/credentials`, `[default]\n${keys}`);
  const commands = await documentedCommands(folder);

  /** Starts a command with exactly its flags, except for a free port. */
  async function run({ flags, args }: DocumentedCommand, yaml: string, act: (origin: string) => Promise<void>) {
    await Deno.writeTextFile(`${folder}/datasette.yaml`, yaml);
    const [port = 0] = findFreePorts(1);
    const words = [...flags, "--config", CONFIG, SERVE, ...args].map((word) =>
      word.replace(/\b800[12]\b/, `${port}`).replace("0.0.0.0", "127.0.0.1")
    );
    const isServer = isServing({ args });
    if (isServer && !args.includes("--port")) words.push("--port", `${port}`);
    const env = {
      BROKER_SECRET: secret,
      TEAM_SHA256: sha256,
      BROKER_KEY_ID: "AKIA1",
      BROKER_KEY: "key",
      HOME: folder,
      XDG_CACHE_HOME: "",
    };
    const child = spawnBound([Deno.execPath(), "run", ...words], {
      cwd: folder,
      env: { ...env, ...hosts.env, ...await denoCache(), NO_COLOR: "1", DENO_NO_UPDATE_CHECK: "1" },
    });
    const errors = new Response(child.stderr).text();
    let printed = "";
    let hasListened = false;
    for await (const text of child.stdout.pipeThrough(new TextDecoderStream())) {
      printed += text;
      if (!isServer || hasListened || !/^(Files|Credentials) at .*\n/.test(printed)) continue;
      hasListened = true;
      try {
        // The certificate is for this name.
        await act(/ at https:/.test(printed) ? `https://localhost:${port}` : `http://127.0.0.1:${port}`);
      } finally {
        child.kill("SIGTERM");
      }
    }
    const { code } = await child.status;
    await child.stdin.close().catch(() => {});
    return { code, printed, errors: await errors };
  }

  const trusting = Deno.createHttpClient({ caCerts: [await Deno.readTextFile(`${folder}/tls.pem`)] });
  const isApp = ({ args }: DocumentedCommand) => args[0] === "serve";
  const yamlFor = ({ flags }: DocumentedCommand) => flags.includes("--allow-env") ? chain : datasette;
  const noAct = () => Promise.resolve();

  Deno.test("the documentation has every command, and none with all permissions", () => {
    const kinds = new Set(commands.map(({ args: [kind] }) => kind));
    assertEquals([...kinds].toSorted(), ["broker", "credentials", "diagnose", "secret", "serve"]);
    for (const { place, flags } of commands) assert(!flags.includes("-A") && !flags.includes("--allow-all"), place);
  });

  for (const [index, command] of commands.entries()) {
    const { place, args: [kind = ""] } = command;
    Deno.test(`${place}, ${index}: "${kind}" works with the permissions shown`, async () => {
      let acted = 0;
      const { code, printed, errors } = await run(command, yamlFor(command), async (origin) => {
        acted += 1;
        if (kind === "broker") {
          const body = new URLSearchParams({ secret });
          const answer = await fetch(`${origin}/credentials`, { method: "POST", body, ...{ client: trusting } });
          assertEquals([answer.status, (await answer.json()).S3Folder], [200, "s3://media/team/"]);
        } else {
          await assertServesFiles(origin, command);
        }
      });
      if (kind === "diagnose") assertStringIncludes(printed, "ok  list files ");
      else assertEquals([code, acted], [0, isServing(command) ? 1 : 0], errors);
      if (kind === "secret") assertStringIncludes(printed, "secret_sha256: ");
      if (kind === "credentials") assertEquals(JSON.parse(printed).AccessKeyId, "ASIA1");
      if (command.args.includes("--check")) assertMatch(printed, /\nok +team +s3:\/\/media\/team\/ +works\n/);
    });
  }

  for (const [index, command] of commands.filter(isApp).entries()) {
    Deno.test(`${command.place}, app ${index}: Deno denies another host`, async () => {
      hosts.asked.length = 0;
      const yaml = yamlFor(command).replace("config:", "config: &c").replace("broker.example.com", "evil.example.com")
        .replace("bucket: media", "bucket: other").replace("config: &c", "config:");
      assertNotEquals(yaml, yamlFor(command));
      const { args } = command;
      const other = { ...command, args: args.map((word) => word === "media" ? "other" : word) };
      await run(other, yaml, async (origin) => {
        const answer = await fetch(`${origin}/-/files/source/media.json`);
        await answer.body?.cancel();
        assert(!answer.ok);
      });
      assertEquals(hosts.asked, []);
    });

    Deno.test(`${command.place}, app ${index}: Deno denies another file`, async () => {
      await Deno.writeTextFile(`${folder}/other.txt`, "hello");
      const settings = ["-s", "plugins.datasette-files.sources.media.config.secret_access_key.$file", "other.txt"];
      const ends = { ...command, args: [...command.args, ...settings] };
      const { code, errors } = await run(ends, yamlFor(command), noAct);
      assertEquals(code, 1);
      assertStringIncludes(errors, 'the file "other.txt" cannot be read');
    });
  }

  Deno.test.afterAll(async () => {
    trusting.close();
    await hosts.stop();
    await Deno.remove(folder, { recursive: true });
  });
}

function isServing({ args: [kind, ...args] }: Pick<DocumentedCommand, "args">): boolean {
  return kind === "serve" || (kind === "broker" && !args.includes("--check"));
}

async function assertServesFiles(origin: string, { args }: DocumentedCommand): Promise<void> {
  if (args.includes("--root")) {
    // The page for visitors who are not logged in.
    const answer = await fetch(origin);
    await answer.body?.cancel();
    return assertEquals(answer.status, 200);
  }
  const list = await fetch(`${origin}/-/files/source/media.json`);
  assertStringIncludes(await list.text(), '"hello.txt"');
  const page = await (await fetch(origin)).text();
  const assets = [...page.matchAll(/(?:href|src)="(\/[^"]+\.(?:css|js))"/g)].map(([, path]) => path);
  assertNotEquals(assets, []);
  for (const path of assets) {
    const asset = await fetch(`${origin}${path}`);
    await asset.body?.cancel();
    assertEquals(asset.status, 200);
  }
}

/** Deno's cache; these tests change the home directory, where it would look for it. */
async function denoCache(): Promise<Record<string, string>> {
  const { stdout } = await new Deno.Command(Deno.execPath(), { args: ["info", "--json"] }).output();
  return { DENO_DIR: JSON.parse(new TextDecoder().decode(stdout)).denoDir };
}
