import type { State } from "../../state/state.ts";
import type { KeyRequest, SessionKeys } from "../types.ts";
import { keyOf } from "./recent_grants.ts";

/** Keys, and when they were issued, in epoch milliseconds. */
export interface IssuedKeys {
  readonly keys: SessionKeys;
  readonly issuedMs: number;
}

/** Keys that processes of a broker get for each other. While the state fails, each gets its own. */
export interface SharedKeys {
  /** What the last process has got, and has not expired. */
  find(request: KeyRequest, fingerprint: string): Promise<IssuedKeys | undefined>;
  /** Offers keys to the other processes, in place of earlier ones. */
  keep(request: KeyRequest, fingerprint: string, issued: IssuedKeys): Promise<void>;
}

/** @param now Epoch milliseconds. */
export function createSharedKeys(state: State, now: () => number): SharedKeys {
  const nameOf = (request: KeyRequest, fingerprint: string) => `keys/${fingerprint}/${keyOf(request)}`;
  return {
    async find(request, fingerprint) {
      try {
        const text = await state.get(nameOf(request, fingerprint));
        return text === undefined ? undefined : read(text);
      } catch {
        return undefined;
      }
    },
    async keep(request, fingerprint, issued) {
      const name = nameOf(request, fingerprint);
      const expiresInMs = Math.floor(issued.keys.expiration - now());
      if (expiresInMs < 1) return;
      try {
        await state.delete(name);
        await state.putIfAbsent(name, JSON.stringify(issued), { expiresInMs });
      } catch {
        // Other processes get keys for themselves.
      }
    },
  };
}

/** Sealed by a process with the same secret, but perhaps of another version. */
function read(text: string): IssuedKeys | undefined {
  const issued: Partial<IssuedKeys> | null = JSON.parse(text);
  const { keys, issuedMs } = issued ?? {};
  const { accessKeyId, secretAccessKey, sessionToken, expiration } = keys ?? {};
  const areTexts = [accessKeyId, secretAccessKey, sessionToken].every((part) => typeof part === "string");
  if (keys === undefined || !areTexts || typeof expiration !== "number" || typeof issuedMs !== "number") {
    return undefined;
  }
  return { keys, issuedMs };
}
