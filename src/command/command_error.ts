/** Ends the command with a message for the user. */
export class CommandError extends Error {}

/** An error of other code, in a few words. */
export function describe(error: unknown): string {
  return error instanceof Error ? `${error.name}: ${error.message}` : String(error);
}
