import { connectionReason } from "../s3/connection_failure.ts";
import { shortSha256Hex } from "../hash/short_sha256.ts";
import { safeCause } from "../text/safe_text.ts";
import { createTokenSigner } from "../tokens/signed_token.ts";
import { connectRedis } from "./redis_connection.ts";
import type { State } from "./state.ts";
import { StateError } from "./state_error.ts";

/** Where a state in Redis or Valkey is, and whose it is. */
export interface RedisStateOptions {
  /** A `redis:` or `rediss:` URL. */
  readonly url: string;
  /** Values are encrypted with a key derived from the first; those encrypted with the others can be read, too. */
  readonly secrets: readonly string[];
  /** Separates applications that share a Redis. */
  readonly deployment: string;
}

/** A state with a connection, which is made again whenever it breaks. */
export interface OpenState {
  readonly state: State;
  /** Whether the connection is there. */
  isUp(): boolean;
  /** Ends the connection. */
  close(): void;
}

/**
 * Opens a state in Redis or Valkey. The names of entries are hashed, and their values encrypted; counts are digits, as
 * Redis adds to them. Calls fail at once while there is no connection.
 *
 * @throws {StateError} If the first connection fails.
 */
export async function openRedisState({ url, secrets, deployment }: RedisStateOptions): Promise<OpenState> {
  const { hostname, port, password } = new URL(url);
  const address = `${hostname}:${port || 6379}`;
  const tokens = createTokenSigner({ secrets, deployment, now: Date.now });
  const prefix = `s3source:${shortSha256Hex(deployment).slice(0, 16)}:`;
  const nameOf = (key: string) => prefix + shortSha256Hex(key);

  async function attempt<T>(call: () => Promise<T>): Promise<T> {
    try {
      return await call();
    } catch (error) {
      const cause = safeCause(error, [password, decodeURIComponent(password)]);
      throw new StateError(`Cannot reach the state at ${address}: ${reasonOf(cause, hostname)}`, { cause });
    }
  }

  const redis = await attempt(() => connectRedis(url));
  const send = (...command: readonly string[]) => attempt(() => redis.send(command));

  async function open(key: string, sealed: string): Promise<string> {
    const content = await tokens.verify(sealed.slice(SEALED.length), "state");
    if (content?.["key"] === key && typeof content["value"] === "string") return content["value"];
    // Nothing would be worse: a login that has ended would count again.
    throw new StateError(`Cannot read the state at ${address}: another process keeps it with another "secret"`);
  }

  return {
    state: {
      async putIfAbsent(key, value, { expiresInMs }) {
        // Redis knows its end.
        const content = { purpose: "state", expiresMs: Number.MAX_SAFE_INTEGER, key, value };
        const sealed = SEALED + await tokens.sign(content);
        return await send("SET", nameOf(key), sealed, "NX", "PX", String(expiresInMs)) === "OK";
      },
      async get(key) {
        const found = await send("GET", nameOf(key));
        if (typeof found !== "string") return undefined;
        return found.startsWith(SEALED) ? await open(key, found) : found;
      },
      async delete(key) {
        await send("DEL", nameOf(key));
      },
      increment: async (key, { expiresInMs }) =>
        Number(await send("EVAL", INCREMENT, "1", nameOf(key), String(expiresInMs))),
    },
    isUp: redis.isUp,
    close: redis.close,
  };
}

/** Tells encrypted values from counts. */
const SEALED = "sealed:";
/** In one step, so that no count is left without an end. */
const INCREMENT =
  "local n = redis.call('INCR', KEYS[1]) if n == 1 then redis.call('PEXPIRE', KEYS[1], ARGV[1]) end return n";

function reasonOf(cause: Error, hostname: string): string {
  if (/^(?:WRONGPASS|NOAUTH|ERR AUTH|NOPERM)/.test(cause.message)) return "it refuses the user or the password";
  if (/client is (?:closed|offline)|socket closed/i.test(cause.message)) return "the connection is gone";
  return connectionReason(cause, hostname) ?? "the connection failed";
}
