import type { AskedFor } from "../broker/options.ts";
import type { Setting } from "../config/settings.ts";
import { PERMISSIONS } from "../options/broker_tables.ts";
import { didYouMean } from "../options/did_you_mean.ts";
import type { Permission } from "../options/broker_options.ts";
import type { CertificatePaths } from "./certificate.ts";
import { type ParsedOptions, parseOptions, unexpectedArgument, UsageError } from "./option_parser.ts";
import { type CommandName, isCommandName, USAGES } from "./usage.ts";

/** A parsed command line. */
export type ServeCommand =
  | { readonly kind: "help"; readonly of?: CommandName }
  | { readonly kind: "version" }
  | { readonly kind: "secret" }
  | { readonly kind: "serve" } & ServerArguments & FilesServerArguments
  | { readonly kind: "broker" } & ServerArguments
  | { readonly kind: "check" } & CheckArguments
  | { readonly kind: "credentials" } & CredentialsArguments
  | { readonly kind: "diagnose" } & DiagnoseArguments;

/** The configuration of a command. */
export interface ConfigArguments {
  /** Path of the YAML file; absent if the settings are enough. */
  readonly configPath?: string;
  /** Every `-s KEY VALUE`, in order. */
  readonly settings: readonly Setting[];
}

/** Arguments of `broker --check`. */
export interface CheckArguments extends ConfigArguments {
  /** Print JSON instead of a table. */
  readonly asJson: boolean;
}

/** Arguments of `diagnose`. */
export interface DiagnoseArguments extends CheckArguments {
  /** Name of the source; absent for the only one. */
  readonly source?: string;
}

