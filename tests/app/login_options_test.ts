import { assertEquals, assertThrows } from "@std/assert";
import { createFilesApp, type LoginOptions } from "../../src/app/mod.ts";
import { ConfigError } from "../../src/errors.ts";

const OIDC = { issuer: "https://id.example.com", clientId: "files" };
const HEADER = { id: "x-user", from: ["10.0.0.7"] };

/** Mistakes, and what the error says of them. */
const MISTAKES: Readonly<Record<string, unknown>> = {
  'Cannot use "login.oidc.issuer": "id.example.com" would be asked without encryption': {
    oidc: { ...OIDC, issuer: "http://id.example.com" },
  },
  'Cannot use "login.oidc.client_id": it is missing': { oidc: { issuer: OIDC.issuer } },
  'Cannot use "login.oidc.a b": its name is part of a URL': { oidc: { "a b": OIDC } },
  'Cannot use "login.oidc.b.actorPrefix": "a" has the same': { oidc: { a: OIDC, b: OIDC } },
  'Cannot use "login": it has both "oidc" and "header"': { oidc: OIDC, header: HEADER },
  'Cannot use "login.header.from": it is missing': { header: { id: "x-user" } },
  'Cannot use "login.header.from": it would believe everyone': { header: { ...HEADER, from: ["0.0.0.0/0"] } },
  'Cannot use "login.header.logoutUrl"': { header: { ...HEADER, logoutUrl: "javascript:alert(1)" } },
  'Cannot use "login.tokens.allow": it must be true, false, or a mapping of claims': { tokens: { allow: { id: {} } } },
  'Cannot use "login.tokens.maxDays": it must be a whole number from 1': { tokens: { maxDays: 0 } },
  'Cannot use "login.sessionSeconds"': { sessionSeconds: 1 },
  'Cannot use "login.session": there is no such key': { session: 1 },
};

for (const [message, login] of Object.entries(MISTAKES)) {
  Deno.test(`createFilesApp() refuses login: ${message}`, () => {
    // For callers without a compiler.
    assertThrows(() => createFilesApp({ sources: {}, login: login as LoginOptions }), ConfigError, message);
  });
}

Deno.test("createFilesApp() names all mistakes of login at once, and takes names as files have them", () => {
  const login: object = { session_seconds: 1, tokens: { max_days: 0 } };
  const { message } = assertThrows(() => createFilesApp({ sources: {}, login }), ConfigError);
  assertEquals(message.split("\n").length, 2);
});

for (const login of [{ oidc: OIDC }, { header: HEADER }]) {
  Deno.test(`createFilesApp() refuses "login.${Object.keys(login)}" beside authenticate`, () => {
    assertThrows(
      () => createFilesApp({ sources: {}, login, authenticate: () => null }),
      ConfigError,
      "Cannot use both",
    );
  });
}
