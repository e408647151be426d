import type { ConfigArguments } from "./arguments.ts";
import { readFailure } from "./command_error.ts";
import { FILE_READERS, type FileReaders } from "./reloader.ts";
import { readVariable } from "./runtime.ts";

/** The input of the readers of configurations. */
export function readInput({ configPath, settings }: ConfigArguments, readers: FileReaders = FILE_READERS) {
  return {
    ...configPath !== undefined && { yaml: readConfigFile(configPath, readers), fileName: configPath },
    settings,
    env: readVariable,
    ...readers,
  };
}

function readConfigFile(path: string, { readTextFile }: FileReaders): string {
  try {
    return readTextFile(path);
  } catch (error) {
    throw readFailure(`"${path}"`, error);
  }
}
