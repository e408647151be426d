import { assertEquals, assertMatch, assertStringIncludes, assertThrows } from "@std/assert";
import { createFilesApp, createRootSession } from "../../src/app/mod.ts";
import { ConfigError } from "../../src/errors.ts";
import { SIGNING_SECRET, stubSource } from "../support/app_stub.ts";

const SOURCES_URL = "/-/files/sources.json";

/** An app with a session, on a clock of its own. */
function createLoginApp() {
  const clock = { nowMs: Date.UTC(2030, 0, 1) };
  const start = () => {
    const now = () => clock.nowMs;
    const session = createRootSession({ secret: SIGNING_SECRET, now });
    const app = createFilesApp({ sources: { media: stubSource() }, session, secret: SIGNING_SECRET, now });
    return {
      session,
      ask: (path: string, init?: RequestInit) => app(new Request(`http://localhost:8001${path}`, init)),
    };
  };
  return { clock, start };
}

/** A cookie as a browser sends it back. */
const cookieOf = ({ headers }: Response) => (headers.get("set-cookie") ?? "").split(";")[0] ?? "";

const sourceCount = async (response: Response) => (await response.json()).sources.length;

Deno.test("createRootSession() logs in with a link that works once", async () => {
  const { session, ask } = createLoginApp().start();
  const path = await session.createLoginPath();
  assertEquals(await sourceCount(await ask(SOURCES_URL)), 0);
  const login = await ask(path);
  const attributes = "Max-Age=43200; Path=/; HttpOnly; SameSite=Strict";
  assertMatch(login.headers.get("set-cookie") ?? "", new RegExp(`^files-session=[\\w.-]+; ${attributes}$`));
  assertEquals([login.status, login.headers.get("cache-control"), login.headers.get("referrer-policy")], [
    200,
    "no-store",
    "no-referrer",
  ]);
  assertEquals(await sourceCount(await ask(SOURCES_URL, { headers: { cookie: `a=b; ${cookieOf(login)}` } })), 1);
  const again = await ask(path);
  assertEquals([again.status, again.headers.has("set-cookie")], [403, false]);
});

Deno.test("createRootSession() lets root do everything, and others only what is granted", async () => {
  const { session, ask } = createLoginApp().start();
  const headers = { cookie: cookieOf(await ask(await session.createLoginPath())), "sec-fetch-site": "same-origin" };
  const init = { method: "PUT", body: "x" };
  assertEquals((await ask("/-/files/source/media/-/content?path=a", { ...init, headers })).status, 201);
  assertEquals((await ask("/-/files/source/media/-/content?path=a", init)).status, 403);
});

Deno.test("createRootSession() keeps sessions, but not links, across a restart with the same secret", async () => {
  const { start } = createLoginApp();
  const [before, after] = [start(), start()];
  const cookie = cookieOf(await before.ask(await before.session.createLoginPath()));
  assertEquals(await sourceCount(await after.ask(SOURCES_URL, { headers: { cookie } })), 1);
  assertEquals((await after.ask(await before.session.createLoginPath())).status, 403);
});

Deno.test("createRootSession() ends a session after 12 hours, and a link after a day", async () => {
  const { clock, start } = createLoginApp();
  const { session, ask } = start();
  const [path, cookie] = [await session.createLoginPath(), cookieOf(await ask(await session.createLoginPath()))];
  clock.nowMs += 12 * 3_600_000;
  assertEquals(await sourceCount(await ask(SOURCES_URL, { headers: { cookie } })), 0);
  clock.nowMs += 12 * 3_600_000;
  assertEquals((await ask(path)).status, 403);
});

Deno.test("createRootSession() offers to log out only to those who are logged in", async () => {
  const { session, ask } = createLoginApp().start();
  const headers = { accept: "text/html", cookie: cookieOf(await ask(await session.createLoginPath())) };
  const offer = 'action="/-/files/-/logout"';
  assertEquals((await (await ask("/-/files", { headers })).text()).includes(offer), true);
  assertEquals((await (await ask("/-/files", { headers: { accept: "text/html" } })).text()).includes(offer), false);
});

Deno.test("createRootSession() logs out for good, but only for its own pages", async () => {
  const { session, ask } = createLoginApp().start();
  const cookie = cookieOf(await ask(await session.createLoginPath()));
  const logout = (site: string) =>
    ask("/-/files/-/logout", { method: "POST", headers: { cookie, "sec-fetch-site": site } });
  assertEquals((await logout("cross-site")).status, 403);
  assertEquals(await sourceCount(await ask(SOURCES_URL, { headers: { cookie } })), 1);
  assertMatch((await logout("same-origin")).headers.get("set-cookie") ?? "", /^files-session=; Max-Age=0;/);
  assertEquals(await sourceCount(await ask(SOURCES_URL, { headers: { cookie } })), 0);
});

for (const cookie of ["files-session=", "files-session=e30.e30", "files-session=x; files-session=y", "other=1"]) {
  Deno.test(`createRootSession() ignores the cookie "${cookie}"`, async () => {
    assertEquals(await sourceCount(await createLoginApp().start().ask(SOURCES_URL, { headers: { cookie } })), 0);
  });
}

