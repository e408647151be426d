import { assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { type AuditEntry, createMemoryState, type State } from "../../src/app/mod.ts";
import { loginBrowser, openTestProvider, type TestProvider } from "../support/test_provider.ts";

const MEDIA = "/-/files/source/media";
const PERMISSIONS = { "files-browse": { id: "alice" } } as const;

async function logIn(provider: TestProvider, now?: () => number) {
  const oidc = { ...provider.options, label: "Acme" };
  const options = { permissions: PERMISSIONS, ...now && { now } };
  const browser = loginBrowser({ oidc, sessionSeconds: 3_600 }, options);
  await browser.logIn(provider);
  return {
    ...browser,
    status: async () => (await browser.open(MEDIA)).status,
    sendLogout: (token: string) =>
      browser.open("/-/files/-/login/oidc/logout", {
        method: "POST",
        body: new URLSearchParams({ logout_token: token }),
      }),
  };
}

Deno.test("logging out ends an OpenID login for good, and then that of the provider", async () => {
  await using provider = await openTestProvider();
  const browser = await logIn(provider);
  const copy = [...browser.cookies];
  const response = await browser.open("/-/files/-/logout", { method: "POST" });
  const back = encodeURIComponent("http://localhost:8001/-/files/-/logout");
  const url = `${provider.url}/logout?client_id=files&post_logout_redirect_uri=${back}`;
  assertEquals([response.status, response.headers.get("refresh")], [200, `0;url=${url}`]);
  assertMatch(response.headers.get("set-cookie") ?? "", /^files-session=; Max-Age=0; /);
  assertStringIncludes(await response.text(), ">Log out of Acme</a>");
  assertEquals(await browser.status(), 403);
  for (const [name, value] of copy) browser.cookies.set(name, value);
  assertEquals(await browser.status(), 403);
  assertStringIncludes(await browser.read("/-/files/-/logout"), "You are logged out");
});

Deno.test("logging out says so if the provider's own login stays open", async () => {
  await using provider = await openTestProvider();
  provider.configuration = { end_session_endpoint: undefined };
  const browser = await logIn(provider);
  const response = await browser.open("/-/files/-/logout", { method: "POST" });
  assertEquals(response.headers.has("refresh"), false);
  assertStringIncludes(await response.text(), "Your login at Acme itself may still be open.");
});

Deno.test("an OpenID login ends after sessionSeconds", async () => {
  let nowMs = Date.now();
  await using provider = await openTestProvider();
  const browser = await logIn(provider, () => nowMs);
  nowMs += 3_599_000;
  assertEquals(await browser.status(), 200);
  nowMs += 1_000;
  assertEquals(await browser.status(), 403);
});

Deno.test("a logout token ends the login that it names, or all of a person until now", async () => {
  let nowMs = Date.now();
  await using provider = await openTestProvider();
  const browser = await logIn(provider, () => nowMs);
  for (const claims of [{ sid: "s2" }, { sub: "bob" }, { sid: "s2", sub: "alice" }]) {
    const response = await browser.sendLogout(await provider.logoutToken(claims));
    assertEquals([response.status, await browser.status()], [200, 200]);
  }
  assertEquals((await browser.sendLogout(await provider.logoutToken({ sid: "s1" }))).status, 200);
  assertEquals(await browser.status(), 403);
  provider.claims = { sid: undefined };
  for (let round = 0; round < 2; round++) {
    nowMs += 1_000;
    await browser.logIn(provider);
    assertEquals(await browser.status(), 200);
    await browser.sendLogout(await provider.logoutToken({ sub: "alice" }));
    assertEquals(await browser.status(), 403);
  }
});

for (
  const [what, claims] of Object.entries({
    "for another audience": { aud: "other", sub: "alice" },
    "of another issuer": { iss: "https://other.example", sub: "alice" },
    "that has expired": { exp: 1_000, sub: "alice" },
    "with a nonce, such as an ID token": { nonce: "x", sub: "alice" },
    "without the event": { events: {}, sub: "alice" },
    "that names no one": {},
  })
) {
  Deno.test(`a logout token ${what} ends nothing`, async () => {
    await using provider = await openTestProvider();
    const browser = await logIn(provider);
    const response = await browser.sendLogout(await provider.logoutToken(claims));
    assertEquals([response.status, await browser.status()], [400, 200]);
    assertMatch(browser.log.join(), /^Cannot take a logout token for "oidc": /);
  });
}

Deno.test("a logout token that is none, or for no provider, ends nothing", async () => {
  await using provider = await openTestProvider();
  const browser = await logIn(provider);
  for (const token of ["", "a.b.c", "x".repeat(100_000)]) assertEquals((await browser.sendLogout(token)).status, 400);
  assertMatch(browser.log.at(-1) ?? "", /larger than 16 KiB$/);
  assertEquals((await browser.open("/-/files/-/login/none/logout", { method: "POST" })).status, 404);
  assertEquals(await browser.status(), 200);
});

Deno.test("the audit has logins and logouts at a provider, and access tokens, by whom and whether they worked", async () => {
  await using provider = await openTestProvider();
  const audit: AuditEntry[] = [];
  const login = { oidc: provider.options, tokens: {} };
  const permissions = { "files-browse": { id: "alice" } };
  const browser = loginBrowser(login, { permissions, onAudit: (entry) => void audit.push(entry) });
  const post = (path: string, fields: Record<string, string> = {}) =>
    browser.open(`/-/files/-/${path}`, { method: "POST", body: new URLSearchParams(fields) });
  provider.claims = { nonce: "wrong" };
  await browser.logIn(provider);
  provider.claims = {};
  await browser.logIn(provider);
  await post("account/tokens", { label: "nightly", source: "media", action: "files-browse", days: "1" });
  await post("account/tokens/revoke", { id: "none" });
  await post("login/oidc/logout", { logout_token: "x" });
  await post("logout");
  const expected = [
    ["refused", "login", undefined, "oidc"],
    ["done", "login", "alice", "oidc"],
    ["done", "token_create", "alice", "oidc"],
    ["done", "token_revoke", "alice", "oidc"],
    ["refused", "logout", "alice", "oidc"],
    ["done", "logout", "alice", "oidc"],
  ];
  assertEquals(audit.map(({ type, action, actor, login }) => [type, action, actor?.id, login]), expected);
});

Deno.test("an OpenID login reads on, but changes nothing, while it cannot be found out whether it has ended", async () => {
  await using provider = await openTestProvider();
  const memory = createMemoryState();
  let isDown = false;
  const down = <T>(call: () => Promise<T>) => isDown ? Promise.reject(new Error("down")) : call();
  const state: State = {
    putIfAbsent: (...args) => down(() => memory.putIfAbsent(...args)),
    get: (key) => down(() => memory.get(key)),
    delete: (key) => down(() => memory.delete(key)),
    increment: (...args) => down(() => memory.increment(...args)),
  };
  const secret = "kD3vQ8xN1mZs7RbT0cYw4HfJ6gLpA2eU";
  const permissions = { "files-browse": { id: "alice" }, "files-upload": { id: "alice" } };
  const browser = loginBrowser({ oidc: provider.options }, { state, secret, permissions });
  await browser.logIn(provider);
  isDown = true;
  assertEquals((await browser.open(MEDIA)).status, 200);
  const upload = { method: "PUT", body: "x", headers: { "if-none-match": "*" } };
  assertEquals((await browser.open(`${MEDIA}/-/content?path=b`, upload)).status, 503);
  // It must not look as if that had worked.
  assertEquals((await browser.open("/-/files/-/logout", { method: "POST" })).status, 503);
  isDown = false;
  assertEquals((await browser.open(`${MEDIA}/-/content?path=b`, upload)).status, 201);
});
