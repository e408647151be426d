import { assertEquals, assertStringIncludes } from "@std/assert";
import { releaseProblem } from "../../tools/release_problem.ts";
import config from "../../deno.json" with { type: "json" };

const CHANGELOG =
  "# Changelog\n\n## [Unreleased]\n\n## [1.2.3] - 2030-01-02\n\n### Added\n\n- Something.\n\n## [1.2.2]\n";

Deno.test("releaseProblem() finds no problem if tag, version and changelog agree", () => {
  assertEquals(releaseProblem("v1.2.3", { version: "1.2.3", changelog: CHANGELOG }), undefined);
});

Deno.test("CHANGELOG.md has the version of deno.json, with a date", async () => {
  const changelog = await Deno.readTextFile(new URL("../../CHANGELOG.md", import.meta.url));
  assertEquals(releaseProblem(`v${config.version}`, { version: config.version, changelog }), undefined);
});

for (
  const [tag, version, changelog, problem] of [
    ["v1.2.4", "1.2.3", CHANGELOG, "has to be v1.2.3"],
    ["1.2.3", "1.2.3", CHANGELOG, "has to be v1.2.3"],
    ["v1.2.4", "1.2.4", CHANGELOG, 'no section "## [1.2.4]'],
    ["v1.2.2", "1.2.2", CHANGELOG, "no date for 1.2.2"],
    ["v1.2.3", "1.2.3", CHANGELOG.replace("- Something.", ""), "tells nothing of 1.2.3"],
  ] as const
) {
  Deno.test(`releaseProblem() refuses ${tag} of ${version}: ${problem}`, () => {
    assertStringIncludes(releaseProblem(tag, { version, changelog }) ?? "", problem);
  });
}

Deno.test("tools/release_check.ts fails for a tag that is not the version", async () => {
  const command = new Deno.Command(Deno.execPath(), {
    args: ["run", "--quiet", "--allow-read", "tools/release_check.ts", "v0.0.0"],
    cwd: new URL("../..", import.meta.url),
  });
  const { code, stdout } = await command.output();
  const said = new TextDecoder().decode(stdout);
  assertEquals([code, said.includes(`the tag has to be v${config.version}`)], [1, true], said);
});
