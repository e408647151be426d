import { createRemoteJWKSet, customFetch as jwksFetch } from "jose/jwks/remote";
import { jwtVerify } from "jose/jwt/verify";
import type { JWTPayload } from "jose";
import * as oauth from "oauth4webapi";
import { createSharedTask } from "../../../async/shared_task.ts";
import type { OidcSettings } from "../../../options/app_options.ts";
import { httpsProblem } from "../../../options/broker_values.ts";
import { createBoundedFetch, REQUEST_MS } from "./bounded_fetch.ts";
import { toFailure } from "./failed_answer.ts";
import { LoginFailure } from "./login_failure.ts";
import { hasAll, type Person, personOf } from "./person.ts";

/** An OpenID provider as this app's logins need it. */
export interface OidcProvider {
  /** In the configuration and in URLs. */
  readonly name: string;
  /** What people call it. */
  readonly label: string;
  /** Where a browser logs in. */
  authorizationUrl(request: LoginRequest): Promise<string>;
  /**
   * The claims of a person who comes back from the provider.
   *
   * @param url What the browser has opened.
   * @throws {LoginFailure} If the answer is not for this request, or the provider does not confirm it.
   */
  claimsOf(url: URL, request: LoginRequest): Promise<JWTPayload>;
  /**
   * The person that claims describe.
   *
   * @throws {LoginFailure} If they identify no one.
   */
  personOf(claims: Readonly<Record<string, unknown>>): Person;
  /** The claims of a logout token. https://openid.net/specs/openid-connect-backchannel-1_0.html#Validation */
  readLogoutToken(token: string): Promise<JWTPayload>;
  /** Where a browser ends the provider's own session; `undefined` if there is no such page, or it is not known. */
  logoutUrl(returnTo: string): Promise<string | undefined>;
}

/** What a login begins and ends with. */
export interface LoginRequest {
  /** Where the provider sends the browser. */
  readonly redirectUri: string;
  /** Comes back in the URL. */
  readonly state: string;
  /** Comes back in the token. */
  readonly nonce: string;
  /** Proves that the same app asks for the tokens. https://www.rfc-editor.org/rfc/rfc7636 */
  readonly verifier: string;
}

/** A provider's settings, and how to reach it. */
export interface OidcProviderOptions {
  readonly name: string;
  readonly settings: OidcSettings & { readonly fetch: typeof fetch };
  /** The `actorPrefix` of each other provider. */
  readonly otherPrefixes: readonly string[];
  /** Epoch milliseconds. */
  readonly now: () => number;
}

