import type { Setting } from "../config/settings.ts";

/** A parsed command line. */
export type ServeCommand =
  | { readonly kind: "help" }
  | { readonly kind: "version" }
  | { readonly kind: "secret" }
  | { readonly kind: "serve" } & ServerArguments & FilesServerArguments
  | { readonly kind: "broker" } & ServerArguments
  | { readonly kind: "diagnose" } & DiagnoseArguments;

/** The configuration of a command. */
export interface ConfigArguments {
  /** Path of the YAML file; absent if the settings are enough. */
  readonly configPath?: string;
  /** Every `-s KEY VALUE`, in order. */
  readonly settings: readonly Setting[];
}

/** Arguments of `diagnose`. */
export interface DiagnoseArguments extends ConfigArguments {
  /** Name of the source. */
  readonly source: string;
  /** Print JSON instead of a table. */
  readonly asJson: boolean;
}

/** Arguments of `serve` and `broker`. */
export interface ServerArguments extends ConfigArguments {
  /** Address to listen on. */
  readonly host: string;
  /** Port to listen on; 0 for a free one. */
  readonly port: number;
}

/** Further arguments of `serve`. */
export interface FilesServerArguments {
  /** Print a link that logs in as root. */
  readonly asRoot: boolean;
  /** Listen beyond this machine without a login. */
  readonly allowsAnonymous: boolean;
  /** Host names that it accepts, in addition to those of the loopback interface. */
  readonly allowedHosts: readonly string[];
  /** Limits in bytes; absent for the app's own. */
  readonly limits: { readonly maxUploadBytes?: number; readonly maxBufferedBytes?: number };
}

/** The command line is wrong. */
export class UsageError extends Error {}

/** The output of `--help`. */
export const USAGE = `Usage: serve CONFIG.yaml [-s KEY VALUE]… [--host 127.0.0.1] [--port 8001]
             [--root | --allow-anonymous] [--allowed-host NAME]…
             [--max-upload-bytes N] [--max-buffered-bytes N]
       broker CONFIG.yaml [-s KEY VALUE]… [--host 127.0.0.1] [--port 8002]
       diagnose [CONFIG.yaml] SOURCE [-s KEY VALUE]… [--json]
       secret

serve   Serves the files app for the S3 sources of a datasette.yaml.
broker  Serves temporary keys: POST /credentials, GET /healthz.
diagnose
        Tests what a source's credentials permit in its folder, and whether they reach
        outside it; exit code 1 if anything is wrong.
secret  Prints a new random secret for a caller of a broker, and its hash for the broker.
        The files app can use the secret too.

  CONFIG.yaml        For serve:
                       plugins: datasette-files: sources: NAME: {storage: s3, config: {…}}
                                                 secret: from the command secret, or
                                                         [new, former] to replace one
                       permissions: {files-browse: …, files-upload: …, files-edit: …,
                                     files-delete: …}
                     For broker:
                       broker: sts: {region: …, role_arn: …}
                               tenants: NAME: {secret_sha256: …, bucket: …, prefix: …,
                                               allow: [read, write, delete]}
                     Not needed if the settings are enough.
  -s, --setting      Overrides the file, e.g.
                     -s plugins.datasette-files.sources.NAME.config.prefix team/
                     -s broker.tenants.NAME.prefix team/
  --host             Address to listen on. Default 127.0.0.1. Beyond the loopback
                     interface, the files app needs --root or --allow-anonymous.
  --port             Port to listen on; 0 takes a free one. Default 8001, a broker's 8002.
  --root             Prints a link that logs in once, with all permissions. Everyone else
                     has those in "permissions". With a "secret" in the file, the login
                     survives a restart.
  --allow-anonymous  Listens beyond the loopback interface without a login.
  --allowed-host     A host name that the files app accepts, such as that of a proxy in
                     front of it. May be repeated.
  --max-upload-bytes The largest request body, in bytes. Default: the largest file.
  --max-buffered-bytes
                     The most bytes of uploads in memory. Default 512 MiB.
  -h, --help         Prints this help.
  --version          Prints the version.

SIGTERM and SIGINT stop a server within 10 seconds, with exit code 0. Running requests have
5 seconds to finish, or until a second signal; then they are aborted, and aborted uploads
leave nothing behind. SIGHUP is only logged: restart a server to change its configuration.
`;

/**
 * Reads a command line.
 *
 * @throws {UsageError} If it is wrong.
 */
export function parseServeArguments(args: readonly string[]): ServeCommand {
  const [command, ...rest] = args;
  if (command === "--help" || command === "-h") return { kind: "help" };
  if (command === "--version") return { kind: "version" };
  if (command === "serve" || command === "broker") return parseServer(command, rest);
  if (command === "diagnose") return parseDiagnose(rest);
  if (command === "secret") return parseSecret(rest);
  throw new UsageError(command === undefined ? "Missing command" : `Unknown command "${command}"`);
}

