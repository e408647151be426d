import { connectionReason } from "../s3/connection_failure.ts";
import { safeCause } from "../text/safe_text.ts";
import { connectRedis } from "./redis_connection.ts";
import type { State } from "./state.ts";
import { StateError } from "./state_error.ts";

/** A state with a connection, which is made again whenever it breaks. */
export interface OpenState {
  readonly state: State;
  /** Whether the connection is there. */
  isUp(): boolean;
  /** Ends the connection. */
  close(): void;
}

/**
 * Opens a state in Redis or Valkey. Calls fail at once while there is no connection.
 *
 * @param url A `redis:` or `rediss:` URL.
 * @throws {StateError} If the first connection fails.
 */
export async function openRedisState(url: string): Promise<OpenState> {
  const { hostname, port, password } = new URL(url);

  async function attempt<T>(call: () => Promise<T>): Promise<T> {
    try {
      return await call();
    } catch (error) {
      const cause = safeCause(error, [password, decodeURIComponent(password)]);
      const reason = reasonOf(cause, hostname);
      throw new StateError(`Cannot reach the state at ${hostname}:${port || 6379}: ${reason}`, { cause });
    }
  }

  const redis = await attempt(() => connectRedis(url));
  const send = (...command: readonly string[]) => attempt(() => redis.send(command));

  return {
    state: {
      putIfAbsent: async (key, value, { expiresInMs }) =>
        await send("SET", PREFIX + key, value, "NX", "PX", String(expiresInMs)) === "OK",
      async get(key) {
        const value = await send("GET", PREFIX + key);
        return typeof value === "string" ? value : undefined;
      },
      async delete(key) {
        await send("DEL", PREFIX + key);
      },
      async increment(key, { expiresInMs }) {
        const answer = await send("EVAL", INCREMENT, "1", PREFIX + key, String(expiresInMs));
        const [count, left] = Array.isArray(answer) ? answer : [];
        return { count: Number(count), expiresInMs: Number(left) };
      },
    },
    isUp: redis.isUp,
    close: redis.close,
  };
}

const PREFIX = "s3source:";
/** In one step, so that no count is left without an end. */
const INCREMENT = "local n = redis.call('INCR', KEYS[1]) " +
  "if n == 1 then redis.call('PEXPIRE', KEYS[1], ARGV[1]) end return {n, redis.call('PTTL', KEYS[1])}";

function reasonOf(cause: Error, hostname: string): string {
  if (/^(?:WRONGPASS|NOAUTH|ERR AUTH|NOPERM)/.test(cause.message)) return "it refuses the user or the password";
  if (/client is (?:closed|offline)|socket closed/i.test(cause.message)) return "the connection is gone";
  return connectionReason(cause, hostname) ?? "the connection failed";
}
