// deno-lint-ignore-file no-console -- It is a command: people read what it prints.
import { readDatasetteConfig } from "../config/datasette_yaml.ts";
import { didYouMean } from "../options/did_you_mean.ts";
import { createS3Source } from "../source.ts";
import type { DiagnoseArguments } from "./arguments.ts";
import { CommandError } from "./command_error.ts";
import { formatDiagnosis } from "./diagnosis_table.ts";
import { readInput } from "./input.ts";

/** Prints a diagnosis. Resolves with 0 if all checks are good, otherwise with 1. */
export async function diagnose({ source: name, asJson, ...args }: DiagnoseArguments): Promise<number> {
  const { sources } = readDatasetteConfig(readInput(args));
  const config = sources[name];
  if (config === undefined) {
    throw new CommandError(
      `Cannot diagnose "${name}": there is no such source${didYouMean(name, Object.keys(sources))}`,
    );
  }
  const diagnosis = await createS3Source(config).diagnose();
  console.log(asJson ? JSON.stringify(diagnosis, null, 2) : formatDiagnosis(diagnosis));
  return diagnosis.checks.every(({ ok }) => ok) ? 0 : 1;
}
