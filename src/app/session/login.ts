import type { HeaderSettings, OidcSettings } from "../../options/app_options.ts";
import type { State } from "../../state/state.ts";
import type { TokenSigner } from "../../tokens/signed_token.ts";
import { RequestRefusal } from "../failure.ts";
import type { AllowRule } from "../permissions/allow_rules.ts";
import { createHeaderLogin } from "./header_login.ts";
import { createLoginSessions, type LoginSession, type SessionRequest } from "./login_sessions.ts";
import { createLoginFlow, type LoginFlow, type LoginVisit } from "./oidc/login_flow.ts";
import { LoginFailure } from "./oidc/login_failure.ts";
import type { OidcProvider } from "./oidc/provider.ts";
import type { Visitor } from "./visitor.ts";

/** How people log in. */
export interface CheckedLogin {
  readonly sessionSeconds: number;
  /** Providers by name. */
  readonly oidc?: Readonly<Record<string, OidcSettings & { readonly fetch: typeof fetch }>>;
  readonly header?: HeaderSettings;
  readonly tokens?: { readonly allow: AllowRule; readonly maxDays: number };
}

/** The logins of people. */
export interface Login {
  /** The providers that people can choose from. */
  readonly providers: readonly ProviderName[];
  /** Where a proxy logs people out; absent if it does not, or none logs people in. */
  readonly proxyLogoutUrl?: string | undefined;
  /** Who is logged in; `undefined` for nobody. */
  identify(request: IdentifiedRequest): Promise<Visitor | undefined>;
  /** @throws {RequestRefusal} If there is no such provider, or it does not answer. */
  begin(name: string, visit: LoginVisit & { readonly returnTo: string }): ReturnType<LoginFlow["begin"]>;
  /** @throws {RequestRefusal} If the login did not work. */
  finish(name: string, visit: LoginVisit & { readonly url: URL }): Promise<FinishedLogin>;
  /** Ends the login of a request; `undefined` if there is none. */
  end(request: SessionRequest, returnTo: string): Promise<EndedLogin | undefined>;
  /**
   * Ends the logins that a provider's logout token names.
   *
   * @throws {RequestRefusal} If there is no such provider, or the token is not believed.
   */
  endByToken(name: string, token: string): Promise<void>;
}

/** A provider as people see it. */
export interface ProviderName {
  /** In URLs. */
  readonly name: string;
  /** In texts. */
  readonly label: string;
}

/** The part of a request that says who sends it. */
export interface IdentifiedRequest extends SessionRequest {
  /** The other end of the connection; `undefined` if it is unknown. */
  readonly peer: string | undefined;
}

/** A login that has worked. */
export interface FinishedLogin {
  /** The header that sets its cookie. */
  readonly cookie: string;
  /** The page that the person had asked for. */
  readonly returnTo: string;
  readonly visitor: Visitor;
}

/** A login that has ended. */
export interface EndedLogin {
  /** The header that removes its cookie. */
  readonly cookie: string;
  readonly label: string;
  /** Where the provider's own session ends, if it can. */
  readonly providerUrl: string | undefined;
}

/** Options of {@link createLogin}. */
export interface LoginContext {
  readonly tokens: TokenSigner;
  readonly state: State;
  /** Whether a rule names a group. */
  readonly needsGroup: (group: string) => boolean;
  /** Epoch milliseconds. */
  readonly now: () => number;
  /** Receives, for the operator, why a login did not work. */
  readonly onFailure: (reason: string) => void;
}

/** Makes the logins of people, as far as they are configured. */
export function createLogin({ oidc = {}, header, sessionSeconds }: CheckedLogin, context: LoginContext): Login {
  const { now, onFailure } = context;
  const labels = new Map(
    Object.entries(oidc).map(([name, { label, issuer }]) => [name, label ?? new URL(issuer).host]),
  );
  const sessions = createLoginSessions({ ...context, sessionSeconds, providers: new Set(labels.keys()) });
  const flow = createLoginFlow(context);
  const fromHeaders = header && createHeaderLogin(header, onFailure);
  const opened = new Map<string, Promise<OidcProvider>>();

  /** Loads what it takes to speak to providers only if there is one. */
  async function load(name: string): Promise<OidcProvider> {
    const settings = Object.hasOwn(oidc, name) ? oidc[name] : undefined;
    if (settings === undefined) throw new RequestRefusal(404, "There is no such login.");
    const { createOidcProvider } = await import("./oidc/provider.ts");
    const otherPrefixes = Object.values(oidc).filter((other) => other !== settings).map((other) => other.actorPrefix);
    return createOidcProvider({ name, settings, otherPrefixes, now });
  }

  function open(name: string): Promise<OidcProvider> {
    const provider = opened.get(name) ?? load(name);
    if (labels.has(name)) opened.set(name, provider);
    return provider;
  }

  function refusalOf(name: string, error: unknown): unknown {
    if (!(error instanceof LoginFailure)) return error;
    onFailure(`Cannot log in with "${name}": ${error.message}`);
    const label = labels.get(name);
    if (error.isOutage) {
      return new RequestRefusal(503, `${label} does not respond, so nobody can log in. Try again soon.`);
    }
    if (error.isRefused) {
      return new RequestRefusal(403, `${label} did not let you log in, or you have cancelled it.`, {
        code: LOGIN_FAILED,
      });
    }
    return new RequestRefusal(403, `The login with ${label} did not work. Log in again.`, { code: LOGIN_FAILED });
  }

  const visitorOf = ({ person, provider, expiresMs }: LoginSession): Visitor => ({
    actor: person,
    login: { method: "oidc", label: labels.get(provider) ?? provider, expiresMs, isOperator: false },
  });

  return {
    providers: [...labels].map(([name, label]) => ({ name, label })),
    proxyLogoutUrl: header?.logoutUrl,
    async identify({ peer, ...request }) {
      const session = labels.size === 0 ? undefined : await sessions.read(request);
      if (session !== undefined) return visitorOf(session);
      const actor = fromHeaders?.(request.headers, peer);
      return actor ? { actor, login: { method: "header", label: "the proxy", isOperator: false } } : undefined;
    },
    async begin(name, visit) {
      try {
        return await flow.begin(await open(name), visit);
      } catch (error) {
        throw refusalOf(name, error);
      }
    },
    async finish(name, visit) {
      try {
        const provider = await open(name);
        const { claims, returnTo } = await flow.finish(provider, visit);
        const { sub, sid } = claims;
        const person = provider.personOf(claims);
        const login = { provider: name, person, subject: String(sub), ...typeof sid === "string" && { sid } };
        const { cookie, session } = await sessions.start(login, visit.place);
        return { cookie, returnTo, visitor: visitorOf(session) };
      } catch (error) {
        throw refusalOf(name, error);
      }
    },
    async end(request, returnTo) {
      const session = await sessions.read(request);
      if (session === undefined) return undefined;
      const cookie = await sessions.end(session, request.place);
      const provider = await open(session.provider);
      return { cookie, label: provider.label, providerUrl: await provider.logoutUrl(returnTo) };
    },
    async endByToken(name, token) {
      const provider = await open(name);
      try {
        const { sid, sub } = await provider.readLogoutToken(token);
        await sessions.endAt(name, { ...typeof sid === "string" && { sid }, sub });
      } catch (error) {
        if (!(error instanceof LoginFailure)) throw error;
        onFailure(`Cannot take a logout token for "${name}": ${error.message}`);
        throw new RequestRefusal(error.isOutage ? 503 : 400, "This logout token is not valid here.");
      }
    },
  };
}

/** The code of a login that did not work. */
export const LOGIN_FAILED = "login_failed";
