// An OpenID provider whose answers can be wrong in every way. tests/browser/logins.ts uses a real one.
import { createFilesApp, type FilesAppOptions, type LoginOptions, type OidcOptions } from "../../src/app/mod.ts";
import { stubSource } from "./app_stub.ts";
import { openTestIssuer, type TokenOptions } from "./test_issuer.ts";

/** A provider on the loopback interface. */
export interface TestProvider extends AsyncDisposable {
  /** Its claim `iss`. */
  readonly url: string;
  /** What an app says about it. */
  readonly options: OidcOptions;
  /** Claims of the next ID tokens, besides or instead of good ones; `undefined` removes one. */
  claims: Record<string, unknown>;
  /** How the next ID tokens are signed. */
  signing: TokenOptions;
  /** The next answers of the endpoint for userinfo. */
  userinfo: Record<string, unknown>;
  /** Replaces parts of its OpenID configuration. */
  configuration: Record<string, unknown>;
  /** Replaces parts of the next answers to codes. */
  tokens: Record<string, unknown>;
  /** Changes the next ID tokens after they have been signed. */
  alter: (idToken: string) => string;
  /** Whether it answers 500 to everything. */
  isDown: boolean;
  /** Requests by path, with their forms. */
  readonly requests: { readonly path: string; readonly form: URLSearchParams; readonly authorization: string | null }[];
  /** Logs a person in who has been sent here: the URL that the provider sends the browser to. */
  approve(authorizationUrl: string): string;
  /** Signs a logout token. */
  logoutToken(claims?: Record<string, unknown>): Promise<string>;
}

/** @param now Epoch milliseconds. */
export async function openTestProvider({ now = Date.now }: { now?: () => number } = {}): Promise<TestProvider> {
  const issuer = await openTestIssuer({ now });
  const codes = new Map<string, URLSearchParams>();
  const { url } = issuer;

  async function redeem(form: URLSearchParams): Promise<Response> {
    const asked = codes.get(form.get("code") ?? "");
    codes.delete(form.get("code") ?? "");
    const hash = await crypto.subtle.digest("SHA-256", new TextEncoder().encode(form.get("code_verifier") ?? ""));
    const challenge = new Uint8Array(hash).toBase64({ alphabet: "base64url", omitPadding: true });
    const isGood = asked?.get("code_challenge") === challenge && asked.get("redirect_uri") === form.get("redirect_uri");
    if (!isGood) return Response.json({ error: "invalid_grant" }, { status: 400 });
    const claims = { aud: "files", sub: "alice", sid: "s1", nonce: asked.get("nonce"), ...provider.claims };
    const idToken = await issuer.issue(claims, provider.signing);
    return Response.json({
      access_token: "at",
      token_type: "bearer",
      id_token: provider.alter(idToken),
      ...provider.tokens,
    });
  }

  issuer.answer = async (request) => {
    const { pathname } = new URL(request.url);
    const form = new URLSearchParams(await request.text());
    provider.requests.push({ path: pathname, form, authorization: request.headers.get("authorization") });
    if (provider.isDown) return new Response(null, { status: 500 });
    if (pathname === "/keys") return Response.json({ keys: issuer.keys });
    if (pathname === "/token") return await redeem(form);
    if (pathname === "/userinfo") return Response.json({ sub: "alice", ...provider.userinfo });
    return Response.json({
      issuer: url,
      authorization_endpoint: `${url}/authorize`,
      token_endpoint: `${url}/token`,
      userinfo_endpoint: `${url}/userinfo`,
      end_session_endpoint: `${url}/logout`,
      jwks_uri: `${url}/keys`,
      id_token_signing_alg_values_supported: ["ES256"],
      ...provider.configuration,
    });
  };

  const provider: TestProvider = {
    url,
    options: { issuer: url, clientId: "files", clientSecret: "the client's secret" },
    claims: {},
    signing: {},
    userinfo: {},
    configuration: {},
    tokens: {},
    alter: (idToken) => idToken,
    isDown: false,
    requests: [],
    approve(authorizationUrl) {
      const { searchParams } = new URL(authorizationUrl);
      const code = crypto.randomUUID();
      codes.set(code, searchParams);
      const back = new URL(searchParams.get("redirect_uri") ?? "");
      back.search = `${new URLSearchParams({ code, state: searchParams.get("state") ?? "" })}`;
      return back.href;
    },
    logoutToken: (claims = {}) =>
      issuer.issue({
        aud: "files",
        sub: undefined,
        events: { "http://schemas.openid.net/event/backchannel-logout": {} },
        ...claims,
      }),
    [Symbol.asyncDispose]: issuer[Symbol.asyncDispose],
  };
  return provider;
}

/** An app that a browser with cookies uses. */
export interface LoginBrowser {
  /** The reasons that the operator sees. */
  readonly log: readonly string[];
  /** What the browser remembers. */
  readonly cookies: Map<string, string>;
  /** Opens a URL, or a path of the app, without following redirects. */
  open(url: string, init?: RequestInit): Promise<Response>;
  /** Goes to a provider and comes back with what it has sent. */
  logIn(provider: TestProvider, options?: { readonly name?: string; readonly returnTo?: string }): Promise<Response>;
  /** The text of a page. */
  read(path: string): Promise<string>;
}

/** Makes an app with a source `media`, and a browser. */
export function loginBrowser(login: LoginOptions, options: Partial<FilesAppOptions> = {}): LoginBrowser {
  const log: string[] = [];
  const app = createFilesApp({
    sources: { media: stubSource({ "a.txt": "a" }) },
    login,
    onError: (error) => void log.push(error instanceof Error ? error.message : String(error)),
    ...options,
  });
  const cookies = new Map<string, string>();
  const browser: LoginBrowser = {
    log,
    cookies,
    async open(url, init = {}) {
      const headers = new Headers({ accept: "text/html", "sec-fetch-site": "same-origin", ...init.headers as object });
      if (cookies.size > 0) headers.set("cookie", [...cookies].map((cookie) => cookie.join("=")).join("; "));
      const response = await app(new Request(new URL(url, "http://localhost:8001"), { ...init, headers }), "192.0.2.1");
      for (const line of response.headers.getSetCookie()) {
        const [, name = "", value = ""] = /^([^=]+)=([^;]*)/.exec(line) ?? [];
        if (value === "") cookies.delete(name);
        else cookies.set(name, value);
      }
      return response;
    },
    async logIn(provider, { name = "oidc", returnTo = "/-/files/source/media" } = {}) {
      const start = await browser.open(`/-/files/-/login/${name}?return_to=${encodeURIComponent(returnTo)}`);
      return await browser.open(provider.approve(start.headers.get("location") ?? ""));
    },
    read: async (path) => await (await browser.open(path)).text(),
  };
  return browser;
}
