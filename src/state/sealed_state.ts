import { shortSha256Hex } from "../hash/short_sha256.ts";
import { createTokenSigner } from "../tokens/signed_token.ts";
import type { State } from "./state.ts";
import { StateError } from "./state_error.ts";

/** Who can read what is kept. */
export interface SealOptions {
  /** Values are encrypted with a key derived from the first; those encrypted with the others can be read, too. */
  readonly secrets: readonly string[];
  /** Separates applications that share a state. */
  readonly deployment: string;
}

/**
 * A state whose keeper learns nothing: keys are hashed, and values encrypted together with their keys. Counts are
 * digits.
 */
export function sealState(state: State, { secrets, deployment }: SealOptions): State {
  const tokens = createTokenSigner({ secrets, deployment, now: Date.now });
  const prefix = shortSha256Hex(deployment).slice(0, 16);
  const nameOf = (key: string) => `${prefix}:${shortSha256Hex(key)}`;

  async function open(key: string, sealed: string): Promise<string> {
    const content = await tokens.verify(sealed.slice(SEALED.length), "state");
    if (content?.["key"] === key && typeof content["value"] === "string") return content["value"];
    // It must not look like nothing: a login that has ended would be good again.
    throw new StateError('Cannot read what another process keeps in the state: it has another "secret"');
  }

  return {
    async putIfAbsent(key, value, options) {
      // The state knows its end.
      const content = { purpose: "state", expiresMs: Number.MAX_SAFE_INTEGER, key, value };
      return await state.putIfAbsent(nameOf(key), SEALED + await tokens.sign(content), options);
    },
    async get(key) {
      const found = await state.get(nameOf(key));
      // Anything else was written by someone without the secret.
      return found === undefined || COUNT.test(found) ? found : await open(key, found);
    },
    delete: (key) => state.delete(nameOf(key)),
    increment: (key, options) => state.increment(nameOf(key), options),
  };
}

/** Tells values from counts. */
const SEALED = "sealed:";
const COUNT = /^\d{1,16}$/;
