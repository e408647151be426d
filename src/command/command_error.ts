/** Ends the command with a message for the user. */
export class CommandError extends Error {}

/** Our own message, or an error of other code in a few words. */
export function describe(error: unknown): string {
  if (error instanceof CommandError) return error.message;
  return error instanceof Error ? `${error.name}: ${error.message}` : String(error);
}

/**
 * The error for a file that cannot be read.
 *
 * @param what As in `Cannot read ${what}: …`.
 */
export function readFailure(what: string, error: unknown): CommandError {
  const reason = isMissing(error) ? "there is no such file" : describe(error);
  return new CommandError(`Cannot read ${what}: ${reason}`);
}

/** Whether it is the error for a file that does not exist. */
export function isMissing(error: unknown): boolean {
  return error instanceof Error && "code" in error && error.code === "ENOENT";
}
