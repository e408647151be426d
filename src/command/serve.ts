// deno-lint-ignore-file no-console -- It is a command: people read what it prints.
import { createFilesApp, createRootSession } from "../app/mod.ts";
import { randomSecret } from "../tokens/signing_secret.ts";
import { type DatasetteConfig, readDatasetteConfig } from "../config/datasette_yaml.ts";
import { isMapping } from "../options/mapping.ts";
import { createS3Source } from "../source.ts";
import type { S3Source } from "../types/source.ts";
import type { FilesServerArguments, ServerArguments } from "./arguments.ts";
import { CommandError, describe } from "./command_error.ts";
import { readInput } from "./input.ts";
import { logLine } from "./log_line.ts";
import { openSharedState } from "./shared_state.ts";
import { isLocal, listen, plainTextWarning } from "./server.ts";

type FilesArguments = ServerArguments & FilesServerArguments;

/** Serves the files app. */
export async function serve(
  { host, port, tls, asRoot, allowsAnonymous, allowedHosts, limits, ...args }: FilesArguments,
): Promise<void> {
  if (!isLocal(host) && !asRoot && !allowsAnonymous) {
    throw new CommandError(
      `Cannot listen on ${host}: anyone who can reach it could use it without a login. Add --root for a login, or ` +
        "--allow-anonymous if that is intended or a proxy asks people to log in",
    );
  }
  if (!isLocal(host) && tls === undefined) {
    console.error(`Warning: ${plainTextWarning(host, "pages, files and the login cookie")}`);
  }
  const config = readDatasetteConfig(readInput(args));
  const sources: Record<string, S3Source> = Object.create(null);
  for (const [name, source] of Object.entries(config.sources)) sources[name] = createS3Source(source);
  const { secret = randomSecret() } = config;
  const deployment = deploymentOf(config.sources);
  const shared = await openSharedState(config.app.state);
  const state = shared?.state;
  const session = asRoot ? createRootSession({ secret, deployment, state }) : undefined;
  const app = createFilesApp({
    sources,
    descriptions: config.descriptions,
    secret,
    ...limits,
    deployment,
    state,
    ...session && { session },
    allowedHosts: [...allowedHosts, host.includes(":") ? `[${host.replace(/^\[|\]$/g, "")}]` : host],
    ...isMapping(config.document["permissions"]) && { permissions: config.document["permissions"] },
    onError: (error, { method, path }) => logError({ type: "failed", method, path, reason: describe(error) }),
  });
  const loginPath = await session?.createLoginPath();
  const note = tls === undefined ? `\n${COOKIE_NOTE}` : "";
  const login = (url: string) => loginPath === undefined ? "" : `\nLog in once with ${url}${loginPath}${note}`;
  try {
    await listen(app, {
      ...{ host, port, tls },
      log: logError,
      logRefused: logError,
      greeting: (url) => `Files at ${url}/${login(url)}`,
      onHangup: () => logError({ type: "ignored", reason: RELOAD_REFUSAL }),
    });
  } finally {
    shared?.close();
  }
}

const RELOAD_REFUSAL = "SIGHUP: the configuration is read only at the start; restart to apply changes";

function logError(entry: object): void {
  console.error(logLine(entry));
}

/** Identifies the files without keys, so that tokens for other files are invalid here even with the same secret. */
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
  "Over http:, browsers send the login cookie to every port of this host. If people you do not trust run servers on this " +
  "machine, put a proxy with https: and its own host name in front of it (docs/security.md)";
