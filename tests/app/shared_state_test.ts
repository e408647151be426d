import { assertEquals, assertStringIncludes, assertThrows } from "@std/assert";
import { createFilesApp, createMemoryState, createRootSession, type State } from "../../src/app/mod.ts";
import { ConfigError } from "../../src/errors.ts";
import { SIGNING_SECRET, stubSource } from "../support/app_stub.ts";

const SOURCES_URL = "/-/files/sources.json";

/** A process with the same secret and state as the others. */
function startProcess(state: State) {
  const session = createRootSession({ secret: SIGNING_SECRET, state });
  const app = createFilesApp({ sources: { media: stubSource() }, session, secret: SIGNING_SECRET });
  return {
    session,
    ask: (path: string, init?: RequestInit) => app(new Request(`http://localhost:8001${path}`, init)),
  };
}

/** A cookie as a browser sends it back. */
const cookieOf = ({ headers }: Response) => (headers.get("set-cookie") ?? "").split(";")[0] ?? "";

const sourceCount = async (response: Response) => (await response.json()).sources.length;

/** A state that can be turned off. */
function createSwitch() {
  const memory = createMemoryState();
  const power = { isOn: true };
  const unless = async <T>(call: () => Promise<T>) => {
    if (!power.isOn) throw new Error("connection refused");
    return await call();
  };
  const state: State = {
    putIfAbsent: (...args) => unless(() => memory.putIfAbsent(...args)),
    get: (...args) => unless(() => memory.get(...args)),
    delete: (...args) => unless(() => memory.delete(...args)),
    increment: (...args) => unless(() => memory.increment(...args)),
  };
  return { state, power };
}

Deno.test("a link logs in once at all processes, and a logout ends the login at all of them", async () => {
  const state = createMemoryState();
  const [first, second] = [startProcess(state), startProcess(state)];
  const path = await first.session.createLoginPath();
  const login = await second.ask(path);
  assertEquals([login.status, (await first.ask(path)).status], [200, 403]);
  const headers = { cookie: cookieOf(login), "sec-fetch-site": "same-origin" };
  assertEquals(await sourceCount(await first.ask(SOURCES_URL, { headers })), 1);
  const logout = await first.ask("/-/files/-/logout", { method: "POST", headers });
  assertEquals((await logout.text()).includes("this process"), false);
  assertEquals(await sourceCount(await second.ask(SOURCES_URL, { headers })), 0);
});

Deno.test("without its state, the app shows pages to those who are logged in, and changes nothing", async () => {
  const { state, power } = createSwitch();
  const { session, ask } = startProcess(state);
  const headers = { cookie: cookieOf(await ask(await session.createLoginPath())), "sec-fetch-site": "same-origin" };
  power.isOn = false;
  assertEquals(await sourceCount(await ask(SOURCES_URL, { headers })), 1);
  const put = await ask("/-/files/source/media/-/content?path=a", { method: "PUT", body: "x", headers });
  assertEquals([put.status, put.headers.get("retry-after")], [503, "8"]);
  assertEquals(await put.json(), {
    ok: false,
    errors: [
      "The servers of this site cannot reach what they share, which this needs. The files are safe; try again in a " +
      "moment.",
    ],
    code: "state",
  });
  const logout = await ask("/-/files/-/logout", { method: "POST", headers: { ...headers, accept: "text/html" } });
  assertEquals([logout.status, logout.headers.has("set-cookie")], [503, false]);
  assertStringIncludes(await logout.text(), "Not possible at the moment");
  power.isOn = true;
  assertEquals((await ask("/-/files/-/logout", { method: "POST", headers })).status, 200);
  assertEquals(await sourceCount(await ask(SOURCES_URL, { headers })), 0);
});

Deno.test("createRootSession() refuses what is no state", () => {
  const state = { get: () => Promise.resolve(undefined) };
  // @ts-expect-error It lacks three methods.
  assertThrows(() => createRootSession({ secret: SIGNING_SECRET, state }), ConfigError, '"state"');
});
