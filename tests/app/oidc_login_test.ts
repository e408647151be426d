import { assert, assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { createFilesApp } from "../../src/app/mod.ts";
import { stubSource } from "../support/app_stub.ts";
import { loginBrowser, openTestProvider } from "../support/test_provider.ts";

const PERMISSIONS = { "files-browse": { groups: "staff" } } as const;
const MEDIA = "/-/files/source/media";

Deno.test("login.oidc asks the provider with PKCE, state and nonce, and leads back to the page", async () => {
  await using provider = await openTestProvider();
  const browser = loginBrowser({ oidc: provider.options }, { permissions: PERMISSIONS });
  provider.claims = { name: "Alice", groups: ["staff", "all"] };
  const denied = await browser.open(`${MEDIA}?folder=a`);
  const [, link = ""] = /href="(\/-\/files\/-\/login[^"]*)"/.exec(await denied.text()) ?? [];
  assertEquals([denied.status, link], [403, "/-/files/-/login?return_to=%2F-%2Ffiles%2Fsource%2Fmedia%3Ffolder%3Da"]);
  const way = await browser.open(link);
  assertEquals(way.headers.get("location"), link.replace("login?", "login/oidc?"));

  const start = await browser.open(way.headers.get("location") ?? "");
  const asked = new URL(start.headers.get("location") ?? "");
  assertEquals(asked.origin + asked.pathname, `${provider.url}/authorize`);
  const { state, nonce, code_challenge, ...others } = Object.fromEntries(asked.searchParams);
  assertEquals(others, {
    client_id: "files",
    response_type: "code",
    redirect_uri: "http://localhost:8001/-/files/-/login/oidc/callback",
    scope: "openid profile email",
    code_challenge_method: "S256",
  });
  for (const value of [nonce, code_challenge]) assertMatch(value ?? "", /^[\w-]{43}$/);
  assertMatch(
    start.headers.get("set-cookie") ?? "",
    /^files-login=[\w-]{43}; Max-Age=900; Path=\/; HttpOnly; SameSite=Lax$/,
  );
  // What is sealed in it must not be found in it.
  assertEquals([nonce, "media"].some((secret) => state?.includes(secret ?? "")), false);

  const end = await browser.open(provider.approve(asked.href));
  assertEquals([end.status, end.headers.get("location")], [303, `${MEDIA}?folder=a`]);
  assertMatch(
    end.headers.get("set-cookie") ?? "",
    /^files-session=[\w-]+; Max-Age=43200; Path=\/; HttpOnly; SameSite=Lax$/,
  );
  assertEquals((await browser.open(MEDIA)).status, 200);
  const [token] = provider.requests.filter(({ path }) => path === "/token");
  assertEquals(token?.authorization, `Basic ${btoa("files:the+client%27s+secret")}`);
  assertEquals([token?.form.get("grant_type"), token?.form.has("client_secret")], ["authorization_code", false]);
});

Deno.test("login.oidc shows who is logged in, with which login and until when", async () => {
  await using provider = await openTestProvider({ now: () => NOW });
  const browser = loginBrowser({ oidc: { ...provider.options, label: "Acme", actorPrefix: "acme:" } }, {
    now: () => NOW,
  });
  provider.claims = { name: "Alice <b>", email: "alice@example.com", email_verified: true, groups: "staff" };
  await browser.logIn(provider);
  const text = await browser.read("/-/files/-/account");
  const facts = [...text.matchAll(/<dt>(.*?)<\/dt>\s*<dd><bdi>(.*?)<\/bdi>/g)].map(([, ...fact]) =>
    fact.join(": ").replace(/<\/?time[^>]*>/g, "")
  );
  assertEquals(facts, [
    "Name: Alice &lt;b&gt;",
    "Email: alice@example.com",
    "Id: acme:alice",
    "Groups: acme:staff",
    "Logged in with: Acme",
    "Until: 2030-01-11 00:00:00 UTC",
  ]);
  assertStringIncludes(await browser.read("/-/files"), "Alice &lt;b&gt;</bdi>");
});