function parseSecret([option]: string[]): ServeCommand {
  if (option === "--help" || option === "-h") return { kind: "help" };
  if (option !== undefined) throw unexpectedArgument(option);
  return { kind: "secret" };
}

function parseServer(kind: "serve" | "broker", rest: string[]): ServeCommand {
  const isApp = kind === "serve";
  const { positionals, settings, values, flags, wantsHelp } = parseOptions(rest, {
    valued: ["--host", "--port", ...isApp ? ["--allowed-host", MAX_UPLOAD, MAX_BUFFERED] : []],
    flags: isApp ? ["--root", "--allow-anonymous"] : [],
  });
  if (wantsHelp) return { kind: "help" };
  const [configPath, surplus] = positionals;
  if (surplus !== undefined) throw unexpectedArgument(surplus);
  const host = values.get("--host")?.at(-1) ?? "127.0.0.1";
  const port = readPort(values.get("--port")?.at(-1) ?? (isApp ? "8001" : "8002"));
  const server = { ...configPath !== undefined && { configPath }, settings, host, port };
  if (kind === "broker") return { kind, ...server };
  return {
    kind,
    ...server,
    asRoot: flags.has("--root"),
    allowsAnonymous: flags.has("--allow-anonymous"),
    allowedHosts: values.get("--allowed-host") ?? [],
    limits: {
      ...values.has(MAX_UPLOAD) && { maxUploadBytes: readBytes(MAX_UPLOAD, values) },
      ...values.has(MAX_BUFFERED) && { maxBufferedBytes: readBytes(MAX_BUFFERED, values) },
    },
  };
}

const MAX_UPLOAD = "--max-upload-bytes";
const MAX_BUFFERED = "--max-buffered-bytes";

function readBytes(option: string, values: ReadonlyMap<string, string[]>): number {
  const text = values.get(option)?.at(-1) ?? "";
  if (/^[1-9]\d{0,14}$/.test(text)) return Number(text);
  throw new UsageError(`"${option}" needs a number of bytes, not "${text}"`);
}

function parseDiagnose(rest: string[]): ServeCommand {
  const { positionals, settings, flags, wantsHelp } = parseOptions(rest, { flags: ["--json"] });
  if (wantsHelp) return { kind: "help" };
  const [source, configPath, surplus] = positionals.length === 1
    ? positionals
    : [positionals[1], positionals[0], positionals[2]];
  if (surplus !== undefined) throw unexpectedArgument(surplus);
  if (source === undefined) throw new UsageError("Missing name of a source");
  return {
    kind: "diagnose",
    ...configPath !== undefined && { configPath },
    settings,
    source,
    asJson: flags.has("--json"),
  };
}

/** Parses positional arguments, `-s KEY VALUE`, `--name VALUE` or `--name=VALUE`, and flags such as `--name`. */
function parseOptions(
  rest: string[],
  { valued = [], flags: known = [] }: { valued?: readonly string[]; flags?: readonly string[] },
): {
  positionals: string[];
  settings: Setting[];
  values: Map<string, string[]>;
  flags: Set<string>;
  wantsHelp: boolean;
} {
  const [positionals, settings]: [string[], Setting[]] = [[], []];
  const [values, flags] = [new Map<string, string[]>(), new Set<string>()];
  let wantsHelp = false;
  for (let arg = rest.shift(); arg !== undefined; arg = rest.shift()) {
    const [, name = arg, attached] = /^(--[\w-]+)=(.*)$/s.exec(arg) ?? [];
    const take = (what: string) => {
      const value = attached ?? rest.shift();
      if (value === undefined) throw new UsageError(`"${name}" needs ${what} after it`);
      return value;
    };
    if (name === "--help" || name === "-h") wantsHelp = true;
    else if (name === "-s" || name === "--setting") {
      settings.push([take("a key and a value"), take("a key and a value")]);
    } else if (valued.includes(name)) values.set(name, [...values.get(name) ?? [], take("a value")]);
    else if (known.includes(name) && attached === undefined) flags.add(name);
    else if (name.startsWith("-")) throw unexpectedArgument(arg);
    else positionals.push(arg);
  }
  return { positionals, settings, values, flags, wantsHelp };
}

function unexpectedArgument(arg: string): UsageError {
  return new UsageError(`Unexpected argument "${arg}"`);
}

function readPort(text: string): number {
  const port = /^\d{1,5}$/.test(text) ? Number(text) : Infinity;
  if (port <= 65_535) return port;
  throw new UsageError(`"${text}" is not a port number`);
}
