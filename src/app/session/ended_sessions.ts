import type { State } from "../../state/state.ts";
import { StateError } from "../../state/state_error.ts";

/** A login, as its cookie has it. */
export interface SessionId {
  readonly id: string;
  /** When it ends by itself, in epoch milliseconds. */
  readonly expiresMs: number;
}

/** The logins that ended before their time, in all processes. */
export interface EndedSessions {
  /**
   * Ends a login.
   *
   * @throws {StateError} If that cannot be kept.
   */
  end(session: SessionId): Promise<void>;
  /**
   * Whether a login has ended. While that cannot be found out, it has not for a request that only reads.
   *
   * @throws {StateError} If that cannot be found out, for other requests.
   */
  hasEnded(session: SessionId, request: Pick<Request, "method">): Promise<boolean>;
}

/**
 * What is kept under some keys about the end of a login. While that cannot be found out, there is nothing for a request
 * that only reads.
 *
 * @throws {StateError} If it cannot be found out, for other requests.
 */
export async function readEnds(
  state: State,
  keys: readonly string[],
  method: string,
): Promise<readonly (string | undefined)[]> {
  try {
    return await Promise.all(keys.map((key) => state.get(key)));
  } catch (error) {
    if (error instanceof StateError && (method === "GET" || method === "HEAD")) return [];
    throw error;
  }
}

/** @param now Epoch milliseconds. */
export function createEndedSessions(state: State, now: () => number): EndedSessions {
  const keyOf = ({ id }: SessionId) => `ended_session/${id}`;
  return {
    async end(session) {
      const expiresInMs = Math.max(1, session.expiresMs - now());
      await state.putIfAbsent(keyOf(session), "ended", { expiresInMs });
    },
    async hasEnded(session, { method }) {
      const [end] = await readEnds(state, [keyOf(session)], method);
      return end !== undefined;
    },
  };
}
