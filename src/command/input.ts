import type { ConfigArguments } from "./arguments.ts";
import { CommandError, describe } from "./command_error.ts";

/** The input of the readers of configurations. */
export function readInput({ configPath, settings }: ConfigArguments) {
  return {
    ...configPath !== undefined && { yaml: readConfigFile(configPath), fileName: configPath },
    settings,
    env: (name: string) => Deno.env.get(name),
    readTextFile: (path: string) => Deno.readTextFileSync(path),
  };
}

function readConfigFile(path: string): string {
  try {
    return Deno.readTextFileSync(path);
  } catch (error) {
    throw new CommandError(
      `Cannot read "${path}": ${error instanceof Deno.errors.NotFound ? "there is no such file" : describe(error)}`,
    );
  }
}
