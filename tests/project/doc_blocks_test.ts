import { assert, assertEquals, assertNotEquals, assertRejects } from "@std/assert";
import { createAccess } from "../../src/app/permissions/allow_rules.ts";
import { sessionPolicy } from "../../src/broker/keys/session_policy.ts";
import { readBrokerConfig, readDatasetteConfig } from "../../src/config/datasette_yaml.ts";
import { parseYamlMapping } from "../../src/config/yaml_document.ts";
import { shortSha256Hex } from "../../src/hash/short_sha256.ts";
import { createS3Source } from "../../src/source.ts";
import { corsRules, sourceCorsRules } from "../../tools/cors.ts";
import { GARAGE } from "../../tools/stores/garage.ts";
import { iamConfig } from "../../tools/weed.ts";
import config from "../../deno.json" with { type: "json" };
import { checkCall, othersProgram } from "../support/checked_calls.ts";
import { blocksOf, type DocBlock, readDocPages } from "../support/doc_blocks.ts";
import { allows } from "../support/policy_evaluator.ts";
import { RUNTIMES } from "../runtimes/names.ts";
import { callsOfScript } from "../support/shell_calls.ts";

const PAGES = await readDocPages();
const BLOCKS = PAGES.flatMap(blocksOf);

Deno.test("every block of code in the documentation is of a kind that is checked", () => {
  // `deno test --doc` runs "ts" and "js" without further words. `systemd_units_test.ts` checks "systemd",
  // `rooms_test.ts` "text", `tests/clients/` "ini" and "python", the tests below the others.
  const checked = ["ts", "js", "sh", "yaml", "json", "nginx", "systemd", "text", "ini", "python", "toml"];
  const others = BLOCKS.filter(({ kind }) => !checked.includes(kind));
  // `tests/clients/` runs that of docs/brokers.md, `tests/runtimes/` those of docs/runtimes.md, each in the runtime of its
  // heading; `task_pages_test.ts` the other.
  const started = [
    'docs/brokers.md: "js ignore"',
    ...RUNTIMES.map(() => 'docs/runtimes.md: "js ignore"'),
    'docs/workers.md: "js ignore"',
  ];
  assertEquals(others.map(({ place, kind }) => `${place.replace(/:\d+$/, "")}: "${kind}"`), started);
});

Deno.test("the tests run every block of TypeScript", () => {
  assertEquals(config.tasks.test.command, "deno test --lock=deno.lock --allow-all --doc --parallel");
  assertEquals(config.exclude, [".cache", "node_modules"]);
  assertNotEquals(blocksOfKind("ts").filter(({ place }) => place.startsWith("docs/")), []);
});

for (const { place, text } of blocksOfKind("sh")) {
  Deno.test(`${place} calls existing programs with valid arguments`, async () => {
    const calls = await callsOfScript(text);
    assertNotEquals(calls, []);
    for (const call of calls) await checkCall(call);
  });
}

Deno.test("these are the programs of others, whose calls are not checked", async () => {
  const calls = await Promise.all(blocksOfKind("sh").map(({ text }) => callsOfScript(text)));
  const counts: Record<string, number> = {};
  for (const program of calls.flat().flatMap((call) => othersProgram(call) ?? [])) {
    counts[program] = (counts[program] ?? 0) + 1;
  }
  assertEquals(counts, {
    ...{ aws: 2, garage: 1, install: 2, mc: 3, minio: 1, rclone: 2, s5cmd: 2, systemctl: 1, versitygw: 1, weed: 4 },
    wrangler: 1,
  });
});

for (const { place, text } of blocksOfKind("toml")) {
  Deno.test(`${place} has the settings with which the tests start Garage`, async () => {
    const folder = await Deno.makeTempDir();
    try {
      const dataDir = `${folder}/data`;
      await Deno.mkdir(dataDir);
      const place = { port: 3900, otherPort: 3901, buckets: ["media"] };
      await GARAGE.serve("garage", { dataDir, ...place, accessKeyId: "", secretAccessKey: "" });
      const tested = await Deno.readTextFile(`${folder}/garage.toml`);
      const comparable = (toml: string) =>
        toml.split("\n").filter((line) => line !== "").map((line) => line.replace(/(?<=(?:_dir|s3_region) = ).*/, "…"));
      assertEquals(comparable(text), comparable(tested));
    } finally {
      await Deno.remove(folder, { recursive: true });
    }
  });
}

