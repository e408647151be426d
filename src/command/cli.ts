/**
 * The command: serves the files app for the sources of a datasette.yaml, runs a credentials broker, prints a broker's
 * keys for AWS profiles, or diagnoses a source.
 *
 * @example
 * ```sh
 * deno run --allow-net=127.0.0.1:8001,broker.example.com,media.s3.us-east-1.amazonaws.com \
 *   --allow-read=datasette.yaml --allow-env=BROKER_SECRET \
 *   jsr:@files/s3-source/cli serve datasette.yaml --port 8001
 * deno run --allow-net=127.0.0.1:8002,sts.eu-west-1.amazonaws.com \
 *   --allow-read=broker.yaml --allow-env=TEAM_SHA256,BROKER_KEY_ID,BROKER_KEY \
 *   jsr:@files/s3-source/cli broker broker.yaml --port 8002
 * deno run --allow-net=broker.example.com,media.s3.us-east-1.amazonaws.com \
 *   --allow-read=datasette.yaml --allow-env=BROKER_SECRET \
 *   jsr:@files/s3-source/cli diagnose datasette.yaml media
 * deno run --allow-net=broker.example.com --allow-read=team.secret \
 *   jsr:@files/s3-source/cli credentials https://broker.example.com/credentials --secret-file team.secret
 * deno run jsr:@files/s3-source/cli secret
 * ```
 *
 * @module
 */
// deno-lint-ignore-file no-console -- It is a command: people read what it prints.
import { S3SourceError } from "../errors.ts";
import { escapeControls } from "../text/controls.ts";
import { VERSION } from "../text/version.ts";
import { parseServeArguments, type ServeCommand } from "./arguments.ts";
import { serveBroker } from "./broker.ts";
import { check } from "./check.ts";
import { CommandError } from "./command_error.ts";
import { printCredentials } from "./credentials.ts";
import { diagnose } from "./diagnose.ts";
import { UsageError } from "./option_parser.ts";
import { ARGS, exit, isProgram } from "./runtime.ts";
import { printSecret } from "./secret.ts";
import { serve } from "./serve.ts";
import { USAGE, USAGES } from "./usage.ts";

export { VERSION };

/**
 * Runs a command line and resolves with its exit code: 0 for success, 1 for failure, 2 if the command line is wrong.
 *
 * @param args As in `Deno.args`: without the name of the program.
 *
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { main } from "@files/s3-source/cli";
 *
 * assertEquals(await main(["--version"]), 0);
 * ```
 */
export async function main(args: readonly string[]): Promise<number> {
  try {
    return await run(parseServeArguments(args));
  } catch (error) {
    if (error instanceof UsageError) {
      const end = error.message.endsWith("?") ? "" : ".";
      console.error(escapeControls(`${error.message}${end} See --help.`));
      return 2;
    }
    if (!(error instanceof S3SourceError || error instanceof CommandError)) throw error;
    for (const line of error.message.split("\n")) console.error(escapeControls(line));
    return 1;
  }
}

async function run(command: ServeCommand): Promise<number> {
  if (command.kind === "check") return await check(command);
  if (command.kind === "diagnose") return await diagnose(command);
  if (command.kind === "serve") await serve(command);
  else if (command.kind === "broker") await serveBroker(command);
  else if (command.kind === "credentials") await printCredentials(command);
  else if (command.kind === "secret") await printSecret();
  else if (command.kind === "version") console.log(`s3-source ${VERSION}`);
  else console.log(command.of === undefined ? USAGE : USAGES[command.of]);
  return 0;
}

if (isProgram(import.meta)) await exit(await main(ARGS));
