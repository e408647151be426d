import { assertEquals } from "@std/assert";
import { reportAccess } from "../../src/command/start_report.ts";

const OIDC = { oidc: { issuer: "https://id.example.com", clientId: "files" } };

function report(permissions: unknown, { login = {}, asRoot = false, sourceNames = ["docs", "media"] } = {}) {
  return reportAccess({ permissions, sourceNames, login, asRoot });
}

Deno.test("reportAccess() shows who may do what, once for all sources if that is the same in each", () => {
  const { table, warnings } = report({
    "files-browse": true,
    "files-upload": { groups: ["staff"], unauthenticated: true },
    "files-edit": { media: { allow: { id: "alice" } } },
    "files-delete": { email: "*" },
  }, { login: OIDC, asRoot: true });
  assertEquals(table, [
    "who            source        browse  upload  edit  delete",
    "not logged in  every source  yes     yes     -     -",
    "logged in      every source  yes     -       -     -",
    "groups staff   every source  yes     yes     -     -",
    "id alice       docs          yes     -       -     -",
    "id alice       media         yes     -       yes   -",
    "any email      every source  yes     -       -     yes",
    "the operator   every source  yes     yes     yes   yes",
  ]);
  assertEquals(warnings, []);
});

Deno.test("reportAccess() names the only source, and shows no table in which no one may do anything", () => {
  assertEquals(
    report({ "files-browse": true }, { sourceNames: ["media"] }).table[1],
    "not logged in  media   yes     -       -     -",
  );
  assertEquals(report({}).table, []);
});

const WARNINGS = {
  'Nobody may browse: "permissions" has no "files-browse"': {},
  'Nobody may browse: "files-browse" permits no one': { "files-browse": false },
  '"permissions" has "view-table", which is no action of the files app': { "files-browse": true, "view-table": true },
  '"media" is a source, and here it is read as a claim of people; write media: {allow: …}': {
    "files-browse": true,
    "files-edit": { media: "staff" },
  },
  'A rule asks for the claim "team", which "login" never sets': { "files-browse": true, "files-edit": { team: "a" } },
};

for (const [warning, permissions] of Object.entries(WARNINGS)) {
  Deno.test(`reportAccess() warns: ${warning}`, () => {
    assertEquals(report(permissions, { login: OIDC }).warnings, [warning]);
  });
}

Deno.test("reportAccess() knows which claims each login sets", () => {
  const permissions = { "files-browse": { id: "a", email: "b" } };
  const header = { id: "x-user", groups: "x-groups", from: ["10.0.0.7"] };
  const unset = (claim: string) => `A rule asks for the claim "${claim}", which "login" never sets`;
  assertEquals(report(permissions, { login: { header } }).warnings, [unset("email")]);
  assertEquals(report(permissions).warnings, [unset("id"), unset("email")]);
  // The operator alone needs no rules.
  assertEquals(report({}, { asRoot: true }).warnings, []);
});
