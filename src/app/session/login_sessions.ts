import { shortSha256Hex } from "../../hash/short_sha256.ts";
import type { State } from "../../state/state.ts";
import type { TokenContent, TokenSigner } from "../../tokens/signed_token.ts";
import { RequestRefusal } from "../failure.ts";
import { readEnds } from "./ended_sessions.ts";
import type { Person } from "./oidc/person.ts";
import { type CookiePlace, readCookies, SESSION_COOKIE, writeCookie } from "./session_cookie.ts";

/** A login at a provider, as its cookie has it. */
export interface LoginSession extends TokenContent {
  readonly purpose: typeof PURPOSE;
  readonly id: string;
  /** The provider's name. */
  readonly provider: string;
  readonly person: Person;
  /** The person at the provider. */
  readonly subject: string;
  /** The provider's own session; absent if it has not said. */
  readonly sid?: string;
  readonly startedMs: number;
}

/** Logins at providers. Each is a sealed cookie; what is kept is only which have ended early. */
export interface LoginSessions {
  /**
   * Starts a login.
   *
   * @returns The login, and the header that sets its cookie.
   * @throws {RequestRefusal} If the person has too many groups for a cookie.
   */
  start(
    login: Pick<LoginSession, "provider" | "person" | "subject" | "sid">,
    place: CookiePlace,
  ): Promise<{ readonly session: LoginSession; readonly cookie: string }>;
  /**
   * The login of a request, unless it has ended. While that cannot be found out, it has not for a request that only
   * reads.
   *
   * @throws {StateError} If that cannot be found out, for other requests.
   */
  read(request: SessionRequest): Promise<LoginSession | undefined>;
  /**
   * Ends a login.
   *
   * @returns The header that removes its cookie.
   */
  end(session: LoginSession, place: CookiePlace): Promise<string>;
  /** Ends the logins of a session, or all of a person, at a provider. */
  endAt(
    provider: string,
    whose: { readonly sid?: string | undefined; readonly sub?: string | undefined },
  ): Promise<void>;
}

/** The part of a request that a login is read from. */
export interface SessionRequest {
  readonly method: string;
  readonly headers: Headers;
  /** Where its cookies count. */
  readonly place: CookiePlace;
}

/** Options of {@link createLoginSessions}. */
export interface LoginSessionsOptions {
  readonly tokens: TokenSigner;
  readonly state: State;
  /** The names of the providers. */
  readonly providers: ReadonlySet<string>;
  /** How long a login lasts. */
  readonly sessionSeconds: number;
  /** Whether a rule names a group. Others are left out of a cookie that would be too large. */
  readonly needsGroup: (group: string) => boolean;
  /** Epoch milliseconds. */
  readonly now: () => number;
}

/** Makes logins of people that a provider has recognized. */
export function createLoginSessions(options: LoginSessionsOptions): LoginSessions {
  const { tokens, state, providers, sessionSeconds, needsGroup, now } = options;
  const lifetimeMs = sessionSeconds * 1_000;

  async function hasEnded({ id, provider, sid, subject, startedMs }: LoginSession, method: string): Promise<boolean> {
    const keys = [endedKey("id", id), endedKey("subject", provider, subject), endedKey("sid", provider, sid ?? "")];
    const [byId, bySubject, bySid] = await readEnds(state, keys, method);
    return byId !== undefined || (sid !== undefined && bySid !== undefined) || startedMs <= Number(bySubject ?? -1);
  }

  async function seal(session: LoginSession): Promise<string> {
    const value = await tokens.sign(session);
    if (value.length <= MAX_LENGTH) return value;
    const groups = session.person.groups?.filter(needsGroup) ?? [];
    const shorter = await tokens.sign({ ...session, person: { ...session.person, groups } });
    if (shorter.length <= MAX_LENGTH) return shorter;
    throw new RequestRefusal(403, "You are in too many groups to log in here. Ask the person who runs this app.");
  }

  return {
    async start(login, place) {
      const nowMs = now();
      const times = { startedMs: nowMs, expiresMs: nowMs + lifetimeMs };
      const session: LoginSession = { purpose: PURPOSE, id: crypto.randomUUID(), ...times, ...login };
      const value = await seal(session);
      const cookie = writeCookie(SESSION_COOKIE, value, { ...place, maxAgeSeconds: sessionSeconds, sameSite: "Lax" });
      return { session, cookie };
    },
    async read({ method, headers, place }) {
      for (const token of readCookies(headers, SESSION_COOKIE, place)) {
        const content = await tokens.verify(token, PURPOSE);
        if (content === undefined) continue;
        // Sealed for this purpose, so it is as `start` made it.
        const session = content as LoginSession;
        if (providers.has(session.provider) && !await hasEnded(session, method)) return session;
      }
      return undefined;
    },
    async end({ id, expiresMs }, place) {
      await state.putIfAbsent(endedKey("id", id), "1", { expiresInMs: Math.max(1, expiresMs - now()) });
      return writeCookie(SESSION_COOKIE, "", { ...place, maxAgeSeconds: 0, sameSite: "Lax" });
    },
    async endAt(provider, { sid, sub }) {
      // If it names both, it is about that one session.
      const key = sid === undefined ? endedKey("subject", provider, sub ?? "") : endedKey("sid", provider, sid);
      await state.delete(key);
      await state.putIfAbsent(key, `${now()}`, { expiresInMs: lifetimeMs });
    },
  };
}

const PURPOSE = "oidc session";
/** Browsers drop a cookie of more than 4,096 bytes, with its name. https://datatracker.ietf.org/doc/html/rfc6265#section-6.1 */
const MAX_LENGTH = 3_900;

/** Hashed, as a provider may choose texts of any length. */
function endedKey(...parts: readonly string[]): string {
  return `login/ended/${shortSha256Hex(JSON.stringify(parts))}`;
}
