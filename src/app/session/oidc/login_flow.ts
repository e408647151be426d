import type { TokenSigner } from "../../../tokens/signed_token.ts";
import { toBase64Url } from "../../../hash/base64url.ts";
import { RequestRefusal } from "../../failure.ts";
import { type CookiePlace, readCookies, writeCookie } from "../session_cookie.ts";
import { LoginFailure } from "./login_failure.ts";
import type { LoginRequest, OidcProvider } from "./provider.ts";

/** Takes browsers to a provider and back. Nothing is kept meanwhile: what is needed is sealed in `state`. */
export interface LoginFlow {
  /** Where a browser logs in, and the cookie that it comes back with. */
  begin(provider: OidcProvider, visit: LoginVisit & { readonly returnTo: string }): Promise<LoginStart>;
  /**
   * The claims of the person who comes back, and the page that the person had asked for.
   *
   * @throws {RequestRefusal} If this browser has not begun this login, or too long ago.
   * @throws {LoginFailure} If the provider's answer is not believed.
   */
  finish(provider: OidcProvider, visit: LoginVisit & { readonly url: URL }): Promise<LoginEnd>;
}

/** A browser's request. */
export interface LoginVisit {
  readonly headers: Headers;
  /** Where its cookies count. */
  readonly place: CookiePlace;
  /** Where the provider sends the browser. */
  readonly redirectUri: string;
}

/** A login that begins. */
export interface LoginStart {
  readonly url: string;
  /** The header that sets it. */
  readonly cookie: string;
}

/** A login that ends. */
export interface LoginEnd {
  readonly claims: Readonly<Record<string, unknown>>;
  readonly returnTo: string;
}

/** @param now Epoch milliseconds. */
export function createLoginFlow({ tokens, now }: { tokens: TokenSigner; now: () => number }): LoginFlow {
  return {
    async begin(provider, { headers, place, redirectUri, returnTo }) {
      // Logins in several tabs have one cookie.
      const browser = readCookies(headers, COOKIE, place).find((value) => value.length === RANDOM_LENGTH) ??
        randomText();
      const [nonce, verifier] = [randomText(), randomText()];
      const content = { provider: provider.name, browser, nonce, verifier, returnTo };
      const state = await tokens.sign({ purpose: PURPOSE, expiresMs: now() + LOGIN_MS, ...content });
      return {
        url: await provider.authorizationUrl({ redirectUri, state, nonce, verifier }),
        // Strict cookies are not sent when another site leads here.
        cookie: writeCookie(COOKIE, browser, { ...place, maxAgeSeconds: LOGIN_MS / 1_000, sameSite: "Lax" }),
      };
    },
    async finish(provider, { headers, place, redirectUri, url }) {
      const states = url.searchParams.getAll("state");
      const [state = ""] = states;
      const content = states.length === 1 ? await tokens.verify(state, PURPOSE) : undefined;
      const browsers = readCookies(headers, COOKIE, place);
      if (content === undefined || !browsers.some((browser) => browser === content["browser"])) {
        throw new RequestRefusal(
          403,
          "This login has not been started in this browser, or too long ago. Log in again.",
        );
      }
      // https://www.rfc-editor.org/rfc/rfc9207: the answer of one provider must not reach another.
      if (content["provider"] !== provider.name) throw new LoginFailure("the login was started at another provider");
      const [nonce, verifier, returnTo] = [content["nonce"], content["verifier"], content["returnTo"]].map(String);
      const request: LoginRequest = { redirectUri, state, nonce: nonce ?? "", verifier: verifier ?? "" };
      return { claims: await provider.claimsOf(url, request), returnTo: returnTo ?? "" };
    },
  };
}

const PURPOSE = "oidc login";
const COOKIE = "files-login";
const LOGIN_MS = 15 * 60_000;
/** 32 bytes, as a verifier needs: https://www.rfc-editor.org/rfc/rfc7636#section-4.1 */
const RANDOM_BYTES = 32;
const RANDOM_LENGTH = 43;

function randomText(): string {
  return toBase64Url(crypto.getRandomValues(new Uint8Array(RANDOM_BYTES)));
}
