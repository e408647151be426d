/** Ends the command with a message for the user. */
export class CommandError extends Error {}

/** Our own message, or an error of other code in a few words. */
export function describe(error: unknown): string {
  if (error instanceof CommandError) return error.message;
  return error instanceof Error ? `${error.name}: ${error.message}` : String(error);
}
