// oidc-provider, which is certified, on the loopback interface. tests/support/test_provider.ts has one that errs.
import { createServer, type Server } from "node:http";
import { stub } from "@std/testing/mock";
import { Provider } from "oidc-provider";

/** A provider in which everyone can log in, with any password. */
export interface RealProvider extends AsyncDisposable {
  /** Its claim `iss`. */
  readonly issuer: string;
}

/** Options of {@link openRealProvider}. */
export interface RealProviderOptions {
  readonly port: number;
  /** Of the app, whose logins `oidc` and `other` are the clients `files` and `other`, with the secret `secret`. */
  readonly appOrigin: string;
}

/** Starts a provider that says of everyone that they are in the group `staff`. */
export async function openRealProvider({ port, appOrigin }: RealProviderOptions): Promise<RealProvider> {
  const issuer = `http://127.0.0.1:${port}`;
  const clientFor = (id: string, name: string) => ({
    client_id: id,
    client_secret: "secret",
    redirect_uris: [`${appOrigin}/-/files/-/login/${name}/callback`],
    post_logout_redirect_uris: [`${appOrigin}/-/files/-/logout`],
    backchannel_logout_uri: `${appOrigin}/-/files/-/login/${name}/logout`,
    backchannel_logout_session_required: true,
  });
  // It warns of being a test's.
  using _info = stub(console, "info", () => {});
  using _warn = stub(console, "warn", () => {});
  const provider = new Provider(issuer, {
    clients: [clientFor("files", "oidc"), clientFor("other", "other")],
    claims: { openid: ["sub"], profile: ["name", "groups"], email: ["email", "email_verified"] },
    features: { backchannelLogout: { enabled: true } },
    findAccount: (_context: unknown, id: string) => ({
      accountId: id,
      claims: () => ({
        sub: id,
        name: `${id} of Acme`,
        email: `${id}@example.com`,
        email_verified: true,
        groups: ["staff"],
      }),
    }),
    // It does not read answers to its logout tokens.
    fetch: async (...request: Parameters<typeof fetch>) => {
      const response = await fetch(...request);
      return new Response(await response.arrayBuffer(), response);
    },
    cookies: { keys: [crypto.randomUUID()] },
  });
  const server: Server = createServer(provider.callback());
  await new Promise<void>((resolve) => server.listen(port, "127.0.0.1", resolve));
  return {
    issuer,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
