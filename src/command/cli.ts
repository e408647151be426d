/**
 * The command: serves the files app for the sources of a datasette.yaml, runs a credentials broker, or diagnoses a source.
 *
 * @example
 * ```sh
 * deno run --allow-net=127.0.0.1:8001,broker.example.com,media.s3.us-east-1.amazonaws.com \
 *   --allow-read=datasette.yaml --allow-env=BROKER_SECRET \
 *   jsr:@files/s3-source/serve serve datasette.yaml --port 8001
 * deno run --allow-net=127.0.0.1:8002,sts.eu-west-1.amazonaws.com \
 *   --allow-read=broker.yaml --allow-env=TEAM_SHA256,BROKER_KEY_ID,BROKER_KEY \
 *   jsr:@files/s3-source/serve broker broker.yaml --port 8002
 * deno run --allow-net=broker.example.com,media.s3.us-east-1.amazonaws.com \
 *   --allow-read=datasette.yaml --allow-env=BROKER_SECRET \
 *   jsr:@files/s3-source/serve diagnose datasette.yaml media
 * deno run jsr:@files/s3-source/serve secret
 * ```
 *
 * @module
 */
// deno-lint-ignore-file no-console -- It is a command: people read what it prints.
import { RequestRefusal } from "../app/failure.ts";
import { createFilesApp, createRootSession } from "../app/mod.ts";
import { isLoopback } from "../app/http/security.ts";
import { createBroker, createSecret } from "../broker/mod.ts";
import { readBrokerConfig } from "../config/broker_yaml.ts";
import { type DatasetteConfig, readDatasetteConfig } from "../config/datasette_yaml.ts";
import { isMapping } from "../options/mapping.ts";
import { formatDiagnosis } from "./diagnosis_table.ts";
import { S3SourceError } from "../errors.ts";
import { didYouMean } from "../options/did_you_mean.ts";
import { logLine } from "./log_line.ts";
import {
  type ConfigArguments,
  type DiagnoseArguments,
  type FilesServerArguments,
  parseServeArguments,
  type ServerArguments,
  USAGE,
  UsageError,
} from "./arguments.ts";
import { type Handler, trackRequests } from "./running_requests.ts";
import { sleep } from "../async/abort.ts";
import { escapeControls } from "../text/safe_text.ts";
import { createS3Source } from "../source.ts";
import type { S3Source } from "../types/source.ts";

/** The package's version, as in `deno.json`. */
export const VERSION = "0.1.0";

/**
 * Runs a command line and resolves with its exit code: 0 when all went well, 1 when it failed, 2 when the command line
 * cannot be understood.
 */
export async function main(args: readonly string[]): Promise<number> {
  try {
    const command = parseServeArguments(args);
    if (command.kind === "serve") await serve(command);
    else if (command.kind === "broker") await serveBroker(command);
    else if (command.kind === "diagnose") return await diagnose(command);
    else if (command.kind === "secret") await printSecret();
    else console.log(command.kind === "help" ? USAGE : `s3-source ${VERSION}`);
    return 0;
  } catch (error) {
    if (error instanceof UsageError) {
      console.error(escapeControls(`${error.message}. See --help.`));
      return 2;
    }
    if (!(error instanceof S3SourceError || error instanceof ServeError)) throw error;
    console.error(escapeControls(error.message));
    return 1;
  }
}

type FilesArguments = ServerArguments & FilesServerArguments;

/** What stops the command, in a sentence for whoever started it. */
class ServeError extends Error {}

