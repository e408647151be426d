import { createFilesApp, createRootSession } from "../app/mod.ts";
import { randomSecret } from "../tokens/signing_secret.ts";
import { type DatasetteConfig, readDatasetteConfig } from "../config/datasette_yaml.ts";
import { createS3Source } from "../source.ts";
import type { S3Source } from "../types/source.ts";
import type { FilesServerArguments, ServerArguments } from "./arguments.ts";
import { openAudit } from "./audit.ts";
import { CommandError, describe } from "./command_error.ts";
import { readInput } from "./input.ts";
import { type LogEntry, writeLog } from "./log.ts";
import { toLoginOptions } from "./login_options.ts";
import { openSharedState } from "./shared_state.ts";
import { reportAccess } from "./start_report.ts";
import { warningsOfSettings } from "../config/settings.ts";
import { warningsOfStores, warnOfDeadStores } from "./start_warnings.ts";
import { isLocal, listen, plainTextWarning } from "./server.ts";

type FilesArguments = ServerArguments & FilesServerArguments;

/** Serves the files app. */
export async function serve(
  { host, port, tls, asRoot, allowsAnonymous, allowedHosts, limits, ...args }: FilesArguments,
): Promise<void> {
  const config = readDatasetteConfig(readInput(args));
  const { app: settings } = config;
  const log = (entry: LogEntry) => writeLog(settings.logFormat, entry);
  const hasLogin = settings.login?.oidc !== undefined || settings.login?.header !== undefined;
  if (!isLocal(host) && !asRoot && !allowsAnonymous && !hasLogin) {
    throw new CommandError(
      `Cannot listen on ${host}: anyone who can reach it could use it without a login. Add "login" to the file, ` +
        "--root for a login of your own, or --allow-anonymous if that is intended or a proxy asks people to log in",
    );
  }
  if (!isLocal(host) && tls === undefined && settings.trustedProxies.length === 0) {
    log({ type: "warning", reason: plainTextWarning(host, "pages, files and the login cookie") });
  }
  const sources: Record<string, S3Source> = Object.create(null);
  for (const [name, source] of Object.entries(config.sources)) sources[name] = createS3Source(source);
  const { secret = randomSecret() } = config;
  const deployment = deploymentOf(config.sources);
  const { title, publicUrl, basePath, trustedProxies, permissions } = settings;
  const login = settings.login && toLoginOptions(settings.login);
  const warn = (reason: string) => log({ type: "warning", reason });
  const audit = openAudit(settings.audit, warn);
  const shared = await openSharedState(settings.state);
  const state = shared?.state;
  const session = asRoot ? createRootSession({ secret, deployment, state, basePath }) : undefined;
  const app = createFilesApp({
    ...{ sources, descriptions: config.descriptions, title, permissions },
    ...{ secret, deployment, state },
    ...settings.limits,
    ...limits,
    ...session && { session },
    login,
    ...{ publicUrl, basePath, trustedProxies },
    ...{ downloads: settings.downloads, uploads: settings.uploads },
    allowedHosts: [
      ...settings.allowedHosts,
      ...allowedHosts,
      host.includes(":") ? `[${host.replace(/^\[|\]$/g, "")}]` : host,
    ],
    onAudit: audit.write,
    metricsFrom: settings.metricsFrom,
    onError: (error, request) => log({ type: "failed", ...request, reason: describe(error) }),
  });
  const loginPath = await session?.createLoginPath();
  const note = tls !== undefined || publicUrl?.startsWith("https:") ? "" : `\n${COOKIE_NOTE}`;
  const report = reportAccess({ permissions, sourceNames: Object.keys(sources), login, asRoot });
  const stopping = new AbortController();
  try {
    await listen(app, {
      ...{ host, port, tls, log },
      logRefused: log,
      greeting: (url) => {
        const places = { config, isLocal: isLocal(host) };
        [...warningsOfSettings(args.settings), ...warningsOfStores(places), ...report.warnings].forEach(warn);
        void warnOfDeadStores(sources, { signal: stopping.signal, warn });
        const home = publicUrl ?? `${url}${basePath}/`;
        const heard = publicUrl === undefined ? "" : `, which come to ${url}`;
        const link = loginPath === undefined ? "" : `\nLog in once with ${home}${loginPath.slice(1)}${note}`;
        return [`Files at ${home}${heard}${link}`, ...report.table].join("\n");
      },
      onHangup() {
        audit.reopen();
        log({ type: "ignored", reason: RELOAD_REFUSAL });
      },
    });
  } finally {
    stopping.abort();
    shared?.close();
    audit.close();
  }
}

const RELOAD_REFUSAL = "SIGHUP: the configuration is read only at the start; restart to apply changes";

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
