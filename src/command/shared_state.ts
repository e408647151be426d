import type { OpenState } from "../state/redis_state.ts";
import { StateError } from "../state/state_error.ts";
import { CommandError } from "./command_error.ts";

/**
 * Opens the state that a configuration names.
 *
 * @param url `"memory:"`, or the URL of a Redis.
 * @returns `undefined` for a state in memory.
 * @throws {CommandError} If it cannot be reached.
 */
export async function openSharedState(url: string): Promise<OpenState | undefined> {
  if (url === "memory:") return undefined;
  try {
    // Only then: it loads the client.
    const { openRedisState } = await import("../state/redis_state.ts");
    return await openRedisState(url);
  } catch (error) {
    if (error instanceof StateError) throw new CommandError(error.message);
    throw error;
  }
}
