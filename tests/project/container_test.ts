import { assert, assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { parse } from "@std/yaml";
import { sleep } from "../../src/async/abort.ts";
import { createSecret } from "../../src/broker/mod.ts";
import { endBound, spawnBound } from "../../tools/bound_process.ts";
import { buildFile } from "../../tools/built_command.ts";
import { fillImageFolder } from "../../tools/image_folder.ts";
import { type ContainerTools, openContainerTools } from "../../tools/podman.ts";
import { runProgram } from "../../tools/programs.ts";
import { findOrInstallWeed } from "../../tools/weed_binary.ts";
import { orSkip } from "../support/or_skip.ts";

const DEPLOY = decodeURIComponent(new URL("../../deploy/", import.meta.url).pathname);

/** The parts of compose.yaml that we read. */
interface Compose {
  readonly services: Readonly<Record<"app" | "broker" | "store" | "bucket", Service>>;
  readonly configs: Readonly<Record<string, { readonly content: string }>>;
}

interface Service {
  readonly image: string;
  readonly entrypoint?: readonly string[];
  readonly command?: readonly string[];
  readonly environment?: readonly string[];
  readonly configs?: readonly { readonly source: string; readonly target: string }[];
  readonly network_mode?: string;
  readonly healthcheck?: { readonly test: readonly string[] };
  readonly read_only?: boolean;
  readonly cap_drop?: readonly string[];
  readonly security_opt?: readonly string[];
}

const tools = await orSkip("the container", async () => {
  await findOrInstallWeed();
  return await openContainerTools();
});
if (tools !== undefined) await testContainer(tools);

async function testContainer(tools: ContainerTools): Promise<void> {
  const folder = await Deno.makeTempDir({ prefix: "image-" });
  Deno.test.afterAll(async () => {
    // In this order, since the broker depends on the app's network.
    for (const name of ["broker", "app"]) await runProgram([...tools.podman, "rm", "--force", "--time=1", name]);
    await tools.remove();
    await Deno.remove(folder, { recursive: true });
  });
  await fillImageFolder(`${folder}/image`, await buildFile(folder));
  await succeed([...tools.build, "--tag=s3-source", `--file=${DEPLOY}Containerfile`, `${folder}/image`]);

  Deno.test("deploy/Containerfile makes an image of Deno, its libraries and one file, whose user is not root", async () => {
    const [{ Config, Size }] = JSON.parse(await succeed([...tools.podman, "image", "inspect", "s3-source"]));
    assertEquals([Config.User, Config.Cmd, Object.keys(Config.ExposedPorts)], ["65532:65532", ["--help"], [
      "8001/tcp",
    ]]);
    assert(Size < 130e6, `${Size}`);
  });

  Deno.test("the container needs nothing to write to, and no capability", async () => {
    const hardened = ["--read-only", "--read-only-tmpfs=false", "--cap-drop=ALL", "--security-opt=no-new-privileges"];
    assertMatch(
      await succeed([...tools.run, ...hardened, "s3-source", "secret"]),
      /^secret: .*\nsecret_sha256: [0-9a-f]{64}\n/,
    );
  });

  Deno.test("deploy/compose.yaml runs as it is: an app whose keys come from a broker, and a store", async () => {
    const { secret, sha256 } = await createSecret();
    const random = () => btoa(String.fromCharCode(...crypto.getRandomValues(new Uint8Array(32))));
    const env = {
      BROKER_SECRET: secret,
      BROKER_SECRET_SHA256: sha256,
      STORE_KEY: random(),
      STORE_SIGNING_KEY: random(),
    };
    const compose = await readCompose(env);
    const { app, broker, store, bucket } = compose.services;
    const configs = await writeConfigs(compose, folder);
    const start = (name: string, service: Service, network: string) =>
      succeed([
        ...[...tools.podman, "run", "--detach", `--name=${name}`, `--network=${network}`],
        ...["--ulimit=nofile=1024:1024", "--ulimit=nproc=1024:1024"],
        ...[`--read-only=${service.read_only}`, `--cap-drop=${service.cap_drop}`],
        ...(service.security_opt ?? []).map((option) => `--security-opt=${option}`),
        ...(service.environment ?? []).map((variable) => `--env=${variable}`),
        ...(service.configs ?? []).map(({ source, target }) => `--volume=${configs}/${source}:${target}:ro`),
        ...[service.image, ...service.command ?? []],
      ], env);
    assertEquals([broker, store, bucket].map(({ network_mode }) => network_mode), Array(3).fill("service:app"));
    // Published ports would need another network than this machine has.
    await start("app", app, "none");
    await start("broker", broker, "container:app");

    const pid = (await succeed([...tools.podman, "inspect", "--format={{.State.Pid}}", "app"])).trim();
    const inNetwork = ["nsenter", `--net=/proc/${pid}/ns/net`];
    const weed = await findOrInstallWeed();
    const words = (store.command ?? []).map((word) =>
      word.replace("=/data", `=${folder}/data`).replace(/=(\/etc\/seaweedfs\/.*)/, (_, target) => {
        return `=${configs}/${store.configs?.find((config) => config.target === target)?.source}`;
      })
    );
    await Deno.mkdir(`${folder}/data`);
    const running = spawnBound([...inNetwork, weed, ...words], { logFile: `${folder}/weed.log` });
    try {
      const path = `${weed.slice(0, weed.lastIndexOf("/"))}:${Deno.env.get("PATH")}`;
      await succeed([...inNetwork, ...bucket.entrypoint ?? []], { PATH: path });
      const inApp = [...tools.podman, "exec", "app", "/deno", "run", "--no-prompt", "--allow-all", "/s3-source.js"];
      const diagnosis = await succeedSoon([...inApp, "diagnose", "/etc/s3-source/datasette.yaml"]);
      assertStringIncludes(diagnosis, "ok  write a file in parts");
      assertStringIncludes(diagnosis, "Nothing outside the folder was reached.");
      await succeed([...tools.podman, "healthcheck", "run", "app"]);
      await succeed([...tools.podman, "exec", "broker", ...broker.healthcheck?.test.slice(1) ?? []]);
      assertMatch(await succeed([...tools.podman, "logs", "app"]), /Log in once with http:\/\/0\.0\.0\.0:8001\//);
    } finally {
      await running.stdout.cancel();
      await endBound(running);
    }
    await succeed([...tools.podman, "stop", "--time=10", "broker", "app"]);
    const codes = await succeed([...tools.podman, "inspect", "--format={{.State.ExitCode}}", "broker", "app"]);
    assertEquals(codes.trim().split("\n"), ["0", "0"]);
  });
}

/** Replaces variables as Compose does. https://docs.docker.com/reference/compose-file/interpolation/ */
async function readCompose(env: Record<string, string>): Promise<Compose> {
  const text = await Deno.readTextFile(`${DEPLOY}compose.yaml`);
  const replaced = text.replace(/^#.*\n/gm, "").replace(/\$\$|\$\{(\w+):\?\}/g, (match, name) => {
    return match === "$$" ? "$" : env[name] ?? "";
  });
  return parse(replaced) as Compose;
}

async function writeConfigs({ configs }: Compose, folder: string): Promise<string> {
  await Deno.mkdir(`${folder}/configs`);
  for (const [name, { content }] of Object.entries(configs)) {
    await Deno.writeTextFile(`${folder}/configs/${name}`, content);
    await Deno.chmod(`${folder}/configs/${name}`, 0o644);
  }
  await Deno.chmod(folder, 0o755);
  return `${folder}/configs`;
}

/** The store's STS listens later than its master, which makes the bucket. */
async function succeedSoon(command: readonly string[]): Promise<string> {
  for (let tries = 1;; tries++) {
    const { ok, output } = await runProgram(command);
    if (ok) return output;
    assert(tries < 30, `${command.join(" ")}: ${output}`);
    await sleep(1_000);
  }
}

async function succeed(command: readonly string[], env: Record<string, string> = {}): Promise<string> {
  const { ok, output } = await runProgram(command, { env });
  assert(ok, `${command.join(" ")}: ${output}`);
  return output;
}