Deno.test("createRootSession() refuses tokens for other purposes", async () => {
  const { session, ask } = createLoginApp().start();
  const token = new URLSearchParams((await session.createLoginPath()).split("?")[1]).get("token");
  assertEquals(await sourceCount(await ask(SOURCES_URL, { headers: { cookie: `files-session=${token}` } })), 0);
  const cookie = cookieOf(await ask(await session.createLoginPath()));
  assertEquals((await ask(`/-/files/-/login?token=${cookie.split("=")[1]}`)).status, 403);
});

Deno.test("createRootSession() finds its cookie after another of the same name", async () => {
  const { session, ask } = createLoginApp().start();
  const cookie = cookieOf(await ask(await session.createLoginPath()));
  assertEquals(await sourceCount(await ask(SOURCES_URL, { headers: { cookie: `files-session=other; ${cookie}` } })), 1);
});

Deno.test("createRootSession() makes its cookie secure with https", async () => {
  const session = createRootSession({ secret: SIGNING_SECRET });
  const app = createFilesApp({ sources: {}, session });
  const login = await app(new Request(`https://localhost${await session.createLoginPath()}`));
  assertMatch(
    login.headers.get("set-cookie") ?? "",
    /^__Host-files-session=[^;]+; .*Path=\/; HttpOnly; Secure; SameSite=Strict$/,
  );
  const ask = async (cookie: string) => {
    const response = await app(new Request("https://localhost/-/files", { headers: { cookie, accept: "text/html" } }));
    return (await response.text()).includes("Log out");
  };
  // What another port, or a sibling host, has set by http: has no such name.
  assertEquals([await ask(cookieOf(login)), await ask(cookieOf(login).replace("__Host-", ""))], [true, false]);
});

Deno.test("createRootSession() explains on the page what logging out ends", async () => {
  const { start } = createLoginApp();
  const { session, ask } = start();
  const cookie = cookieOf(await ask(await session.createLoginPath()));
  const init = { method: "POST", headers: { cookie, "sec-fetch-site": "same-origin" } };
  const page = await (await ask("/-/files/-/logout", init)).text();
  for (const word of ["secret", "restart", "another process", "12 hours"]) assertStringIncludes(page, word);
  // It stays to be read.
  assertEquals(page.includes("http-equiv"), false);
  // As the page says: another process with the same secret has not heard of it.
  assertEquals(await sourceCount(await ask(SOURCES_URL, { headers: { cookie } })), 0);
  assertEquals(await sourceCount(await start().ask(SOURCES_URL, { headers: { cookie } })), 1);
});

Deno.test("createRootSession() accepts logins of the former secret if both are given, and uses the new one", async () => {
  const [former, fresh] = [SIGNING_SECRET, "Zx9bW2nQ5tLk8VdR1yMc4JhG7sFp0oEa"];
  const appOf = (secret: string | readonly [string, string]) => {
    const session = createRootSession({ secret });
    const app = createFilesApp({ sources: { media: stubSource() }, session, secret });
    return {
      session,
      ask: (path: string, init?: RequestInit) => app(new Request(`http://localhost:8001${path}`, init)),
    };
  };
  const login = async ({ session, ask }: ReturnType<typeof appOf>) =>
    cookieOf(await ask(await session.createLoginPath()));
  const counts = async (app: ReturnType<typeof appOf>, cookie: string) =>
    await sourceCount(await app.ask(SOURCES_URL, { headers: { cookie } }));
  const [before, during, after] = [appOf(former), appOf([fresh, former]), appOf(fresh)];
  const [old, both] = [await login(before), await login(during)];
  assertEquals([await counts(during, old), await counts(after, old)], [1, 0]);
  assertEquals([await counts(after, both), await counts(before, both)], [1, 0]);
});

Deno.test("createRootSession() refuses logins of another deployment with the same secret", async () => {
  const [one, other] = [
    createRootSession({ secret: SIGNING_SECRET, deployment: "one" }),
    createRootSession({ secret: SIGNING_SECRET, deployment: "two" }),
  ];
  const app = createFilesApp({ sources: {}, session: one });
  const login = await app(new Request(`http://localhost${await one.createLoginPath()}`));
  const request = new Request("http://localhost/-/files", { headers: { cookie: cookieOf(login) } });
  assertEquals([await one.authenticate(request), await other.authenticate(request)], [{ id: "root" }, null]);
});

Deno.test("createRootSession() refuses a secret that can be guessed, and createFilesApp() two ways to identify actors", () => {
  assertThrows(() => createRootSession({ secret: "short" }), ConfigError, "it has 5 characters and needs 32 or more");
  const session = createRootSession({ secret: SIGNING_SECRET });
  assertThrows(() => createFilesApp({ sources: {}, session, authenticate: () => null }), ConfigError, "both");
});

Deno.test("createRootSession() decrypts at most 50 cookies of a request", async () => {
  const { session, ask } = createLoginApp().start();
  const cookie = cookieOf(await ask(await session.createLoginPath()));
  const cookies = (count: number) => [...new Array<string>(count).fill(`files-session=${"A".repeat(20)}`), cookie];
  assertEquals(await sourceCount(await ask(SOURCES_URL, { headers: { cookie: cookies(49).join("; ") } })), 1);
  assertEquals(await sourceCount(await ask(SOURCES_URL, { headers: { cookie: cookies(50).join("; ") } })), 0);
});
