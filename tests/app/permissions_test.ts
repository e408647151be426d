import { assertEquals, assertThrows } from "@std/assert";
import { type Actor, createAccess } from "../../src/app/permissions/allow_rules.ts";
import { ConfigError } from "../../src/errors.ts";

const SOURCES = ["media", "private"];
const ALICE: Actor = { id: "alice", team: ["staff", "press"], level: 3 };

/** Whether Alice, and nobody in particular, may browse `media`. */
function mayBrowse(rule: unknown): boolean[] {
  const access = createAccess({ "files-browse": rule }, SOURCES);
  return [ALICE, null].map((actor) => access.allows(actor, "files-browse", "media"));
}

const rules: [rule: unknown, alice: boolean, nobody: boolean][] = [
  [true, true, true],
  [false, false, false],
  [{}, false, false],
  [{ id: "alice" }, true, false],
  [{ id: "bob" }, false, false],
  [{ id: ["bob", "alice"] }, true, false],
  [{ id: [] }, false, false],
  [{ id: "*" }, true, false],
  [{ id: "bob", team: "press" }, true, false],
  [{ team: ["sales", "staff"] }, true, false],
  [{ nothing: "*" }, false, false],
  [{ level: 3 }, true, false],
  [{ level: "3" }, false, false],
  [{ toString: "*" }, false, false],
  [{ unauthenticated: true }, false, true],
  [{ media: { allow: true } }, true, true],
  [{ media: { allow: { id: "alice" } } }, true, false],
  [{ private: { allow: true } }, false, false],
];

for (const [rule, alice, nobody] of rules) {
  Deno.test(`allows() with the rule ${JSON.stringify(rule)}`, () => {
    assertEquals(mayBrowse(rule), [alice, nobody]);
  });
}

Deno.test("allows() denies what is not granted", () => {
  const access = createAccess({ "files-browse": true, "execute-sql": true }, SOURCES);
  const allowed = (["files-browse", "files-upload", "files-edit", "files-delete"] as const)
    .filter((action) => access.allows(ALICE, action, "media"));
  assertEquals(allowed, ["files-browse"]);
});

for (const team of [undefined, null, [], "", [null], [undefined], [[]], {}, () => 1]) {
  Deno.test(`allows() finds no team in ${JSON.stringify(team) ?? String(team)}`, () => {
    const access = createAccess({ "files-browse": { team: "*" } }, SOURCES);
    assertEquals(access.allows({ id: "alice", team }, "files-browse", "media"), false);
  });
}

for (const team of ["staff", ["staff"], 0, false]) {
  Deno.test(`allows() finds a team in ${JSON.stringify(team)}`, () => {
    const access = createAccess({ "files-browse": { team: "*" } }, SOURCES);
    assertEquals(access.allows({ id: "alice", team }, "files-browse", "media"), true);
  });
}

const mistakes: [permissions: unknown, message: string][] = [
  [true, '"permissions"'],
  [{ "files-brows": true }, 'did you mean "files-browse"?'],
  [{ "files-browse": "yes" }, '"permissions.files-browse"'],
  [{ "files-browse": null }, '"permissions.files-browse"'],
  [{ "files-browse": { medai: { allow: true } } }, 'did you mean "media"?'],
  [{ "files-browse": { media: { allow: true, deny: true } } }, 'the one key "allow"'],
  [{ "files-browse": { media: { allow: "yes" } } }, '"permissions.files-browse.media.allow"'],
  [{ "files-browse": { media: true, private: { allow: true } } }, '"permissions.files-browse.media"'],
  [{ "files-browse": { id: { allow: true } } }, '"permissions.files-browse.id"'],
];

for (const [permissions, message] of mistakes) {
  Deno.test(`createAccess() refuses ${JSON.stringify(permissions)}`, () => {
    assertThrows(() => createAccess(permissions, SOURCES), ConfigError, message);
  });
}