/** Makes a provider, which is asked for its addresses at the first login: it may be down when the app starts. */
export function createOidcProvider({ name, settings, otherPrefixes, now }: OidcProviderOptions): OidcProvider {
  const { issuer, clientId, clientSecret, scopes, label = new URL(issuer).host } = settings;
  const fetch = createBoundedFetch(settings.fetch);
  const http = () => ({
    [oauth.customFetch]: fetch,
    // Only addresses on this machine pass the checks of `discover`.
    [oauth.allowInsecureRequests]: true,
    signal: AbortSignal.timeout(REQUEST_MS),
  });
  let known: KnownProvider | undefined;

  const discover = createSharedTask(async () => {
    const url = new URL(issuer);
    const server = await oauth.processDiscoveryResponse(url, await oauth.discoveryRequest(url, http()));
    if (server.issuer !== issuer) {
      throw new LoginFailure('"issuer" in its OpenID configuration is not the configured one to the character');
    }
    for (const place of ENDPOINTS) {
      const endpoint = server[place];
      if (endpoint === undefined && !REQUIRED.has(place)) continue;
      if (typeof endpoint !== "string" || httpsProblem(endpoint) !== undefined) {
        throw new LoginFailure(`"${place}" in its OpenID configuration is not an https: URL`);
      }
    }
    const jwksUrl = String(server.jwks_uri);
    const keys = known?.server.jwks_uri === jwksUrl
      ? known.keys
      : createRemoteJWKSet(new URL(jwksUrl), { [jwksFetch]: fetch, timeoutDuration: REQUEST_MS });
    known = { server, keys, expiresMs: now() + VALID_MS };
    return known;
  });

  /** What is known stays in use while the provider does not answer. */
  async function find(): Promise<KnownProvider> {
    if (known !== undefined && known.expiresMs > now()) return known;
    try {
      return await discover.join();
    } catch (error) {
      if (known !== undefined) return known;
      throw toFailure(error);
    }
  }

  function client(): oauth.Client {
    const skewSeconds = Math.round((now() - Date.now()) / 1_000);
    return { client_id: clientId, [oauth.clockSkew]: skewSeconds, [oauth.clockTolerance]: TOLERANCE_SECONDS };
  }

  async function verify(token: string, { keys }: KnownProvider): Promise<JWTPayload> {
    const { payload } = await jwtVerify(token, keys, {
      algorithms: [...ALGORITHMS],
      issuer,
      audience: clientId,
      requiredClaims: ["iat", "exp"],
      clockTolerance: TOLERANCE_SECONDS,
      currentDate: new Date(now()),
    });
    return payload;
  }

  async function exchange(url: URL, request: LoginRequest): Promise<JWTPayload> {
    const found = await find();
    const { server } = found;
    const parameters = oauth.validateAuthResponse(server, client(), url, request.state);
    const tokens = await oauth.processAuthorizationCodeResponse(
      server,
      client(),
      await oauth.authorizationCodeGrantRequest(
        server,
        client(),
        authenticationFor(server, clientSecret),
        parameters,
        request.redirectUri,
        request.verifier,
        http(),
      ),
      { expectedNonce: request.nonce, requireIdToken: true },
    );
    const claims = await verify(tokens.id_token ?? "", found);
    if (server.userinfo_endpoint === undefined || hasAll(claims, settings.claims)) return claims;
    const info = await oauth.userInfoRequest(server, client(), tokens.access_token, http());
    return { ...await oauth.processUserInfoResponse(server, client(), claims.sub ?? "", info), ...claims };
  }

  return {
    name,
    label,
    async authorizationUrl({ redirectUri, state, nonce, verifier }) {
      const { server } = await find();
      const url = new URL(String(server.authorization_endpoint));
      const parameters = {
        client_id: clientId,
        response_type: "code",
        redirect_uri: redirectUri,
        scope: [...new Set(["openid", ...scopes])].join(" "),
        state,
        nonce,
        code_challenge: await oauth.calculatePKCECodeChallenge(verifier),
        code_challenge_method: "S256",
      };
      for (const [name, value] of Object.entries(parameters)) url.searchParams.set(name, value);
      return url.href;
    },
    async claimsOf(url, request) {
      try {
        return await exchange(url, request);
      } catch (error) {
        throw toFailure(error);
      }
    },
    personOf: (claims) => personOf(claims, { ...settings, otherPrefixes }),
    async readLogoutToken(token) {
      if (token.length > MAX_TOKEN_LENGTH) throw new LoginFailure(`it is larger than ${MAX_TOKEN_LENGTH / 1024} KiB`);
      const claims = await verify(token, await find()).catch((error) => {
        throw toFailure(error);
      });
      const { events, nonce, sub, sid } = claims;
      const isLogout = typeof events === "object" && events !== null && LOGOUT_EVENT in events;
      if (!isLogout || nonce !== undefined) throw new LoginFailure("it is not a logout token");
      if (typeof sub !== "string" && typeof sid !== "string") {
        throw new LoginFailure("it names neither person nor session");
      }
      return claims;
    },
    async logoutUrl(returnTo) {
      const { server } = await find().catch(() => ({ server: undefined }));
      if (server?.end_session_endpoint === undefined) return undefined;
      const url = new URL(server.end_session_endpoint);
      url.searchParams.set("client_id", clientId);
      url.searchParams.set("post_logout_redirect_uri", returnTo);
      return url.href;
    },
  };
}

interface KnownProvider {
  readonly server: oauth.AuthorizationServer;
  readonly keys: ReturnType<typeof createRemoteJWKSet>;
  readonly expiresMs: number;
}

/** https://openid.net/specs/openid-connect-core-1_0.html#ClientAuthentication */
function authenticationFor(server: oauth.AuthorizationServer, secret: string | undefined): oauth.ClientAuth {
  if (secret === undefined) return oauth.None();
  const methods = server.token_endpoint_auth_methods_supported ?? ["client_secret_basic"];
  const isPost = !methods.includes("client_secret_basic") && methods.includes("client_secret_post");
  return isPost ? oauth.ClientSecretPost(secret) : oauth.ClientSecretBasic(secret);
}

const ENDPOINTS = [
  "authorization_endpoint",
  "token_endpoint",
  "jwks_uri",
  "userinfo_endpoint",
  "end_session_endpoint",
] as const;
const REQUIRED: ReadonlySet<string> = new Set(["authorization_endpoint", "token_endpoint", "jwks_uri"]);

/** With public keys only: https://www.rfc-editor.org/rfc/rfc8725#section-2.1 */
const ALGORITHMS: readonly string[] = [
  ...["RS256", "RS384", "RS512", "PS256", "PS384", "PS512"],
  ...["ES256", "ES384", "ES512", "EdDSA", "Ed25519"],
];

/** How far apart the clocks of provider and app may be. */
const TOLERANCE_SECONDS = 60;
const VALID_MS = 3_600_000;
const MAX_TOKEN_LENGTH = 16 * 1024;
const LOGOUT_EVENT = "http://schemas.openid.net/event/backchannel-logout";
