import { assertEquals, assertNotEquals, assertStringIncludes } from "@std/assert";
import { findNode } from "../../tools/node.ts";
import { installPacked } from "../../tools/pack.ts";
import { runProgram } from "../../tools/programs.ts";
import { documentedSymbols } from "../support/documented_symbols.ts";
import { orSkip } from "../support/or_skip.ts";

const TYPESCRIPT = "typescript@5.9.3";
/** The programs, and what must not compile. */
const NAMES = ["call_sites.ts", "call_site_mistakes.ts"];

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
  for (const name of NAMES) await Deno.copyFile(new URL(name, import.meta.url), `${project.folder}/${name}`);

  for (const [name, libraries] of Object.entries(SETTINGS)) {
    Deno.test(`call sites have no type errors with tsc under the strictest flags, ${name}`, async () => {
      assertEquals(await check({ ...STRICTEST, ...libraries }), { ok: true, output: "" });
    });
  }

  Deno.test("tsc finds a mistake in a program", async () => {
    const wrong = "wrong.ts";
    await Deno.writeTextFile(
      `${project.folder}/${wrong}`,
      'import { createS3Source } from "@files/s3-source";\ncreateS3Source({ bucket: 5 });\n' +
        "// @ts-expect-error: none.\ncreateS3Source({});\n",
    );
    const { ok, output } = await check({ ...STRICTEST, ...SETTINGS["with the DOM"] }, [wrong]);
    assertEquals(ok, false);
    assertStringIncludes(output, `${wrong}(2,18): error TS2322`);
    assertStringIncludes(output, `${wrong}(3,1): error TS2578`);
  });

  const check = async (compilerOptions: Record<string, unknown>, files = NAMES) => {
    const config = `${project.folder}/tsconfig.json`;
    await Deno.writeTextFile(config, JSON.stringify({ compilerOptions, files }));
    return await runProgram([
      await findNode(),
      `${project.folder}/node_modules/typescript/bin/tsc`,
      "--project",
      config,
    ]);
  };
}

Deno.test("call sites have no type errors in Deno", async () => {
  const paths = NAMES.map((name) => decodeURIComponent(new URL(name, import.meta.url).pathname));
  assertEquals(await runProgram([Deno.execPath(), "check", "--quiet", ...paths]), { ok: true, output: "" });
});

Deno.test("call sites have every method, and every property of options and results", async () => {
  const text = await Deno.readTextFile(new URL("call_sites.ts", import.meta.url));
  const words = new Set(text.match(/\w+/g));
  const members = (await documentedSymbols()).filter(({ file, kind }) => file === "./mod.ts" && kind === "interface")
    .flatMap(({ name: owner, methods, properties }) => [...methods, ...properties].map((one) => ({ ...one, owner })));
  // The second spelling of an option is for configuration files. A program passes on causes, and never makes errors.
  const used = members.filter(({ owner, jsDoc }) =>
    owner !== "S3SourceErrorOptions" && !/^Same as/.test(jsDoc?.doc ?? "")
  );
  assertNotEquals(used, []);
  assertEquals(used.filter(({ name }) => !words.has(name)).map(({ owner, name }) => `${owner}.${name}`), []);
});
