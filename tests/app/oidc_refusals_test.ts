import { assert, assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { loginBrowser, openTestProvider, type TestProvider } from "../support/test_provider.ts";

/** Answers that must not log anyone in, and why, as the operator reads it. */
const WRONG: Readonly<Record<string, readonly [(provider: TestProvider) => void, reason: RegExp]>> = {
  "for another audience": [(provider) => provider.claims = { aud: "other" }, /"aud"/],
  "for another audience as well, without azp": [
    (provider) => provider.claims = { aud: ["files", "b"] },
    /untrusted audiences/,
  ],
  "with another nonce": [(provider) => provider.claims = { nonce: "x" }, /"nonce"/],
  "without a nonce": [(provider) => provider.claims = { nonce: undefined }, /"nonce"/],
  "of another issuer": [(provider) => provider.claims = { iss: "https://other.example" }, /"iss"/],
  "that has expired": [(provider) => provider.claims = { exp: 1_000 }, /"exp"/],
  "without an end": [(provider) => provider.claims = { exp: undefined }, /"exp"/],
  "that counts only later": [(provider) => provider.claims = { nbf: 9_999_999_999 }, /"nbf"/],
  "without a subject": [(provider) => provider.claims = { sub: undefined }, /"sub"/],
  'with the algorithm "none"': [(provider) => provider.signing = { header: { alg: "none" } }, /"alg"/],
  "signed with an unknown key": [(provider) => provider.signing = { header: { kid: "other" } }, /no applicable key/],
  "whose signature is of other claims": [
    (provider) => provider.alter = (idToken) => idToken.replace(/\.[\w-]+\./, (claims) => forged(claims)),
    /signature verification failed/,
  ],
  "that is missing": [(provider) => provider.tokens = { id_token: undefined }, /"id_token"/],
  "beside userinfo of someone else": [(provider) => provider.userinfo = { sub: "mallory" }, /"sub"/],
};

/** The same claims about someone else. */
function forged(claims: string): string {
  const bytes = Uint8Array.fromBase64(claims.replaceAll(".", ""), { alphabet: "base64url" });
  const others = new TextDecoder().decode(bytes).replace("alice", "mallory");
  return `.${new TextEncoder().encode(others).toBase64({ alphabet: "base64url", omitPadding: true })}.`;
}

for (const [what, [spoil, reason]] of Object.entries(WRONG)) {
  Deno.test(`login.oidc refuses an ID token ${what}`, async () => {
    await using provider = await openTestProvider();
    const browser = loginBrowser({ oidc: provider.options });
    spoil(provider);
    const response = await browser.logIn(provider);
    assertEquals([response.status, browser.cookies.has("files-session")], [403, false]);
    assertMatch(browser.log.join(), reason);
    assertMatch(browser.log.join(), /^Cannot log in with "oidc": /);
    const text = await response.text();
    assertStringIncludes(text, 'href="/-/files/-/login?return_to=%2F-%2Ffiles"');
    assertEquals(text.includes("alice"), false);
  });
}

for (
  const [what, configuration] of Object.entries({
    "another issuer": { issuer: "https://other.example" },
    "an address without encryption": { token_endpoint: "http://id.example.com/token" },
    "an address of another kind": { authorization_endpoint: "javascript:alert(1)" },
    "no keys": { jwks_uri: undefined },
    "more than 256 KiB": { claims_supported: "x".repeat(256 * 1024) },
  })
) {
  Deno.test(`login.oidc refuses an OpenID configuration with ${what}`, async () => {
    await using provider = await openTestProvider();
    provider.configuration = configuration;
    const browser = loginBrowser({ oidc: provider.options });
    const { status } = await browser.open("/-/files/-/login/oidc");
    assert(status === 403 || status === 503, `${status}`);
    assertEquals(browser.log.length, 1);
  });
}

Deno.test("login.oidc refuses an OpenID configuration whose issuer has a slash more", async () => {
  await using provider = await openTestProvider();
  provider.configuration = { issuer: `${provider.url}/` };
  const browser = loginBrowser({ oidc: provider.options });
  assertEquals((await browser.open("/-/files/-/login/oidc")).status, 403);
  const reason = '"issuer" in its OpenID configuration is not the configured one to the character';
  assertEquals(browser.log, [`Cannot log in with "oidc": ${reason}`]);
});
