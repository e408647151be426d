import { assertEquals, assertMatch } from "@std/assert";
import { findOrInstallBun } from "../../tools/bun.ts";
import { findNode } from "../../tools/node.ts";
import { installPacked } from "../../tools/pack.ts";
import { versionOf } from "../../tools/pinned.ts";
import { blocksOf } from "../support/doc_blocks.ts";
import { orSkip } from "../support/or_skip.ts";

const text = await Deno.readTextFile(new URL("../../README.md", import.meta.url));
const blocks = blocksOf({ path: "README.md", text }).filter(({ kind }) => kind === "ts").map(({ text }) => text);
const [program = "", ...others] = blocks;
const withBroker = others.find((block) => block.includes("credentialsUrl:")) ?? "";
const withKeys = others.find((block) => block.includes("accessKeyId:")) ?? "";
const [chain = ""] = /createS3Source\(\{ bucket: "media", prefix: "team-1" \}\)/.exec(text) ?? [];
const [start = "", rest = ""] = program.split(/^(?=await source\.upload)/m);

// As somebody has installed it who takes it from the registry.
const project = await orSkip(
  "README's programs",
  () => installPacked({ packages: [`@aws-sdk/client-s3@${versionOf("@aws-sdk/client-s3")}`] }),
);

if (project !== undefined) {
  Deno.test.afterAll(project.remove);

  Deno.test("README's first program needs nothing in Deno, Bun and Node, and works on a real store with its other lines", async (t) => {
    await Deno.writeTextFile(`${project.folder}/world.mjs`, WORLD);
    const programs = {
      "as it stands": program,
      "with a broker": `import "./world.mjs";\n${withBroker}${rest}`,
      "with keys": `import "./world.mjs";\n${withKeys}${rest}`,
      "with the AWS chain": `import "./world.mjs";\n${start.replace(/createS3Source\(.*\)/, chain)}${rest}`,
    };
    const runtimes = { deno: Deno.execPath(), bun: await findOrInstallBun(), node: await findNode() };
    for (const [name, source] of Object.entries(programs)) {
      await Deno.writeTextFile(`${project.folder}/main.mjs`, source);
      for (const [runtime, executable] of Object.entries(runtimes)) {
        await t.step(`${runtime}, ${name}`, async () => {
          const flags = name === "with the AWS chain" ? ["--allow-net", ...CHAIN_FLAGS] : ["--allow-net"];
          const deno = ["run", "--no-prompt", ...name === "as it stands" ? [] : flags];
          assertMatch(
            await outputOf([executable, ...runtime === "deno" ? deno : [], "main.mjs"], project.folder),
            EXPECTED,
          );
        });
      }
    }
  });

  Deno.test("README names the commands and the permissions that this test uses", () => {
    for (const words of ["`deno run main.mjs`", "`bun main.mjs`", "`node main.mjs`", "`--allow-net`"]) {
      assertEquals(text.includes(words), true, words);
    }
    for (const flag of CHAIN_FLAGS) assertEquals(text.includes(`\`${flag}\``), true, flag);
  });
}

async function outputOf([command = "", ...args]: readonly string[], cwd: string): Promise<string> {
  const { code, stdout, stderr } = await new Deno.Command(command, {
    args,
    cwd,
    env: {
      DENO_NO_UPDATE_CHECK: "1",
      NO_COLOR: "1",
      AWS_ACCESS_KEY_ID: "AKIAIOSFODNN7EXAMPLE",
      AWS_SECRET_ACCESS_KEY: "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY",
    },
  }).output();
  assertEquals(code, 0, new TextDecoder().decode(stderr));
  return new TextDecoder().decode(stdout);
}

const CHAIN_FLAGS = ["--allow-env", "--allow-read", "--allow-sys"];

const EXPECTED = /^notes\/hello\.txt 5\nHello\nUntil 20\S+Z: https?:\/\/\S+\/notes\/hello\.txt\?\S+\n$/;

/** AWS and the broker of the README, in the program's own process. */
const WORLD = `
import { createMemoryS3 } from "@files/s3-source/testing";

const secretAccessKey = "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY";
const credentials = { AKIAIOSFODNN7EXAMPLE: { secretAccessKey }, ASIA1: { secretAccessKey, sessionToken: "token" } };
const store = createMemoryS3({ buckets: ["media"], credentials });

globalThis.fetch = async (input, init) => {
  const request = new Request(input, init);
  if (new URL(request.url).hostname !== "broker.example.com") return await store.fetch(request);
  return Response.json({
    AccessKeyId: "ASIA1",
    SecretAccessKey: secretAccessKey,
    SessionToken: "token",
    Expiration: new Date(Date.now() + 900_000).toISOString(),
    S3Folder: "s3://media/team-1/",
  });
};
`;
