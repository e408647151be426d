import type { Setting } from "./config/settings.ts";

/** What a command line asks for. */
export type ServeCommand =
  | { readonly kind: "help" }
  | { readonly kind: "version" }
  | { readonly kind: "secret" }
  | { readonly kind: "serve" | "broker" } & ServerArguments;

/** What a server is told. */
export interface ServerArguments {
  /** Path of the YAML file; absent when the settings say everything. */
  readonly configPath?: string;
  /** Every `-s KEY VALUE`, in their order. */
  readonly settings: readonly Setting[];
  /** Address to listen on. */
  readonly host: string;
  /** Port to listen on; 0 for a free one. */
  readonly port: number;
}

/** The command line cannot be understood. */
export class UsageError extends Error {}

/** What `--help` prints. */
export const USAGE = `Usage: serve CONFIG.yaml [-s KEY VALUE]… [--host 127.0.0.1] [--port 8001]
       broker CONFIG.yaml [-s KEY VALUE]… [--host 127.0.0.1] [--port 8002]
       secret

serve   Serves the files app for the S3 sources of a datasette.yaml.
broker  Serves temporary keys: POST /credentials, GET /healthz.
secret  Prints a new random secret for a broker's caller, and the hash for the broker.

  CONFIG.yaml        For serve:
                       plugins: datasette-files: sources: NAME: {storage: s3, config: {…}}
                     For broker:
                       broker: sts: {region: …, role_arn: …}
                               tenants: NAME: {secret_sha256: …, bucket: …, prefix: …,
                                               allow: [read, write, delete]}
                     Not needed when -s says everything.
  -s, --setting      Overrides the file, e.g.
                     -s plugins.datasette-files.sources.NAME.config.prefix team/
                     -s broker.tenants.NAME.prefix team/
  --host             Address of this machine to listen on. Default 127.0.0.1. The files app
                     takes only a loopback address, because it has no authentication yet.
  --port             Port to listen on; 0 takes a free one. Default 8001, a broker's 8002.
  -h, --help         Prints this.
  --version          Prints the version.
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
  if (command === "secret") return parseSecret(rest);
  throw new UsageError(command === undefined ? "There is no command" : `There is no command "${command}"`);
}

function parseSecret([option]: string[]): ServeCommand {
  if (option === "--help" || option === "-h") return { kind: "help" };
  if (option !== undefined) throw new UsageError(`There is no place for "${option}"`);
  return { kind: "secret" };
}

function parseServer(kind: "serve" | "broker", rest: string[]): ServeCommand {
  const settings: Setting[] = [];
  let configPath: string | undefined;
  let host = "127.0.0.1";
  let port = kind === "serve" ? 8001 : 8002;
  for (let arg = rest.shift(); arg !== undefined; arg = rest.shift()) {
    const [, option = arg, attached] = /^(--host|--port)=(.*)$/s.exec(arg) ?? [];
    const take = (what: string) => {
      const value = attached ?? rest.shift();
      if (value === undefined) throw new UsageError(`"${option}" needs ${what} after it`);
      return value;
    };
    if (option === "--help" || option === "-h") return { kind: "help" };
    if (option === "-s" || option === "--setting") {
      settings.push([take("a key and a value"), take("a key and a value")]);
    } else if (option === "--host") host = take("an address");
    else if (option === "--port") port = readPort(take("a number"));
    else if (option.startsWith("-") || configPath !== undefined) {
      throw new UsageError(`There is no place for "${option}"`);
    } else configPath = option;
  }
  return { kind, ...configPath !== undefined && { configPath }, settings, host, port };
}

function readPort(text: string): number {
  const port = /^\d{1,5}$/.test(text) ? Number(text) : Infinity;
  if (port <= 65_535) return port;
  throw new UsageError(`"${text}" is not a port`);
}
