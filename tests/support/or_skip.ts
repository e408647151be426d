/** What a machine lacks is a loud skip there, and a failure under `CI=true`. */
export async function orSkip<T>(what: string, open: () => Promise<T>): Promise<T | undefined> {
  try {
    return await open();
  } catch (error) {
    if (Deno.env.get("CI") === "true") throw error;
    // deno-lint-ignore no-console
    console.warn(`\n*** SKIPPED: ${what}. ${error instanceof Error ? error.message : error}\n`);
    return undefined;
  }
}
