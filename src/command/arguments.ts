import type { Setting } from "../config/settings.ts";

/** What a command line asks for. */
export type ServeCommand =
  | { readonly kind: "help" }
  | { readonly kind: "version" }
  | { readonly kind: "secret" }
  | { readonly kind: "serve" } & ServerArguments & FilesServerArguments
  | { readonly kind: "broker" } & ServerArguments
  | { readonly kind: "diagnose" } & DiagnoseArguments;

/** What a command is configured with. */
export interface ConfigArguments {
  /** Path of the YAML file; absent when the settings say everything. */
  readonly configPath?: string;
  /** Every `-s KEY VALUE`, in their order. */
  readonly settings: readonly Setting[];
}

/** What a diagnosis is told. */
export interface DiagnoseArguments extends ConfigArguments {
  /** Name of the source. */
  readonly source: string;
  /** Print JSON instead of a table. */
  readonly asJson: boolean;
}

/** What a server is told. */
export interface ServerArguments extends ConfigArguments {
  /** Address to listen on. */
  readonly host: string;
  /** Port to listen on; 0 for a free one. */
  readonly port: number;
}

/** What a server of the files app is told besides. */
export interface FilesServerArguments {
  /** Print a link that logs in as root. */
  readonly asRoot: boolean;
  /** Listen beyond this machine although nobody has to log in. */
  readonly allowsAnonymous: boolean;
  /** Host names under which it answers, besides those of the loopback interface. */
  readonly allowedHosts: readonly string[];
  /** Bytes that may be uploaded at once, and held in memory; absent for the app's own limits. */
  readonly limits: { readonly maxUploadBytes?: number; readonly maxBufferedBytes?: number };
}

/** The command line cannot be understood. */
export class UsageError extends Error {}

/** What `--help` prints. */
export const USAGE = `Usage: serve CONFIG.yaml [-s KEY VALUE]… [--host 127.0.0.1] [--port 8001]
             [--root | --allow-anonymous] [--allowed-host NAME]…
             [--max-upload-bytes N] [--max-buffered-bytes N]
       broker CONFIG.yaml [-s KEY VALUE]… [--host 127.0.0.1] [--port 8002]
       diagnose [CONFIG.yaml] SOURCE [-s KEY VALUE]… [--json]
       secret

serve   Serves the files app for the S3 sources of a datasette.yaml.
broker  Serves temporary keys: POST /credentials, GET /healthz.
diagnose
        Tries what a source's credentials may do in its folder, and whether they reach
        outside; exit code 1 if something is not as it should be.
secret  Prints a new random secret for a broker's caller, and the hash for the broker.
        The secret alone also serves the files app to sign with.

  CONFIG.yaml        For serve:
                       plugins: datasette-files: sources: NAME: {storage: s3, config: {…}}
                                                 secret: as the command secret makes one;
                                                         [new, former] while it is replaced
                       permissions: {files-browse: …, files-upload: …, files-edit: …,
                                     files-delete: …}
                     For broker:
                       broker: sts: {region: …, role_arn: …}
                               tenants: NAME: {secret_sha256: …, bucket: …, prefix: …,
                                               allow: [read, write, delete]}
                     Not needed when -s says everything.
  -s, --setting      Overrides the file, e.g.
                     -s plugins.datasette-files.sources.NAME.config.prefix team/
                     -s broker.tenants.NAME.prefix team/
  --host             Address of this machine to listen on. Default 127.0.0.1. Beyond the
                     loopback interface the files app needs --root or --allow-anonymous.
  --port             Port to listen on; 0 takes a free one. Default 8001, a broker's 8002.
  --root             Prints a link that works once. Whoever opens it may do everything; all
                     others what "permissions" grants. With a "secret" in the file a login
                     outlives a restart.
  --allow-anonymous  Listen beyond the loopback interface although nobody has to log in.
  --allowed-host     A host name under which the files app answers, such as the one of a
                     proxy in front of it. May be there several times.
  --max-upload-bytes The largest body of a request, in bytes. Default: the largest file.
  --max-buffered-bytes
                     How much of all uploads may be in memory, in bytes. Default 512 MiB.
  -h, --help         Prints this.
  --version          Prints the version.

SIGTERM and SIGINT end a server: requests have 5 seconds, a second signal gives them none.
Uploads are then broken off and leave nothing behind. It ends within 10 seconds, with 0.
SIGHUP is only logged: restart a server to apply a changed configuration.
`;

/**
 * Reads a command line.
 *
 * @throws {UsageError} If it is none.
 */
export function parseServeArguments(args: readonly string[]): ServeCommand {
  const [command, ...rest] = args;
  if (command === "--help" || command === "-h") return { kind: "help" };
  if (command === "--version") return { kind: "version" };
  if (command === "serve" || command === "broker") return parseServer(command, rest);
  if (command === "diagnose") return parseDiagnose(rest);
  if (command === "secret") return parseSecret(rest);
  throw new UsageError(command === undefined ? "There is no command" : `There is no command "${command}"`);
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
  if (source === undefined) throw new UsageError("There is no source to diagnose");
  return {
    kind: "diagnose",
    ...configPath !== undefined && { configPath },
    settings,
    source,
    asJson: flags.has("--json"),
  };
}

/** Sorts a command line: what stands alone, `-s KEY VALUE`, `--name VALUE` or `--name=VALUE`, and `--name`. */
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
  return new UsageError(`There is no place for "${arg}"`);
}

function readPort(text: string): number {
  const port = /^\d{1,5}$/.test(text) ? Number(text) : Infinity;
  if (port <= 65_535) return port;
  throw new UsageError(`"${text}" is not a port`);
}