const NOW = Date.UTC(2030, 0, 10, 12);

Deno.test("login.oidc refuses a login that this browser has not started, or too long ago, and a changed state", async () => {
  await using provider = await openTestProvider();
  let nowMs = Date.now();
  const [own, other] = [0, 1].map(() => loginBrowser({ oidc: provider.options }, { secret: SECRET, now: () => nowMs }));
  const begin = async () => {
    const start = await own?.open("/-/files/-/login/oidc");
    return provider.approve(start?.headers.get("location") ?? "");
  };
  const refused = async (url: string, browser = own) => {
    const response = await browser?.open(url);
    assertStringIncludes(await response?.text() ?? "", "not been started in this browser, or too long ago");
    assertEquals([response?.status, browser?.cookies.has("files-session")], [403, false]);
  };
  await other?.open("/-/files/-/login/oidc");
  await refused(await begin(), other);
  const url = await begin();
  await refused(url.replace(/state=./, (start) => start.replace(/.$/, (char) => char === "A" ? "B" : "A")));
  await refused(url.replace(/state=[^&]*/, ""));
  await refused(`${url}&state=${new URL(url).searchParams.get("state")}`);
  nowMs += 15 * 60_000;
  await refused(url);
  assertEquals(provider.requests.some(({ path }) => path === "/token"), false);
});

const SECRET = "kD3vQ8xN1mZs7RbT0cYw4HfJ6gLpA2eU";

Deno.test("login.oidc takes no answer of one provider for that of another", async () => {
  await using one = await openTestProvider();
  await using other = await openTestProvider();
  const oidc = { one: one.options, other: { ...other.options, actorPrefix: "other:" } };
  const browser = loginBrowser({ oidc });
  const text = await browser.read("/-/files/-/login");
  assertEquals([...text.matchAll(/Log in with ([\w.:]+)</g)].map(([, label]) => label), [
    new URL(one.url).host,
    new URL(other.url).host,
  ]);
  // Another provider sends the browser to its own address with the code of the first.
  const start = await browser.open("/-/files/-/login/one");
  const back = one.approve(start.headers.get("location") ?? "");
  const mixed = await browser.open(back.replace("/login/one/", "/login/other/"));
  assertEquals([mixed.status, browser.log], [
    403,
    ['Cannot log in with "other": the login was started at another provider'],
  ]);
  // https://www.rfc-editor.org/rfc/rfc9207
  const named = await browser.open(`${back}&iss=${encodeURIComponent(other.url)}`);
  assertEquals(named.status, 403);
  assertMatch(browser.log[1] ?? "", /"iss"/);
  assertEquals(other.requests.some(({ path }) => path === "/token"), false);
  assertEquals((await browser.open(back)).status, 303);
});

Deno.test("login.oidc logs in two tabs of a browser at once, and takes a code once", async () => {
  await using provider = await openTestProvider();
  const browser = loginBrowser({ oidc: provider.options }, { permissions: { "files-browse": { id: "alice" } } });
  const starts = [await browser.open("/-/files/-/login/oidc"), await browser.open("/-/files/-/login/oidc")];
  const [first = "", second = ""] = starts.map(({ headers }) => provider.approve(headers.get("location") ?? ""));
  for (const url of [second, first]) assertEquals((await browser.open(url)).status, 303);
  const again = await browser.open(first);
  assertEquals([again.status, browser.log], [403, ['Cannot log in with "oidc": it refuses: invalid_grant']]);
  assertEquals((await browser.open(MEDIA)).status, 200);
});

Deno.test("login.oidc says that the provider has refused", async () => {
  await using provider = await openTestProvider();
  const browser = loginBrowser({ oidc: { ...provider.options, label: "Acme" } });
  const start = await browser.open("/-/files/-/login/oidc");
  const url = provider.approve(start.headers.get("location") ?? "").replace(/code=[^&]*/, "error=access_denied");
  const response = await browser.open(url);
  assertEquals([response.status, browser.log], [403, ['Cannot log in with "oidc": it refuses: access_denied']]);
  assertStringIncludes(await response.text(), "Acme did not let you log in, or you have cancelled it.");
});

