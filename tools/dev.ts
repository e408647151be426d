// The program of dev-server.sh: a SeaweedFS that keeps its files, and the files app and a credentials broker on it,
// which restart when the code changes.
// deno-lint-ignore-file no-console -- People read what it prints.
import { sleep } from "../src/async/abort.ts";
import { createSecret } from "../src/broker/callers/secret.ts";
import { startDevServer } from "./dev/servers.ts";
import { startDevStore } from "./dev/store.ts";
import { findFreePorts, isPortFree } from "./free_ports.ts";
import { findWeed } from "./weed_binary.ts";
import { ROLE_ARN } from "./weed.ts";

const ROOT = decodeURIComponent(new URL("..", import.meta.url).pathname).replace(/\/$/, "");

Deno.exit(await dev());

async function dev(): Promise<number> {
  const port = Number(Deno.env.get("PORT") ?? 8001);
  if (!isPort(port)) return fail("Cannot serve: PORT must be a number from 1 to 65535");
  if (!isPortFree(port)) {
    return fail(
      `Cannot serve on port ${port}: it is in use. Stop the other program, or choose another port: PORT=8002`,
    );
  }
  const folder = Deno.env.get("DEV_DIR") ?? `${ROOT}/.cache`;
  const stopped = watchSignals();
  const isInstalled = await findWeed() !== undefined;
  console.log(`${isInstalled ? "Starting" : "Downloading SeaweedFS, about 50 MB, and starting"} the files app …`);
  // What has been started by then ends with this process.
  return await Promise.race([run({ port, folder, stopped }), stopped.then(() => sleep(2_500)).then(() => 0)]);
}

interface RunOptions {
  readonly port: number;
  /** The folder of the store's files. */
  readonly folder: string;
  /** Resolves when somebody asks to stop. */
  readonly stopped: Promise<void>;
}

/** Resolves with an exit code once one of the servers has ended, by itself or as somebody asked to stop. */
async function run({ port, folder, stopped }: RunOptions): Promise<number> {
  await Deno.mkdir(folder, { recursive: true });
  const [storePort = 0, brokerPort = 0] = findFreePorts(2);
  const keys = { accessKeyId: "dev-access-key", secretAccessKey: "dev-secret-key" };
  const env = await environment({ ...keys, storePort, brokerPort });
  const store = startDevStore({ ...keys, folder, port: storePort, appPort: port });
  const servers = [
    startDevServer("broker", { port: brokerPort, env, root: ROOT }),
    startDevServer("serve", { port, env, root: ROOT }),
  ];
  const ended = Promise.race(servers.map(({ code }) => code));
  try {
    const isReady = await Promise.race([
      Promise.all([store, isAnswering(port), isAnswering(brokerPort)]).then(() => true),
      Promise.race([stopped, ended]).then(() => false),
    ]);
    servers.forEach((server) => server.show());
    if (isReady) {
      await writeEnvironment(`${folder}/dev.env`, env);
      console.log(`Ctrl-C stops it; your files stay in ${shown(folder)}/dev-data.`);
      console.log(`For other programs: --env-file=${shown(folder)}/dev.env, with tools/dev/datasette.yaml.`);
      console.log(`\nhttp://127.0.0.1:${port}`);
    }
    return await Promise.race([stopped.then(() => 0), ended]);
  } catch (error) {
    return fail(error instanceof Error ? error.message : String(error));
  } finally {
    await Promise.all(servers.map((server) => server.stop()));
    await store.then(({ stop }) => stop()).catch(() => {});
  }
}

/** Resolves once there is an answer. */
async function isAnswering(port: number): Promise<void> {
  for (;;) {
    try {
      await (await fetch(`http://127.0.0.1:${port}/`)).body?.cancel();
      return;
    } catch {
      await sleep(50);
    }
  }
}

/** The variables of tools/dev/datasette.yaml. */
async function environment(
  store: { storePort: number; brokerPort: number; accessKeyId: string; secretAccessKey: string },
): Promise<Record<string, string>> {
  const [team, team2] = [await createSecret(), await createSecret()];
  return {
    DEV_ENDPOINT_URL: `http://127.0.0.1:${store.storePort}`,
    DEV_ACCESS_KEY_ID: store.accessKeyId,
    DEV_SECRET_ACCESS_KEY: store.secretAccessKey,
    DEV_ROLE_ARN: ROLE_ARN,
    DEV_CREDENTIALS_URL: `http://127.0.0.1:${store.brokerPort}/credentials`,
    DEV_TEAM_SECRET: team.secret,
    DEV_TEAM_SHA256: team.sha256,
    DEV_TEAM_2_SECRET: team2.secret,
    DEV_TEAM_2_SHA256: team2.sha256,
  };
}

/** Writes variables for other programs that use the same store, such as those of examples/. */
async function writeEnvironment(path: string, env: Record<string, string>): Promise<void> {
  const forExamples = {
    CREDENTIALS_URL: env["DEV_CREDENTIALS_URL"],
    CREDENTIALS_URL_SECRET: env["DEV_TEAM_SECRET"],
    S3_ENDPOINT_URL: env["DEV_ENDPOINT_URL"],
    S3_BUCKET: "dev",
    AWS_ACCESS_KEY_ID: env["DEV_ACCESS_KEY_ID"],
    AWS_SECRET_ACCESS_KEY: env["DEV_SECRET_ACCESS_KEY"],
  };
  const lines = Object.entries({ ...env, ...forExamples }).map(([name, value]) => `${name}=${value}\n`);
  await Deno.writeTextFile(path, lines.join(""), { mode: 0o600 });
}

/** Resolves at the first signal that asks to stop. At another one, everything ends at once. */
function watchSignals(): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>();
  let stoppedAt: number | undefined;
  const onSignal = () => {
    // One Ctrl-C comes twice: from the terminal, and from "deno task".
    if (stoppedAt !== undefined && Date.now() - stoppedAt > 300) Deno.exit(130);
    if (stoppedAt !== undefined) return;
    stoppedAt = Date.now();
    console.log("Stopping…");
    resolve();
  };
  for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) Deno.addSignalListener(signal, onSignal);
  return promise;
}

function isPort(port: number): boolean {
  return Number.isInteger(port) && port >= 1 && port <= 65_535;
}

/** A path as people type it in the project. */
function shown(path: string): string {
  return path.startsWith(`${ROOT}/`) ? path.slice(ROOT.length + 1) : path;
}

function fail(message: string): number {
  console.error(message);
  return 1;
}
