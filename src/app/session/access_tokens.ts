import { toBase64Url } from "../../hash/base64url.ts";
import { shortSha256Hex } from "../../hash/short_sha256.ts";
import type { State } from "../../state/state.ts";
import { RequestRefusal } from "../failure.ts";
import { type Actor, type AllowRule, ruleFits } from "../permissions/allow_rules.ts";
import type { TokenScope, Visitor } from "./visitor.ts";

/** An access token, without the token. */
export interface AccessToken extends TokenScope {
  /** To revoke it. */
  readonly id: string;
  /** What its owner calls it. */
  readonly label: string;
  /** In epoch milliseconds. */
  readonly createdMs: number;
  /** In epoch milliseconds. */
  readonly expiresMs: number;
}

/** Access tokens of scripts. Only their hashes are kept, with what they are for. */
export interface AccessTokens {
  /** How long one can last. */
  readonly maxDays: number;
  /** Whether tokens are gone after a restart. */
  readonly areForgotten: boolean;
  /** Whether someone may make tokens. */
  mayCreate(visitor: Visitor): boolean;
  /**
   * Makes a token for someone who is logged in.
   *
   * @returns The token, which is not kept.
   * @throws {RequestRefusal} If the owner has too many.
   */
  create(owner: TokenOwner, token: Omit<AccessToken, "id" | "createdMs">): Promise<string>;
  /** All tokens of an owner, the oldest first. */
  list(owner: TokenOwner): Promise<AccessToken[]>;
  /** Ends a token of this owner; does nothing if there is no such token. */
  revoke(owner: TokenOwner, id: string): Promise<void>;
  /**
   * Who sends a request with a token; `undefined` if it has none.
   *
   * @throws {RequestRefusal} If the token is unknown or has ended.
   */
  identify(headers: Headers): Promise<Visitor | undefined>;
}

/** Whose a token is. */
export interface TokenOwner {
  readonly actor: Actor;
  readonly isOperator: boolean;
}

/** What is kept of a token. */
interface StoredToken extends AccessToken, TokenOwner {
  readonly hash: string;
}

/** Options of {@link createAccessTokens}. */
export interface AccessTokensOptions {
  /** Who may make them. */
  readonly allow: AllowRule;
  readonly maxDays: number;
  /** Whether the state is gone after a restart. */
  readonly areForgotten: boolean;
  /** Whether the operator can log in: otherwise, no token of the operator counts. */
  readonly hasOperator: boolean;
  readonly state: State;
  /** Epoch milliseconds. */
  readonly now: () => number;
}

/** Makes the access tokens of an app. A state lists nothing, so each owner has a few numbered places. */
export function createAccessTokens(options: AccessTokensOptions): AccessTokens {
  const { allow, maxDays, areForgotten, hasOperator, state, now } = options;

  async function read(key: string): Promise<StoredToken | undefined> {
    const text = await state.get(key);
    // As `create` made it.
    return text === undefined ? undefined : JSON.parse(text);
  }

  async function placesOf(owner: TokenOwner): Promise<{ readonly key: string; readonly token: StoredToken }[]> {
    const keys = Array.from({ length: MAX_TOKENS }, (_, place) => placeKey(owner, place));
    const places = await Promise.all(keys.map(async (key) => ({ key, token: await read(key) })));
    return places.flatMap(({ key, token }) => token === undefined ? [] : [{ key, token }]);
  }

  async function takePlace(owner: TokenOwner, content: string, expiresInMs: number): Promise<string> {
    for (let place = 0; place < MAX_TOKENS; place++) {
      const key = placeKey(owner, place);
      if (await state.putIfAbsent(key, content, { expiresInMs })) return key;
    }
    throw new RequestRefusal(409, `You have ${MAX_TOKENS} access tokens. Revoke one that you no longer need.`);
  }

  return {
    maxDays,
    areForgotten,
    mayCreate: ({ actor, login }) => actor !== null && (login?.isOperator === true || ruleFits(allow, actor)),
    async create({ actor, isOperator }, token) {
      const text = PREFIX + toBase64Url(crypto.getRandomValues(new Uint8Array(RANDOM_BYTES)));
      const hash = shortSha256Hex(text);
      const stored: StoredToken = { id: crypto.randomUUID(), createdMs: now(), ...token, hash, actor, isOperator };
      const content = JSON.stringify(stored);
      const expiresInMs = token.expiresMs - now();
      const place = await takePlace({ actor, isOperator }, content, expiresInMs);
      try {
        await state.putIfAbsent(tokenKey(hash), content, { expiresInMs });
      } catch (error) {
        await state.delete(place).catch(() => {});
        throw error;
      }
      return text;
    },
    async list(owner) {
      const places = await placesOf(owner);
      return places.map(({ token }) => token).toSorted((a, b) => a.createdMs - b.createdMs);
    },
    async revoke(owner, id) {
      const found = (await placesOf(owner)).find(({ token }) => token.id === id);
      if (found === undefined) return;
      await state.delete(tokenKey(found.token.hash));
      await state.delete(found.key);
    },
    async identify(headers) {
      const [, text] = BEARER.exec(headers.get("authorization") ?? "") ?? [];
      if (text === undefined) return undefined;
      const token = await read(tokenKey(shortSha256Hex(text)));
      // A state of one's own may keep it for longer.
      if (token === undefined || token.expiresMs <= now() || (token.isOperator && !hasOperator)) {
        throw new RequestRefusal(401, "This access token is unknown, has been revoked, or has expired.");
      }
      const { actor, isOperator, label, expiresMs, actions, sources } = token;
      return { actor, login: { method: "token", label, expiresMs, isOperator }, only: { actions, sources } };
    },
  };
}

/** Tools that look for leaked secrets know tokens by such a beginning. */
const PREFIX = "s3f_";
/** Other tokens are someone else's: proxies pass on those of their providers. */
const BEARER = /^Bearer +(s3f_\S*)$/i;
const RANDOM_BYTES = 32;
/** Of one person. */
const MAX_TOKENS = 20;

function tokenKey(hash: string): string {
  return `token/${hash}`;
}

function placeKey({ actor, isOperator }: TokenOwner, place: number): string {
  return `tokens/${shortSha256Hex(JSON.stringify([isOperator, actor.id]))}/${place}`;
}