Deno.test("login.oidc does not need the provider at the start, and asks again once it is back", async () => {
  await using provider = await openTestProvider();
  let nowMs = Date.now();
  const browser = loginBrowser({ oidc: { ...provider.options, label: "Acme" } }, { now: () => nowMs });
  provider.isDown = true;
  const response = await browser.open("/-/files/-/login/oidc?return_to=/-/files/search");
  assertEquals([response.status, response.headers.get("retry-after")], [503, "8"]);
  assertStringIncludes(await response.text(), "Acme does not respond, so nobody can log in.");
  assertMatch(browser.log.join(), /^Cannot log in with "oidc": /);
  provider.isDown = false;
  assertEquals((await browser.logIn(provider)).status, 303);
  // Its addresses stay in use while it does not answer.
  nowMs += 2 * 3_600_000;
  provider.isDown = true;
  assertEquals((await browser.open("/-/files/-/login/oidc")).status, 302);
});

for (
  const url of [
    ...[
      "https://evil.example/",
      "//evil.example/",
      "/\\evil.example",
      "/-/files/../../..//evil.example",
      "javascript:alert(1)",
    ],
    ...["/-/filesystem", "/", "/-/files/%2e%2e/%2e%2e//evil.example", "\t//evil.example", "http:/-/files"],
  ]
) {
  Deno.test(`login.oidc does not lead back to ${JSON.stringify(url)}`, async () => {
    await using provider = await openTestProvider();
    const browser = loginBrowser({ oidc: provider.options });
    for (const path of ["/-/files/-/login", "/-/files/-/login/oidc"]) {
      const response = await browser.open(`${path}?return_to=${encodeURIComponent(url)}`);
      assertEquals([response.status, response.headers.has("location")], [400, false]);
    }
  });
}

Deno.test("login.oidc makes no operator of someone whose id is root", async () => {
  await using provider = await openTestProvider();
  const browser = loginBrowser({ oidc: provider.options });
  provider.claims = { sub: "root" };
  provider.userinfo = { sub: "root" };
  assertEquals((await browser.logIn(provider)).status, 303);
  assertEquals((await browser.open(MEDIA)).status, 403);
});

Deno.test("login.oidc fills in claims from userinfo, reads nested ones, and no address that is not verified", async () => {
  await using provider = await openTestProvider();
  const claims = { groups: "/realm_access/roles" };
  const browser = loginBrowser({ oidc: { ...provider.options, claims } }, { permissions: PERMISSIONS });
  provider.claims = { name: "Of the token" };
  provider.userinfo = {
    name: "Of userinfo",
    email: "a@b.example",
    email_verified: "false",
    realm_access: { roles: ["staff"] },
  };
  assertEquals((await browser.logIn(provider)).status, 303);
  const asked = () => provider.requests.filter(({ path }) => path === "/userinfo").length;
  assertEquals(asked(), 1);
  const text = await browser.read("/-/files/-/account");
  assertEquals(["Of the token", "staff", "a@b.example"].map((part) => text.includes(part)), [true, true, false]);
  provider.claims = { name: "Alice", email: "a@b.example", realm_access: { roles: [] } };
  await browser.logIn(provider);
  assertEquals(asked(), 1);
  provider.claims = {};
  const byEmail = loginBrowser({ oidc: { ...provider.options, claims: { id: "email" } } });
  assertEquals((await byEmail.logIn(provider)).status, 403);
  assertEquals(byEmail.log, [
    'Cannot log in with "oidc": it sends no text as the claim "email", which identifies people',
  ]);
});

