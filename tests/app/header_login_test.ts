import { assertEquals, assertStringIncludes } from "@std/assert";
import { createFilesApp, type HeaderOptions } from "../../src/app/mod.ts";
import { HTML, stubSource } from "../support/app_stub.ts";

/** An app behind a proxy at 10.0.0.7, and what it says about whom the proxy names. */
function proxiedApp(options: Partial<HeaderOptions> = {}) {
  const log: string[] = [];
  const header = { id: "X-Forwarded-User", from: ["10.0.0.0/24", "::1"], ...options };
  const app = createFilesApp({
    sources: { media: stubSource() },
    permissions: { "files-browse": { id: "alice", groups: "staff" } },
    login: { header },
    onError: (error) => void log.push(error instanceof Error ? error.message : ""),
  });
  const ask = async (
    headers: Record<string, string>,
    peer: unknown = "10.0.0.7",
    path = "/-/files/source/media.json",
  ) => {
    const response = await app(new Request(`http://localhost:8001${path}`, { headers }), peer);
    return { status: response.status, text: await response.text() };
  };
  return { log, ask, status: async (...args: Parameters<typeof ask>) => (await ask(...args)).status };
}

const ALICE = { "x-forwarded-user": "alice" };

Deno.test("login.header believes what the named addresses say, in every form that servers pass", async () => {
  const { status, log } = proxiedApp();
  for (const peer of ["10.0.0.7", "::1", "::ffff:10.0.0.9", { remoteAddr: { hostname: "10.0.0.7", port: 1 } }]) {
    assertEquals(await status(ALICE, peer), 200);
  }
  assertEquals([await status({ "x-forwarded-user": "bob" }), await status({}), log], [403, 403, []]);
});

Deno.test("login.header refuses the same from other addresses, and logs each once", async () => {
  const { ask, status, log } = proxiedApp();
  const { text } = await ask(ALICE, "10.0.1.7");
  assertStringIncludes(text, "does not come from the proxy that may say so");
  for (const peer of ["10.0.1.7", "10.0.1.7", undefined, {}, { remoteAddr: "10.0.0.7" }]) {
    assertEquals(await status({ ...ALICE, "x-forwarded-for": "10.0.0.7" }, peer ?? {}), 403);
  }
  const refusal = (peer: string) =>
    `"X-Forwarded-User" came from ${peer}, which is not in "login.header.from"; such requests are refused`;
  assertEquals(log, [refusal("10.0.1.7"), refusal("an unknown address")]);
  // Whoever names no one is nobody, from anywhere.
  assertEquals(await status({}, "10.0.1.7", "/-/files/sources.json"), 200);
});

Deno.test("login.header refuses any of its headers from elsewhere", async () => {
  const { status } = proxiedApp({ groups: "x-groups" });
  assertEquals(await status({ "x-groups": "staff" }, "10.0.1.7", "/-/files/sources.json"), 403);
  // Groups without a person are nobody's.
  assertEquals(await status({ "x-groups": "staff" }), 403);
});

Deno.test("login.header reads groups, names in UTF-8, and where the proxy logs out", async () => {
  const { ask, status } = proxiedApp({
    name: "x-name",
    email: "x-email",
    groups: "x-groups",
    groupsSeparator: "|",
    logoutUrl: "/oauth2/sign_out",
  });
  assertEquals(await status({ "x-forwarded-user": "bob", "x-groups": "all | staff" }), 200);
  assertEquals(await status({ "x-forwarded-user": "bob", "x-groups": "all,staff" }), 403);
  const name = String.fromCharCode(...new TextEncoder().encode("Zoë"));
  const headers = { "x-forwarded-user": "z", "x-name": name, "x-email": "z@example.com", ...HTML };
  const { text } = await ask(headers, "::1", "/-/files/-/account");
  assertStringIncludes(text, "<bdi>Zoë</bdi>");
  assertStringIncludes(text, "z@example.com");
  assertStringIncludes(text, '<a class="button" href="/oauth2/sign_out">Log out</a>');
});

Deno.test("login.header refuses a header that the proxy added to the client's own", async () => {
  const { ask } = proxiedApp();
  const { status, text } = await ask({ "x-forwarded-user": "alice, mallory" });
  assertEquals(status, 400);
  assertStringIncludes(text, "several headers");
});