async function serve(
  { host, port, asRoot, allowsAnonymous, allowedHosts, limits, ...args }: FilesArguments,
): Promise<void> {
  const isLocal = isLoopback(host) || host === "::1";
  if (!isLocal && !asRoot && !allowsAnonymous) {
    throw new ServeError(
      `Cannot listen on ${host}: whoever reaches it would not have to log in. Add --root for a login, or --allow-anonymous ` +
        "if that is meant, or something in front of it asks who they are",
    );
  }
  if (!isLocal) warnOfPlainText(host, "what it shows, and its login cookie,");
  const config = readDatasetteConfig(readInput(args));
  const sources: Record<string, S3Source> = Object.create(null);
  for (const [name, source] of Object.entries(config.sources)) sources[name] = createS3Source(source);
  const { secret = crypto.randomUUID() + crypto.randomUUID() } = config;
  const deployment = deploymentOf(config.sources);
  const session = asRoot ? createRootSession({ secret, deployment }) : undefined;
  const app = createFilesApp({
    sources,
    secret,
    ...limits,
    deployment,
    ...session && { session },
    allowedHosts: [...allowedHosts, host.includes(":") ? `[${host.replace(/^\[|\]$/g, "")}]` : host],
    ...isMapping(config.document["permissions"]) && { permissions: config.document["permissions"] },
    onError: (error, { method, path }) => logError({ type: "failed", method, path, reason: describe(error) }),
  });
  const loginPath = await session?.createLoginPath();
  const login = (url: string) => loginPath === undefined ? "" : `\nLog in once with ${url}${loginPath}\n${COOKIE_NOTE}`;
  await listen(app, { host, port, log: logError, greeting: (url) => `Files at ${url}/${login(url)}` });
}

function logError(entry: object): void {
  console.error(logLine(entry));
}

/** Where the files are, without keys: tokens for other files are worth nothing here, also with the same secret. */
function deploymentOf(sources: DatasetteConfig["sources"]): string {
  const places = Object.entries(sources).map(([name, config]) => {
    const places = [
      config.bucket,
      config.prefix,
      config.endpointUrl ?? config.endpoint_url,
      config.credentialsUrl ?? config.credentials_url,
    ];
    return [name, ...places.map((place) => place ?? null)];
  });
  return JSON.stringify(places.toSorted());
}

/** https://datatracker.ietf.org/doc/html/rfc6265#section-8.5 */
const COOKIE_NOTE =
  "Browsers send the login's cookie to every port of this host, over http: on a machine where people you do not trust " +
  "run servers, put a proxy with https: and a host name of its own in front of it (docs/security.md)";

function warnOfPlainText(host: string, what: string): void {
  console.error(
    `Warning: on ${host} ${what} cross the network in the clear. Put something that ends TLS in front of it.`,
  );
}

async function serveBroker({ host, port, ...args }: ServerArguments): Promise<void> {
  const addresses = new WeakMap<Request, string>();
  const log = (entry: object) => console.log(logLine(entry));
  const broker = createBroker({
    ...readBrokerConfig(readInput(args)),
    addressOf: (request) => addresses.get(request),
    log,
  });
  const handle: Handler = (request, address) => {
    addresses.set(request, address);
    return broker(request);
  };
  if (!isLoopback(host) && host !== "::1") {
    warnOfPlainText(host, "secrets and keys");
  }
  await listen(handle, { host, port, log, greeting: (url) => `Credentials at ${url}/credentials` });
}

/** Prints what was tried; everything as it should be is 0. */
async function diagnose({ source: name, asJson, ...args }: DiagnoseArguments): Promise<number> {
  const { sources } = readDatasetteConfig(readInput(args));
  const config = sources[name];
  if (config === undefined) {
    throw new ServeError(`Cannot diagnose "${name}": there is no such source${didYouMean(name, Object.keys(sources))}`);
  }
  const diagnosis = await createS3Source(config).diagnose();
  console.log(asJson ? JSON.stringify(diagnosis, null, 2) : formatDiagnosis(diagnosis));
  return diagnosis.checks.every(({ isGood }) => isGood) ? 0 : 1;
}

async function printSecret(): Promise<void> {
  const { secret, sha256 } = await createSecret();
  console.log(`secret: ${secret}\nsecret_sha256: ${sha256}`);
}

/** What the readers of configurations need. */
function readInput({ configPath, settings }: ConfigArguments) {
  return {
    ...configPath !== undefined && { yaml: readConfigFile(configPath), fileName: configPath },
    settings,
    env: (name: string) => Deno.env.get(name),
    readTextFile: (path: string) => Deno.readTextFileSync(path),
  };
}