Deno.test("login.oidc keeps the groups that rules name if all are too many for a cookie, and refuses too many of those", async () => {
  await using provider = await openTestProvider();
  const groups = Array.from({ length: 400 }, (_, index) => `group-${index}`);
  provider.claims = { groups };
  const one = loginBrowser({ oidc: provider.options }, { permissions: { "files-browse": { groups: "group-399" } } });
  await one.logIn(provider);
  assert((one.cookies.get("files-session") ?? "").length < 4_000);
  assertEquals((await one.open(MEDIA)).status, 200);
  assertEquals((await one.read("/-/files/-/account")).includes("group-398"), false);
  const all = loginBrowser({ oidc: provider.options }, { permissions: { "files-browse": { groups } } });
  const response = await all.logIn(provider);
  assertEquals([response.status, all.cookies.has("files-session")], [403, false]);
  assertStringIncludes(await response.text(), "too many groups");
});

Deno.test("login.oidc sends cookies by https: only where the app is called by it", async () => {
  await using provider = await openTestProvider();
  const app = createFilesApp({ sources: { media: stubSource() }, login: { oidc: provider.options } });
  const start = await app(new Request("https://localhost/-/files/-/login/oidc"));
  assertMatch(start.headers.get("set-cookie") ?? "", /^__Host-files-login=.*; HttpOnly; Secure; SameSite=Lax$/);
  const [cookie = ""] = start.headers.get("set-cookie")?.split(";") ?? [];
  const url = provider.approve(start.headers.get("location") ?? "");
  const end = await app(new Request(url, { headers: { cookie } }));
  assertMatch(end.headers.get("set-cookie") ?? "", /^__Host-files-session=.*; HttpOnly; Secure; SameSite=Lax$/);
});

Deno.test("login.oidc comes back below a path, at the public address, with cookies for that path", async () => {
  await using provider = await openTestProvider();
  const app = createFilesApp({
    sources: { media: stubSource() },
    login: { oidc: provider.options },
    publicUrl: "https://files.example.com/team/",
  });
  const login = "http://localhost:8001/-/files/-/login";
  const way = await app(new Request(login));
  assertEquals(way.headers.get("location"), "/team/-/files/-/login/oidc?return_to=%2F-%2Ffiles");
  const start = await app(new Request(`${login}/oidc`));
  const url = provider.approve(start.headers.get("location") ?? "");
  assertEquals(url.split("?")[0], "https://files.example.com/team/-/files/-/login/oidc/callback");
  const [cookie = ""] = start.headers.get("set-cookie")?.split(";") ?? [];
  // The proxy may take the path off.
  const end = await app(new Request(`${login}/oidc/callback${new URL(url).search}`, { headers: { cookie } }));
  assertEquals([end.status, end.headers.get("location")], [303, "/team/-/files"]);
  assertMatch(end.headers.get("set-cookie") ?? "", /^__Secure-files-session=.*; Path=\/team; HttpOnly; Secure; /);
});

Deno.test("login.oidc takes no id or group of one provider for that of another", async () => {
  await using provider = await openTestProvider();
  const oidc = { one: provider.options, other: { ...provider.options, actorPrefix: "other:" } };
  const browser = loginBrowser({ oidc }, { permissions: { "files-browse": { groups: "other:staff" } } });
  provider.claims = provider.userinfo = { sub: "other:alice" };
  assertEquals((await browser.logIn(provider, { name: "one" })).status, 403);
  assertEquals(browser.log, ['Cannot log in with "one": the claim "sub" begins as those of another provider']);
  provider.claims = { groups: ["other:staff", "own"] };
  provider.userinfo = {};
  assertEquals((await browser.logIn(provider, { name: "one" })).status, 303);
  assertEquals((await browser.open(MEDIA)).status, 403);
  assertStringIncludes(await browser.read("/-/files/-/account"), "<bdi>own</bdi>");
  provider.claims = { sub: "alice", groups: ["staff"] };
  assertEquals((await browser.logIn(provider, { name: "other" })).status, 303);
  assertEquals((await browser.open(MEDIA)).status, 200);
});
