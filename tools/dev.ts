// What dev-server.sh runs: a SeaweedFS whose files stay, and the files app on it, started again when the code changes.
// deno-lint-ignore-file no-console -- People read what it prints.
import { isPortFree } from "./free_ports.ts";
import { startWeed, type WeedServer } from "./weed.ts";

const ROOT = decodeURIComponent(new URL("..", import.meta.url).pathname);

Deno.exit(await dev());

async function dev(): Promise<number> {
  const port = Number(Deno.env.get("PORT") ?? 8001);
  if (!isPort(port)) return fail(`Cannot serve: PORT must be a number from 1 to 65535`);
  if (!isPortFree(port)) {
    return fail(
      `Cannot serve on port ${port}: something else listens there. Stop it, or choose another port: PORT=8002`,
    );
  }
  const stop = watchSignals();
  console.log("Starting SeaweedFS, which is installed first if need be …");
  let weed: WeedServer;
  try {
    weed = await startStore();
  } catch (error) {
    // Ctrl-C reaches SeaweedFS too, which then cannot come up.
    return stop.signal.aborted ? 0 : fail(error instanceof Error ? error.message : String(error));
  }
  const code = stop.signal.aborted ? 0 : await runApp(weed, { port, signal: stop.signal });
  console.log("Stopping SeaweedFS: it writes its files out, which takes up to 30 s …");
  await weed.stop();
  return code;
}

async function startStore(): Promise<WeedServer> {
  const cache = `${ROOT}.cache`;
  await Deno.mkdir(cache, { recursive: true });
  return await startWeed({
    dataDir: `${cache}/dev-data`,
    buckets: ["dev"],
    throwaway: false,
    logFile: `${cache}/dev-weed.log`,
  });
}

/** Resolves with the app's exit code once it has ended, by itself or by the signal. */
async function runApp(weed: WeedServer, { port, signal }: { port: number; signal: AbortSignal }): Promise<number> {
  const settings = {
    endpoint_url: weed.endpointUrl,
    access_key_id: weed.accessKeyId,
    secret_access_key: weed.secretAccessKey,
  };
  const pairs = Object.entries(settings).flatMap((
    [key, value],
  ) => ["-s", `plugins.datasette-files.sources.dev.config.${key}`, value]);
  const serve = ["src/serve.ts", "serve", "tools/dev/datasette.yaml", "--port", `${port}`, ...pairs];
  const app = new Deno.Command(Deno.execPath(), {
    args: ["run", "--allow-all", "--watch", "--no-clear-screen", ...serve],
    cwd: ROOT,
    stdin: "null",
  }).spawn();
  signal.addEventListener("abort", () => endApp(app));
  const { code } = await app.status;
  return signal.aborted ? 0 : code;
}

/** With SIGINT: after any other the watcher would wait for the code to change. */
function endApp(app: Deno.ChildProcess): void {
  const kill = (signal: Deno.Signal) => {
    try {
      app.kill(signal);
    } catch {
      // It has ended by itself.
    }
  };
  kill("SIGINT");
  setTimeout(() => kill("SIGKILL"), 5_000);
}

/** Aborts at the first signal that asks to end; later ones change nothing. */
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