for (const { place, text } of blocksOfKind("yaml")) {
  Deno.test(`${place} is a valid configuration`, () => {
    const names = Object.keys(parseYamlMapping(text, place));
    const env = shortSha256Hex;
    let read = 0;
    if (names.includes("plugins")) {
      const { sources, document } = readDatasetteConfig({ yaml: text, env });
      for (const source of Object.values(sources)) createS3Source(source);
      if (names.includes("permissions")) createAccess(document["permissions"], Object.keys(sources));
      read++;
    } else if (names.includes("permissions")) {
      createAccess(parseYamlMapping(text, place)["permissions"], ["media"]);
      read++;
    }
    if (names.includes("broker")) {
      readBrokerConfig({ yaml: text, env });
      read++;
    }
    assert(read > 0, "it configures nothing");
  });
}

for (const { place, text } of blocksOfKind("json")) {
  Deno.test(`${place} is JSON`, () => assertNotEquals(JSON.parse(text), null));
}

Deno.test("the guide to brokers has an AWS role that allows everything a tenant can get, and nothing in other buckets", () => {
  const [role = ""] = blocksOfKind("json").filter(({ place }) => place.startsWith("docs/brokers.md")).map(({ text }) =>
    text
  );
  const policy = JSON.parse(sessionPolicy({ bucket: "media", prefix: "team/", allow: ["read", "write", "delete"] }));
  for (const { Action, Resource } of policy.Statement) {
    for (const action of Action) {
      assert(allows(role, { action, resource: Resource[0].replace("*", "a.txt") }), action);
    }
  }
  assertEquals(allows(role, { action: "s3:GetObject", resource: "arn:aws:s3:::other/a" }), false);
});

Deno.test("the guide to brokers starts SeaweedFS as the tests do", () => {
  const guide = blocksOfKind("json").map(({ text }) => JSON.parse(text)).filter((document) => "sts" in document);
  assertEquals(guide.map((document) => namesIn(document)), [namesIn(JSON.parse(iamConfig({ sessionSeconds: 900 })))]);
});

Deno.test("the guide to browser uploads has the CORS rules that the dev server sets", () => {
  const guide = blocksOfKind("json").filter(({ place }) => place.startsWith("docs/browser_uploads.md"));
  assertEquals(guide.map(({ text }) => JSON.parse(text)), [corsRules(["https://app.example.com"])]);
});

Deno.test("the guide to runtimes has the CORS rules that the tests in Chromium set", () => {
  const guide = blocksOfKind("json").filter(({ place }) => place.startsWith("docs/runtimes.md"));
  const rules = sourceCorsRules(["https://app.example.com"], ["colour"]);
  assertEquals(guide.map(({ text }) => JSON.parse(text)), [rules]);
});

Deno.test("the documentation names only existing tasks", () => {
  const unknown = PAGES.flatMap(({ path, text }) =>
    [...text.matchAll(/deno(?:@2)? task ([\w:-]+)/g)].flatMap(([, name = ""]) =>
      name in config.tasks ? [] : [`${path}: ${name}`]
    )
  );
  assertEquals(unknown, []);
});

Deno.test("callsOfScript() parses a script like a shell, and refuses unknown programs", async () => {
  assertEquals(
    await callsOfScript('# first\ndeno task "a b" \\\n  c   # last\nx=y\nexec "${NONE:-bun}" run "$x"\n'),
    [["deno", "task", "a b", "c"], ["bun", "run", "y"]],
  );
  await assertRejects(() => callsOfScript("rm -rf /"), Error, "rm");
  await assertRejects(() => callsOfScript("deno 'task"), Error);
});

function blocksOfKind(kind: string): DocBlock[] {
  return BLOCKS.filter((block) => block.kind === kind);
}

/** The names in a JSON document, with those of their parents. */
function namesIn(value: unknown, path = ""): string[] {
  if (typeof value !== "object" || value === null) return [];
  const names = Object.entries(value).flatMap(([key, inner]) => {
    const name = Array.isArray(value) ? path : `${path}.${key}`;
    return [name, ...namesIn(inner, name)];
  });
  return [...new Set(names)].toSorted();
}
