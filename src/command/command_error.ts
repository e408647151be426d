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
  const reason = error instanceof Deno.errors.NotFound ? "there is no such file" : describe(error);
  return new CommandError(`Cannot read ${what}: ${reason}`);
}
