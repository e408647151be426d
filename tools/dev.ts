// The program of dev-server.sh: a SeaweedFS that keeps its files, and the files app and a credentials broker on it,
// which restart when the code changes.
// deno-lint-ignore-file no-console -- People read what it prints.
import { createSecret } from "../src/broker/mod.ts";
import { allowOrigins, appOrigins } from "./cors.ts";
import { findFreePorts, isPortFree } from "./free_ports.ts";
import { startWeed, type WeedServer } from "./weed.ts";

const ROOT = decodeURIComponent(new URL("..", import.meta.url).pathname);

Deno.exit(await dev());

async function dev(): Promise<number> {
  const port = Number(Deno.env.get("PORT") ?? 8001);
  if (!isPort(port)) return fail("Cannot serve: PORT must be a number from 1 to 65535");
  if (!isPortFree(port)) {
    return fail(
      `Cannot serve on port ${port}: it is in use. Stop the other program, or choose another port: PORT=8002`,
    );
  }
  const stop = watchSignals();
  console.log("Starting SeaweedFS, after installing it if necessary …");
  let weed: WeedServer;
  try {
    weed = await startStore(port);
  } catch (error) {
    // Ctrl-C also stops SeaweedFS, which then fails to start.
    return stop.signal.aborted ? 0 : fail(error instanceof Error ? error.message : String(error));
  }
  const code = stop.signal.aborted ? 0 : await runServers(weed, { port, signal: stop.signal });
  console.log("Stopping SeaweedFS, which takes up to 30 s to write its files …");
  await weed.stop();
  return code;
}

/** Starts the store; the app's pages may send files to it directly. */
async function startStore(appPort: number): Promise<WeedServer> {
  const cache = `${ROOT}.cache`;
  await Deno.mkdir(cache, { recursive: true });
  const weed = await startWeed({
    dataDir: `${cache}/dev-data`,
    buckets: ["dev"],
    sts: true,
    throwaway: false,
    logFile: `${cache}/dev-weed.log`,
  });
  try {
    await allowOrigins(weed, { bucket: "dev", origins: appOrigins(appPort) });
  } catch (error) {
    await weed.stop();
    throw error;
  }
  return weed;
}

/** Resolves with an exit code once one of the servers has ended, by itself or because of the signal. */
async function runServers(weed: WeedServer, { port, signal }: { port: number; signal: AbortSignal }): Promise<number> {
  const [brokerPort = 0] = findFreePorts(1);
  const env = await environment(weed, brokerPort);
  await writeEnvironment(env);
  const servers = [startServer("broker", { port: brokerPort, env }), startServer("serve", { port, env })];
  signal.addEventListener("abort", () => servers.forEach(endServer));
  const { code } = await Promise.race(servers.map((server) => server.status));
  servers.forEach(endServer);
  await Promise.all(servers.map((server) => server.status));
  return signal.aborted ? 0 : code;
}

/** The variables of tools/dev/datasette.yaml. */
async function environment(weed: WeedServer, brokerPort: number): Promise<Record<string, string>> {
  const [team, team2] = [await createSecret(), await createSecret()];
  return {
    DEV_ENDPOINT_URL: weed.endpointUrl,
    DEV_ACCESS_KEY_ID: weed.accessKeyId,
    DEV_SECRET_ACCESS_KEY: weed.secretAccessKey,
    DEV_ROLE_ARN: weed.roleArn,
    DEV_CREDENTIALS_URL: `http://127.0.0.1:${brokerPort}/credentials`,
    DEV_TEAM_SECRET: team.secret,
    DEV_TEAM_SHA256: team.sha256,
    DEV_TEAM_2_SECRET: team2.secret,
    DEV_TEAM_2_SHA256: team2.sha256,
  };
}

/** Writes variables for other programs that use the same store, such as those of examples/. */
async function writeEnvironment(env: Record<string, string>): Promise<void> {
  const forExamples = {
    CREDENTIALS_URL: env["DEV_CREDENTIALS_URL"],
    CREDENTIALS_URL_SECRET: env["DEV_TEAM_SECRET"],
    S3_ENDPOINT_URL: env["DEV_ENDPOINT_URL"],
    S3_BUCKET: "dev",
    AWS_ACCESS_KEY_ID: env["DEV_ACCESS_KEY_ID"],
    AWS_SECRET_ACCESS_KEY: env["DEV_SECRET_ACCESS_KEY"],
  };
  const lines = Object.entries({ ...env, ...forExamples }).map(([name, value]) => `${name}=${value}\n`);
  await Deno.writeTextFile(`${ROOT}.cache/dev.env`, lines.join(""), { mode: 0o600 });
  console.log("For other programs: --env-file=.cache/dev.env, and the configuration tools/dev/datasette.yaml");
}

interface ServerOptions {
  readonly port: number;
  readonly env: Record<string, string>;
}

function startServer(command: "serve" | "broker", { port, env }: ServerOptions): Deno.ChildProcess {
  const args = ["src/command/cli.ts", command, "tools/dev/datasette.yaml", "--port", `${port}`];
  return new Deno.Command(Deno.execPath(), {
    args: ["run", "--allow-all", "--watch", "--no-clear-screen", ...args],
    cwd: ROOT,
    env,
    stdin: "null",
  }).spawn();
}

/** Uses SIGINT: after other signals, the watcher would wait until the code changes. */
function endServer(server: Deno.ChildProcess): void {
  const kill = (signal: Deno.Signal) => {
    try {
      server.kill(signal);
    } catch {
      // It has already ended.
    }
  };
  kill("SIGINT");
  const impatience = setTimeout(() => kill("SIGKILL"), 5_000);
  server.status.then(() => clearTimeout(impatience));
}

/** Aborts at the first signal that asks to stop; later ones have no effect. */
function watchSignals(): AbortController {
  const stop = new AbortController();
  for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) Deno.addSignalListener(signal, () => stop.abort());
  return stop;
}

function isPort(port: number): boolean {
  return Number.isInteger(port) && port >= 1 && port <= 65_535;
}

function fail(message: string): number {
  console.error(message);
  return 1;
}
