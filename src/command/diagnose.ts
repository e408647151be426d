// deno-lint-ignore-file no-console -- It is a command: people read what it prints.
import { readDatasetteConfig } from "../config/datasette_yaml.ts";
import { CredentialsError, S3SourceError } from "../errors.ts";
import { didYouMean } from "../options/did_you_mean.ts";
import { createS3Source } from "../source.ts";
import { escapeControls } from "../text/controls.ts";
import type { S3SourceConfig } from "../types/config.ts";
import type { DiagnoseArguments } from "./arguments.ts";
import { CommandError } from "./command_error.ts";
import { formatDiagnosis } from "./diagnosis_table.ts";
import { readInput } from "./input.ts";
import { formatTable } from "./table.ts";

/**
 * Prints a diagnosis. Resolves with 0 if all checks are good, with 1 if not, and with 2 if a source has to be chosen,
 * after listing all.
 */
export async function diagnose({ source, asJson, ...args }: DiagnoseArguments): Promise<number> {
  const { sources } = readDatasetteConfig(readInput(args));
  const [only, ...others] = Object.keys(sources);
  if (source === undefined && others.length > 0) {
    listSources(sources, { asJson, configPath: args.configPath });
    return 2;
  }
  const name = source ?? only ?? "";
  const config = sources[name];
  if (config === undefined) {
    throw new CommandError(
      `Cannot diagnose "${name}": there is no such source${didYouMean(name, Object.keys(sources))}`,
    );
  }
  try {
    // The person who waits for the result can try again.
    const diagnosis = await createS3Source(config, { retry: { maxAttempts: 2 } }).diagnose();
    console.log(asJson ? JSON.stringify(diagnosis, null, 2) : formatDiagnosis(diagnosis));
    return diagnosis.checks.every(({ ok }) => ok) ? 0 : 1;
  } catch (error) {
    if (!(error instanceof S3SourceError)) throw error;
    printFailure(error, asJson);
    return 1;
  }
}

function listSources(
  sources: Readonly<Record<string, S3SourceConfig>>,
  { asJson, configPath }: { readonly asJson: boolean; readonly configPath: string | undefined },
): void {
  const names = Object.keys(sources);
  if (asJson) return console.log(JSON.stringify({ sources: names }, null, 2));
  const [name = ""] = names;
  const example = ["diagnose", ...configPath === undefined ? [] : [configPath], name].join(" ");
  const lines = [
    `There are ${names.length} sources; add the name of one, as in "${example}":`,
    "",
    ...formatTable(Object.entries(sources).map(([name, config]) => [name, placeOf(config)])),
  ];
  for (const line of lines) console.log(escapeControls(line));
}

/** The location of a source's files, as far as the configuration says. */
function placeOf({ bucket = "", prefix = "", ...config }: S3SourceConfig): string {
  const brokerUrl = config.credentialsUrl ?? config.credentials_url;
  // Of the URL, only the host: it may hold a token.
  return brokerUrl === undefined ? `s3://${bucket}/${prefix}` : `as the broker at ${URL.parse(brokerUrl)?.host} says`;
}

/** The store has not been asked. */
function printFailure(error: S3SourceError, asJson: boolean): void {
  const { name, code, message } = error;
  if (asJson) return console.log(JSON.stringify({ error: { name, code, message } }, null, 2));
  if (!(error instanceof CredentialsError)) throw error;
  const verdict = VERDICTS.get(code) ?? "There are no credentials";
  console.error(escapeControls(message));
  console.error(`${verdict}; the store was not asked.`);
}

const VERDICTS: ReadonlyMap<string, string> = new Map([
  ["BrokerUnreachable", "The broker cannot be reached"],
  ["BrokerRefused", "The broker refuses the secret"],
  ["BrokerFailed", "The broker does not work"],
  ["InvalidReply", "The broker does not work"],
]);
