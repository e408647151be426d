import { assert, assertEquals, assertMatch, assertNotEquals } from "@std/assert";
import { parse } from "@std/yaml";
import { checkCall } from "../support/checked_calls.ts";
import { callsOfScript } from "../support/shell_calls.ts";

/** The fields of a GitHub Actions workflow that we read. */
interface Workflow {
  readonly on: Readonly<Record<string, unknown>>;
  readonly permissions: unknown;
  readonly concurrency: { readonly group: string };
  readonly jobs: Readonly<Record<string, Job>>;
}

interface Job {
  readonly uses?: string;
  readonly needs?: string;
  readonly permissions?: Readonly<Record<string, string>>;
  readonly "timeout-minutes"?: number;
  readonly steps?: readonly Step[];
}

interface Step {
  readonly uses?: string;
  readonly with?: Readonly<Record<string, unknown>>;
  readonly run?: string;
}

const FOLDER = new URL("../../.github/", import.meta.url);
const TEXTS = new Map<string, string>();
for await (const { name } of Deno.readDir(new URL("workflows/", FOLDER))) {
  TEXTS.set(name, await Deno.readTextFile(new URL(`workflows/${name}`, FOLDER)));
}
const WORKFLOWS = new Map(Array.from(TEXTS, ([name, text]) => [name, parse(text) as Workflow]));

Deno.test("the workflows are those in CONTRIBUTING.md", () => {
  assertEquals([...WORKFLOWS.keys()].toSorted(), ["publish.yml", "test.yml"]);
});

for (const [name, workflow] of WORKFLOWS) {
  const text = TEXTS.get(name) ?? "";
  const jobs = Object.entries(workflow.jobs);
  const steps = jobs.flatMap(([, job]) => job.steps ?? []);

  Deno.test(`${name} may only read, runs once per branch and has a time limit`, () => {
    assertEquals(workflow.permissions, { contents: "read" });
    assertNotEquals(workflow.concurrency.group, "");
    for (const [job, { uses, "timeout-minutes": minutes = Infinity }] of jobs) {
      assert(uses !== undefined || minutes <= 60, job);
    }
  });

  Deno.test(`${name} pins every action by a digest, with a version comment`, () => {
    const lines = text.split("\n").filter((line) => /\buses:/.test(line));
    assertEquals(
      lines.length,
      steps.filter(({ uses }) => uses !== undefined).length + jobs.filter(([, { uses }]) => uses).length,
    );
    for (const line of lines) {
      assertMatch(line, /uses: (\.\/\.github\/workflows\/test\.yml|[\w-]+\/[\w-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+)$/);
    }
  });

  Deno.test(`${name} has no secret, leaves no token in the checkout and no event data in a script`, () => {
    // The job's own token, for what the job is permitted.
    const others = text.replace(/^ +GH_TOKEN: \$\{\{ github\.token \}\}\n/gm, "");
    assertEquals(/\bsecrets\b|pull_request_target|_TOKEN\b/.exec(others), null);
    for (const { uses = "", with: given = {}, run = "" } of steps) {
      if (uses.startsWith("actions/checkout@")) assertEquals(given["persist-credentials"], false);
      assert(!run.includes("${{"), run);
    }
  });

  for (const run of steps.flatMap((step) => step.run ?? [])) {
    Deno.test(`${name} calls existing programs: ${run}`, async () => {
      const calls = await callsOfScript(run, { GITHUB_REF_NAME: "v1.2.3" });
      assertNotEquals(calls, []);
      for (const call of calls) await checkCall(call);
    });
  }
}

Deno.test("all workflows have the same digest of an action", () => {
  const digests = new Set([...TEXTS.values()].flatMap((text) => text.match(/[\w-]+\/[\w-]+@[0-9a-f]{40}/g) ?? []));
  const actions = [...digests].map((digest) => digest.split("@")[0]);
  assertEquals(actions.toSorted(), [...new Set(actions)].toSorted());
});

Deno.test("publish.yml publishes releases only, after all tests, and only its jobs have an identity", () => {
  const { on, jobs } = WORKFLOWS.get("publish.yml") ?? {};
  assertEquals(on, { release: { types: ["published"] } });
  assertEquals(jobs?.["test"]?.uses, "./.github/workflows/test.yml");
  assertEquals(jobs?.["publish"]?.needs, "test");
  assertEquals(jobs?.["publish"]?.permissions, { contents: "read", "id-token": "write" });
  const withIdentity = [...WORKFLOWS.values()].flatMap((workflow) => Object.entries(workflow.jobs))
    .filter(([, { permissions = {} }]) => Object.values(permissions).includes("write"));
  assertEquals(withIdentity.map(([name]) => name), ["publish", "programs"]);
  const permissions = { contents: "write", "id-token": "write", attestations: "write" };
  assertEquals([jobs?.["programs"]?.needs, jobs?.["programs"]?.permissions], ["test", permissions]);
  assertEquals(jobs?.["publish"]?.steps?.at(-1)?.run, "deno publish --allow-dirty");
});

Deno.test("test.yml can be called, and tests all supported runtimes", () => {
  const { on = {}, jobs } = WORKFLOWS.get("test.yml") ?? {};
  assert("workflow_call" in on);
  const text = JSON.stringify(jobs?.["runtimes"]);
  for (const part of ["ubuntu-24.04", "macos-15", "v2.x", "canary", '"20"']) assert(text.includes(part), part);
  assert(jobs?.["jsr"]?.steps?.some(({ run }) => run === "deno task unlink"));
});

Deno.test("dependabot.yml updates the actions and deno.json", async () => {
  const text = await Deno.readTextFile(new URL("dependabot.yml", FOLDER));
  const { version, updates } = parse(text) as { version: number; updates: Record<string, unknown>[] };
  assertEquals(version, 2);
  assertEquals(updates.map((update) => [update["package-ecosystem"], update["directory"]]), [
    ["github-actions", "/"],
    ["deno", "/"],
  ]);
});
