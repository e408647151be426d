import { assertEquals } from "@std/assert";
import { printFigures } from "../support/figures.ts";
import type { SeaweedFs } from "../integration/seaweedfs.ts";
import { createRelay, type Relay } from "./relay.ts";
import { LONGEST, PATH } from "./trial_files.ts";
import { countNames, inspectTrial, type Remains, runTrials, type Trial, type TrialStore } from "./upload_trial.ts";
import { pause, type UploadRequest } from "./watch.ts";

/** How a client behaves while the server stops. */
interface Client {
  /** How much it sends before the server gets SIGTERM; the app's parts have 8 MiB. */
  readonly sentBytes: number;
  /** Whether it then sends the rest. */
  readonly goesOn: boolean;
  /** Whether the server gets a second SIGTERM. */
  readonly isHurried: boolean;
}

const PATIENT: Client = { sentBytes: 9_000_000, goesOn: false, isHurried: false };
const CLIENTS: readonly Client[] = [
  PATIENT,
  { sentBytes: 9_000_000, goesOn: false, isHurried: true },
  { sentBytes: 9_000_000, goesOn: true, isHurried: false },
  { sentBytes: 1_000_000, goesOn: false, isHurried: true },
  { sentBytes: 8 * 1024 ** 2, goesOn: false, isHurried: true },
];

/** The limit that docs/files_app.md promises. */
const LONGEST_STOP_MS = 10_000;

/** The files app, stopped during an upload through it. */
export function testStoppedServer(seaweedFs: SeaweedFs, store: TrialStore, trials: number): void {
  Deno.test("serve ends soon after SIGTERM and leaves no incomplete upload [SeaweedFS]", async () => {
    const results = await runTrials(store, trials, (trial) => stopServer(seaweedFs, store, trial));
    const count = (isCounted: (result: ServerResult) => boolean) => results.filter(isCounted).length;
    printFigures("SIGTERM of serve [SeaweedFS]", {
      trials: results.length,
      ...countNames(results.map(({ answer }) => `status ${answer}`)),
      "in parts": count(({ isInParts }) => isInParts),
      "exit code 0": count(({ code }) => code === 0),
      "old file intact": count(({ file }) => file === "old"),
      "new file whole": count(({ file }) => file === "new"),
      "uploads left": results.reduce((sum, { uploads }) => sum + uploads, 0),
      "longest ms": Math.max(...results.map(({ stopMs }) => stopMs)),
    });
    for (const { client: { goesOn }, answer, file, uploads, code, stopMs, printed } of results) {
      assertEquals({ answer, file, uploads, code, isInTime: stopMs < LONGEST_STOP_MS, printed }, {
        answer: goesOn ? 201 : 503,
        file: goesOn ? "new" : "old",
        uploads: 0,
        code: 0,
        isInTime: true,
        printed: "",
      });
    }
  });
}

/** How a server ended. */
interface ServerResult extends Remains {
  readonly client: Client;
  /** The client's status, or why there was none. */
  readonly answer: number | string;
  readonly isInParts: boolean;
  readonly code: number;
  /** From the signal to the end. */
  readonly stopMs: number;
  /** Its errors. */
  readonly printed: string;
}

async function stopServer(
  { config }: SeaweedFs,
  store: TrialStore,
  { index, prefix }: Trial,
): Promise<ServerResult> {
  const client = CLIENTS[index % CLIENTS.length] ?? PATIENT;
  const sent: UploadRequest[] = [];
  const relay = await createRelay(config.endpointUrl, { delayMs: () => 0, onRequest: (request) => sent.push(request) });
  const { child, url, errors } = await startServer({ config, relay, prefix });
  const stopped = Promise.withResolvers<void>();
  const reached = Promise.withResolvers<void>();

  async function* body() {
    for (let offset = 0; offset < LONGEST.byteLength; offset += 500_000) {
      if (offset >= client.sentBytes) {
        reached.resolve();
        await stopped.promise;
        if (!client.goesOn) await new Promise(() => {});
      }
      yield LONGEST.slice(offset, offset + 500_000);
    }
  }

  const answer = fetch(`${url}-/files/source/media/-/content?path=${encodeURIComponent(PATH)}`, {
    method: "PUT",
    body: ReadableStream.from(body()),
  }).then(async (response) => {
    await response.body?.cancel();
    return response.status;
  }, String);
  await Promise.race([reached.promise, answer.then((early) => reached.reject(new Error(`answered early: ${early}`)))]);
  // Until the sent bytes have arrived.
  await pause(300);
  const begun = performance.now();
  child.kill("SIGTERM");
  await pause(100);
  if (client.isHurried) child.kill("SIGTERM");
  stopped.resolve();
  const { code } = await child.status;
  const stopMs = Math.round(performance.now() - begun);
  await relay.settle();
  const remains = await inspectTrial(store, prefix, LONGEST);
  const isInParts = sent.includes("CreateMultipartUpload");
  await relay.close();
  return { client, answer: await answer, isInParts, code, stopMs, printed: await errors, ...remains };
}

async function startServer(
  { config, relay, prefix }: { config: SeaweedFs["config"]; relay: Relay; prefix: string },
): Promise<{ child: Deno.ChildProcess; url: string; errors: Promise<string> }> {
  const media = {
    storage: "s3",
    config: {
      bucket: config.bucket,
      prefix,
      endpoint_url: relay.endpointUrl,
      access_key_id: config.accessKeyId,
      secret_access_key: config.secretAccessKey,
    },
  };
  const serve = new URL("../../src/command/cli.ts", import.meta.url).pathname;
  const sources = ["-s", "plugins.datasette-files.sources", JSON.stringify({ media })];
  const rules = ["browse", "upload", "edit"].flatMap((action) => ["-s", `permissions.files-${action}`, "true"]);
  const settings = [...sources, ...rules];
  const child = new Deno.Command(Deno.execPath(), {
    args: ["run", "--allow-all", serve, "serve", "--port", "0", ...settings],
    stdout: "piped",
    stderr: "piped",
  }).spawn();
  const errors = new Response(child.stderr).text();
  let printed = "";
  const greeted = Promise.withResolvers<string>();
  void (async () => {
    for await (const text of child.stdout.pipeThrough(new TextDecoderStream())) {
      printed += text;
      const [, url] = /^Files at (\S+)\n/.exec(printed) ?? [];
      if (url !== undefined) greeted.resolve(url);
    }
    greeted.reject(new Error(`The server did not start: ${printed}${await errors}`));
  })();
  return { child, url: await greeted.promise, errors };
}
