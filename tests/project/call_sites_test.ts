import { assertEquals, assertStringIncludes } from "@std/assert";
import { findNode } from "../../tools/node.ts";
import { installPacked } from "../../tools/pack.ts";
import { runProgram } from "../../tools/programs.ts";
import { orSkip } from "../support/or_skip.ts";

const TYPESCRIPT = "typescript@5.9.3";
const NAME = "call_sites.ts";

/** Every flag that can refuse a program of a user. */
const STRICTEST = {
  target: "es2024",
  module: "nodenext",
  noEmit: true,
  types: [],
  strict: true,
  skipLibCheck: false,
  allowUnreachableCode: false,
  allowUnusedLabels: false,
  erasableSyntaxOnly: true,
  exactOptionalPropertyTypes: true,
  forceConsistentCasingInFileNames: true,
  isolatedModules: true,
  noFallthroughCasesInSwitch: true,
  noImplicitOverride: true,
  noImplicitReturns: true,
  noPropertyAccessFromIndexSignature: true,
  noUncheckedIndexedAccess: true,
  noUnusedLocals: true,
  noUnusedParameters: true,
  verbatimModuleSyntax: true,
};

/** The libraries of programs for pages, and of those for servers, whose `fetch` and streams come from Node's types. */
const SETTINGS = {
  "with the DOM": { lib: ["es2024", "esnext.disposable", "dom", "dom.iterable", "dom.asynciterable"] },
  "without the DOM": { lib: ["es2024", "esnext.disposable"], types: ["node"] },
};

const project = await orSkip("the types of call sites", async () => {
  await findNode();
  return await installPacked({ packages: [TYPESCRIPT, "@types/node@20.19.0"] });
});

if (project !== undefined) {
  Deno.test.afterAll(project.remove);
  await Deno.copyFile(new URL(NAME, import.meta.url), `${project.folder}/${NAME}`);

  for (const [name, libraries] of Object.entries(SETTINGS)) {
    Deno.test(`${NAME} has no type errors with tsc under the strictest flags, ${name}`, async () => {
      assertEquals(await check({ ...STRICTEST, ...libraries }), { ok: true, output: "" });
    });
  }

  Deno.test("tsc finds a mistake in a program", async () => {
    const wrong = "wrong.ts";
    await Deno.writeTextFile(
      `${project.folder}/${wrong}`,
      'import { createS3Source } from "@files/s3-source";\ncreateS3Source({ bucket: 5 });\n',
    );
    const { ok, output } = await check({ ...STRICTEST, ...SETTINGS["with the DOM"] }, wrong);
    assertEquals(ok, false);
    assertStringIncludes(output, `${wrong}(2,18): error TS2322`);
  });

  const check = async (compilerOptions: Record<string, unknown>, file = NAME) => {
    const config = `${project.folder}/tsconfig.json`;
    await Deno.writeTextFile(config, JSON.stringify({ compilerOptions, files: [file] }));
    return await runProgram([
      await findNode(),
      `${project.folder}/node_modules/typescript/bin/tsc`,
      "--project",
      config,
    ]);
  };
}

Deno.test(`${NAME} has no type errors in Deno`, async () => {
  const path = decodeURIComponent(new URL(NAME, import.meta.url).pathname);
  assertEquals(await runProgram([Deno.execPath(), "check", "--quiet", path]), { ok: true, output: "" });
});
