import { assertEquals, assertMatch, assertThrows } from "@std/assert";
import { stub } from "@std/testing/mock";
import { openAudit } from "../../src/command/audit.ts";
import { CommandError } from "../../src/command/command_error.ts";

/** A folder for an audit, and the warnings. */
async function openWorld() {
  const folder = await Deno.makeTempDir();
  const warnings: string[] = [];
  return {
    folder,
    path: `${folder}/audit.jsonl`,
    warnings,
    warn: (reason: string) => void warnings.push(reason),
    /** The types of the entries in a file. */
    types: (path: string) => Deno.readTextFileSync(path).trimEnd().split("\n").map((line) => JSON.parse(line).type),
    [Symbol.asyncDispose]: () => Deno.remove(folder, { recursive: true }),
  };
}

Deno.test("openAudit() appends lines of JSON to a file that only its user can read", async () => {
  await using world = await openWorld();
  for (const type of ["granted", "refused"]) {
    const audit = openAudit(world.path, world.warn);
    audit.write({ type, reason: "a\nb" });
    audit.close();
  }
  assertEquals([world.types(world.path), world.warnings], [["granted", "refused"], []]);
  assertMatch(Deno.readTextFileSync(world.path), /^{"time":"\d{4}-[^"]*Z","type":"granted","reason":"a\\nb"}\n{.*}\n$/);
  if (Deno.build.os !== "windows") assertEquals((Deno.statSync(world.path).mode ?? 0) & 0o777, 0o600);
});

Deno.test(
  "openAudit() leaves the rights of a file that is there already",
  { ignore: Deno.build.os === "windows" },
  async () => {
    await using world = await openWorld();
    Deno.writeTextFileSync(world.path, "", { mode: 0o640 });
    openAudit(world.path, world.warn).close();
    assertEquals((Deno.statSync(world.path).mode ?? 0) & 0o777, 0o640);
  },
);

Deno.test("openAudit() writes to stdout, or nowhere", () => {
  using log = stub(console, "log", () => {});
  for (const target of ["stdout", "none"]) openAudit(target, () => {}).write({ type: target });
  assertEquals(log.calls.map(({ args: [line] }) => JSON.parse(line).type), ["stdout"]);
});

Deno.test("reopen() goes on in a new file after the former was renamed", async () => {
  await using world = await openWorld();
  const audit = openAudit(world.path, world.warn);
  audit.write({ type: "a" });
  Deno.renameSync(world.path, `${world.path}.1`);
  audit.write({ type: "b" });
  audit.reopen();
  audit.write({ type: "c" });
  audit.close();
  assertEquals([world.types(`${world.path}.1`), world.types(world.path)], [["a", "b"], ["c"]]);
});

Deno.test("open() goes on at another target, and stays at the former if it cannot be opened", async () => {
  await using world = await openWorld();
  const audit = openAudit(world.path, world.warn);
  assertThrows(
    () => audit.open(`${world.folder}/no/audit`),
    CommandError,
    `Cannot open the audit "${world.folder}/no/audit"`,
  );
  audit.write({ type: "a" });
  audit.open(`${world.folder}/other`);
  audit.write({ type: "b" });
  audit.open("none");
  audit.write({ type: "c" });
  assertEquals([world.types(world.path), world.types(`${world.folder}/other`)], [["a"], ["b"]]);
});

Deno.test("reopen() warns if the file cannot be opened, and stays at the former", async () => {
  await using world = await openWorld();
  const folder = `${world.folder}/logs`;
  Deno.mkdirSync(folder);
  const audit = openAudit(`${folder}/audit`, world.warn);
  Deno.renameSync(folder, `${folder}-2`);
  audit.reopen();
  audit.write({ type: "a" });
  audit.close();
  assertEquals(world.types(`${folder}-2/audit`), ["a"]);
  assertMatch(world.warnings.join(), /^Cannot open the audit ".*\/logs\/audit": /);
});

Deno.test("write() never throws when the disk is full, and warns once", { ignore: Deno.build.os !== "linux" }, () => {
  const warnings: string[] = [];
  const audit = openAudit("/dev/full", (reason) => warnings.push(reason));
  for (let i = 0; i < 3; i++) audit.write({ type: "granted" });
  audit.close();
  assertEquals(warnings.length, 1);
  assertMatch(warnings[0] ?? "", /^Cannot write to the audit: .*No space left.*; 1 entries are lost so far$/);
});