interface ListenOptions {
  readonly host: string;
  readonly port: number;
  /** Writes an entry into the log. */
  readonly log: (entry: object) => void;
  /** What is printed once it listens. */
  readonly greeting: (url: string) => string;
}

async function listen(handle: Handler, { host, port, log, greeting }: ListenOptions): Promise<void> {
  const requests = trackRequests(handle, (refused) => log({ type: "refused", ...refused }));
  // Without a listener it would end the process, as it does when a terminal is closed or a supervisor asks for a reload.
  Deno.addSignalListener("SIGHUP", () => log({ type: "ignored", reason: RELOAD_REFUSAL }));
  const server = startServer(requests.handle, { host: host.replace(/^\[|\]$/g, ""), port, log, greeting });
  const { promise: stopping, resolve: stop } = Promise.withResolvers<void>();
  const { promise: hurrying, resolve: hurry } = Promise.withResolvers<void>();
  let signals = 0;
  const onSignal = () => ++signals === 1 ? stop() : hurry();
  for (const signal of ["SIGINT", "SIGTERM"] as const) Deno.addSignalListener(signal, onSignal);
  await Promise.race([stopping, server.finished]);
  await Promise.race([requests.finish(), hurrying, sleep(DRAIN_MS)]);
  requests.breakOff(new RequestRefusal(503, "The server is stopping. Try again in a moment."));
  await Promise.race([requests.finish(), sleep(CLEAN_UP_MS)]);
  // Only now: in Deno 2.9 it breaks off the bodies of running requests. https://github.com/denoland/deno/issues/36809
  await Promise.race([server.shutdown(), sleep(GOODBYE_MS)]);
}

const RELOAD_REFUSAL = "SIGHUP: the configuration is read at the start only; restart to apply changes";
/** How long running requests may take to end after the first signal; a second one breaks them off at once. */
const DRAIN_MS = 5_000;
/** How long those that are broken off may take to remove what they have stored. */
const CLEAN_UP_MS = 3_000;
/** How long the last answers may take to reach their clients. All three are less than the 10 s that Docker waits. */
const GOODBYE_MS = 1_000;

/** Deno tells once that a request's signal also aborts when all went well; {@link trackRequests} knows. */
function silenceAbortNote(): void {
  const { warn } = console;
  console.warn = (...data: unknown[]) => String(data[0]).includes("no-legacy-abort") ? undefined : warn(...data);
}

function startServer(handle: Handler, { host: hostname, port, log, greeting }: ListenOptions): Deno.HttpServer {
  silenceAbortNote();
  const onListen = (address: { port: number }) => {
    console.log(greeting(`http://${hostname.includes(":") ? `[${hostname}]` : hostname}:${address.port}`));
  };
  const onError = (error: unknown) => {
    log({ type: "failed", reason: describe(error) });
    return new Response("Something went wrong.\n", { status: 500 });
  };
  try {
    return Deno.serve(
      { hostname, port, onListen, onError },
      (request, { remoteAddr }) => handle(request, remoteAddr.hostname),
    );
  } catch (error) {
    if (error instanceof Deno.errors.AddrInUse) {
      throw new ServeError(
        `Cannot listen on port ${port}: something else does. Stop it, or choose another with --port`,
      );
    }
    throw new ServeError(`Cannot listen on ${hostname}:${port}: ${describe(error)}`);
  }
}

function readConfigFile(path: string): string {
  try {
    return Deno.readTextFileSync(path);
  } catch (error) {
    throw new ServeError(
      `Cannot read "${path}": ${error instanceof Deno.errors.NotFound ? "there is no such file" : describe(error)}`,
    );
  }
}

function describe(error: unknown): string {
  return escapeControls(error instanceof Error ? `${error.name}: ${error.message}` : String(error));
}

if (!("Deno" in globalThis)) {
  throw new Error(
    "Cannot run this command: it needs Deno, which npx -y deno@2 run -A jsr:@files/s3-source/serve brings",
  );
}
if (import.meta.main) Deno.exit(await main(Deno.args));