/** Arguments of `serve` and `broker`. */
export interface ServerArguments extends ConfigArguments {
  /** Address to listen on. */
  readonly host: string;
  /** Port to listen on; 0 for a free one. */
  readonly port: number;
  /** The files with the certificate and its key; absent for plain HTTP. */
  readonly tls?: CertificatePaths;
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

/** Arguments of `credentials`. */
export interface CredentialsArguments {
  /** The broker's `/credentials`, as it was given. */
  readonly url: string;
  /** The file with the secret or token; absent for the AWS SDK's variables. */
  readonly secretPath?: string;
  /** What to ask for; absent for all that the tenant has. */
  readonly asked: AskedFor & { readonly tenant?: string };
  /** Keep the keys in a file. */
  readonly isCached: boolean;
}

/**
 * Reads a command line.
 *
 * @throws {UsageError} If it is wrong.
 */
export function parseServeArguments(args: readonly string[]): ServeCommand {
  const [command, ...rest] = args;
  if (command === "--help" || command === "-h") return { kind: "help" };
  if (command === "--version") return { kind: "version" };
  if (command === undefined) throw new UsageError("Missing command");
  if (isCommandName(command)) return PARSERS[command](rest);
  throw new UsageError(
    command.startsWith("-")
      ? `Unexpected argument "${command}"; a command comes first`
      : `Unknown command "${command}"${didYouMean(command, Object.keys(USAGES))}`,
  );
}

const PARSERS: Readonly<Record<CommandName, (rest: readonly string[]) => ServeCommand>> = {
  serve: parseServe,
  broker: parseBroker,
  credentials: parseCredentials,
  diagnose: parseDiagnose,
  secret: parseSecret,
};

function parseSecret(rest: readonly string[]): ServeCommand {
  const { positionals: [surplus], wantsHelp } = parseOptions(rest, {});
  if (wantsHelp) return { kind: "help", of: "secret" };
  if (surplus !== undefined) throw unexpectedArgument(surplus);
  return { kind: "secret" };
}

const SERVER_OPTIONS = ["--host", "--port", "--tls-cert", "--tls-key"];
const MAX_UPLOAD = "--max-upload-bytes";
const MAX_BUFFERED = "--max-buffered-bytes";

function parseServe(rest: readonly string[]): ServeCommand {
  const options = parseOptions(rest, {
    valued: [...SERVER_OPTIONS, "--allowed-host", MAX_UPLOAD, MAX_BUFFERED],
    flags: ["--root", "--allow-anonymous"],
    hasSettings: true,
  });
  const { values, flags, wantsHelp } = options;
  if (wantsHelp) return { kind: "help", of: "serve" };
  return {
    kind: "serve",
    ...readServer(options, "8001"),
    asRoot: flags.has("--root"),
    allowsAnonymous: flags.has("--allow-anonymous"),
    allowedHosts: values.get("--allowed-host") ?? [],
    limits: {
      ...values.has(MAX_UPLOAD) && { maxUploadBytes: readBytes(MAX_UPLOAD, values) },
      ...values.has(MAX_BUFFERED) && { maxBufferedBytes: readBytes(MAX_BUFFERED, values) },
    },
  };
}

function parseBroker(rest: readonly string[]): ServeCommand {
  const options = parseOptions(rest, { valued: SERVER_OPTIONS, flags: ["--check", "--json"], hasSettings: true });
  if (options.wantsHelp) return { kind: "help", of: "broker" };
  const asJson = options.flags.has("--json");
  const server = readServer(options, "8002");
  if (options.flags.has("--check")) return { kind: "check", ...readConfigArguments(options), asJson };
  if (asJson) throw new UsageError('"--json" needs "--check"');
  return { kind: "broker", ...server };
}

function readServer(options: ParsedOptions, defaultPort: string): ServerArguments {
  const last = (name: string) => options.values.get(name)?.at(-1);
  const [certPath, keyPath] = [last("--tls-cert"), last("--tls-key")];
  if (certPath === undefined && keyPath !== undefined) throw new UsageError('"--tls-key" needs "--tls-cert"');
  if (certPath !== undefined && keyPath === undefined) throw new UsageError('"--tls-cert" needs "--tls-key"');
  return {
    ...readConfigArguments(options),
    host: last("--host") ?? "127.0.0.1",
    port: readPort(last("--port") ?? defaultPort),
    ...certPath !== undefined && keyPath !== undefined && { tls: { certPath, keyPath } },
  };
}

function readConfigArguments({ positionals: [configPath, surplus], settings }: ParsedOptions): ConfigArguments {
  if (surplus !== undefined) throw unexpectedArgument(surplus);
  return { ...configPath !== undefined && { configPath }, settings };
}

function parseCredentials(rest: readonly string[]): ServeCommand {
  if (rest.some((arg) => /^--(secret|token)(=|$)/.test(arg))) {
    throw new UsageError(`Unexpected argument: ${NO_SECRETS_HERE}`);
  }
  const { positionals: [url, ...surplus], values, flags, wantsHelp } = parseOptions(rest, {
    valued: ["--secret-file", "--tenant", "--folder", "--allow", "--duration-seconds"],
    flags: ["--cache"],
  });
  if (wantsHelp) return { kind: "help", of: "credentials" };
  if (url === undefined) throw new UsageError("Missing URL of the broker's /credentials");
  if (surplus.length > 0) throw new UsageError(`Unexpected argument after the URL: ${NO_SECRETS_HERE}`);
  const last = (name: string) => values.get(name)?.at(-1);
  const [secretPath, tenant, folder] = ["--secret-file", "--tenant", "--folder"].map(last);
  return {
    kind: "credentials",
    url,
    ...secretPath !== undefined && { secretPath },
    asked: {
      ...tenant !== undefined && { tenant },
      ...folder !== undefined && { folder },
      ...values.has("--allow") && { allow: readPermissions(last("--allow") ?? "") },
      ...values.has("--duration-seconds") && { durationSeconds: readSeconds(last("--duration-seconds") ?? "") },
    },
    isCached: flags.has("--cache"),
  };
}

const NO_SECRETS_HERE = "a secret on the command line can be read by every user of this machine; use --secret-file";

function readPermissions(text: string): Permission[] {
  const names = text.split(",");
  const unknown = names.find((name) => !PERMISSIONS.some((permission) => permission === name));
  if (unknown === undefined) return PERMISSIONS.filter((permission) => names.includes(permission));
  throw new UsageError(
    `"--allow" needs a list of ${PERMISSIONS.join(", ")}, and not "${unknown}"${didYouMean(unknown, PERMISSIONS)}`,
  );
}

function readSeconds(text: string): number {
  if (/^[1-9]\d{0,6}$/.test(text)) return Number(text);
  throw new UsageError(`"--duration-seconds" needs a number of seconds, not "${text}"`);
}

function parseDiagnose(rest: readonly string[]): ServeCommand {
  const { positionals, settings, flags, wantsHelp } = parseOptions(rest, { flags: ["--json"], hasSettings: true });
  if (wantsHelp) return { kind: "help", of: "diagnose" };
  const [first, second, surplus] = positionals;
  if (surplus !== undefined) throw unexpectedArgument(surplus);
  if (first === undefined && settings.length === 0) throw new UsageError("Missing CONFIG.yaml");
  // Without settings there must be a file; with them, a name alone is that of a source.
  const isName = second === undefined && settings.length > 0 && !/[/\\]|\.(?:ya?ml|json)$/i.test(first ?? "");
  const [configPath, source] = isName ? [undefined, first] : [first, second];
  return {
    kind: "diagnose",
    ...configPath !== undefined && { configPath },
    settings,
    ...source !== undefined && { source },
    asJson: flags.has("--json"),
  };
}

function readBytes(option: string, values: ParsedOptions["values"]): number {
  const text = values.get(option)?.at(-1) ?? "";
  if (/^[1-9]\d{0,14}$/.test(text)) return Number(text);
  throw new UsageError(`"${option}" needs a number of bytes, not "${text}"`);
}

function readPort(text: string): number {
  const port = /^\d{1,5}$/.test(text) ? Number(text) : Infinity;
  if (port <= 65_535) return port;
  throw new UsageError(`"${text}" is not a port number`);
}
