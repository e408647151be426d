import { assert, assertEquals, assertRejects, assertStringIncludes } from "@std/assert";
import { createS3Source } from "../../mod.ts";
import { findOrInstallWeed } from "../../tools/weed_binary.ts";
import { findOrInstallFromNpm, OLDEST } from "../../tools/npm_program.ts";
import { bundleForPages, bundleForWorkers, startWorker } from "../../tools/worker.ts";
import { orSkip } from "../support/or_skip.ts";
import { conformance } from "../conformance/conformance.ts";
import { createLimitedTests } from "../conformance/limited_tests.ts";
import { limitsOf } from "../stores/differences.ts";
import { testBuilt } from "./built.ts";
import { packedCommand, useCommands } from "./command.ts";
import { FEATURES } from "./features.ts";
import { type Host, startHost, startOldestHost, startScript } from "./hosts.ts";
import { type Runtime, RUNTIMES } from "./names.ts";
import { openPage } from "./pages.ts";
import { readRuntimeTables, runtimeTable } from "./table.ts";
import { openWorld, type World } from "./world.ts";

const ROOT = new URL("../../", import.meta.url);

/** Tests of the guest. */
const CODED_FILES = [
  "files behind proxies that compress",
  "a stored gzip file, also behind proxies that compress",
  "a gzip file that the store decodes",
  "a gzip file that cannot be had as it is stored",
] as const;

Deno.test("docs/runtimes.md has the features of each runtime, and README has no others", async () => {
  const read = (name: string) => Deno.readTextFile(new URL(name, ROOT));
  const table = runtimeTable();
  assertEquals(readRuntimeTables(await read("docs/runtimes.md")), table);
  const page = await read("docs/runtimes.md");
  for (const [runtime, { version }] of Object.entries(OLDEST)) {
    assertStringIncludes(page, `| ${runtime} ${version.replace(/\.\d+$/, "")} and newer |`);
    assertStringIncludes(page.replaceAll("\n", " "), `${runtime} ${version}`);
  }
  const known = new Set(table.map((row) => row.join("|")));
  assertEquals(readRuntimeTables(await read("README.md")).filter((row) => !known.has(row.join("|"))), []);
});

const world = await orSkip("all tests in packed form", async () => {
  await findOrInstallWeed();
  return await openWorld();
});

if (world !== undefined) {
  Deno.test.afterAll(world.stop);

  // Outside of the test: esbuild's process ends some time after `stop()`.
  const bundle = async (code: string) => {
    const entry = `${world.projectFolder}/entry.js`;
    await Deno.writeTextFile(entry, code);
    return await bundleForWorkers(entry).catch(String);
  };
  const bundled = await bundle('export * from "@files/s3-source";');
  const refused = await bundle('import { readFileSync } from "node:fs"; console.log(readFileSync);');

  Deno.test("mod.ts makes one module for Workers, which imports no node: module and nothing else", () => {
    assertStringIncludes(bundled, "createS3Source");
    assertStringIncludes(refused, 'Could not resolve "node:fs"');
  });

  for (const runtime of RUNTIMES) {
    const host = await orSkip(
      `all tests in ${runtime}`,
      () => startHost(runtime, world.projectFolder, world.setup),
    );
    if (host !== undefined) await testIn(runtime, host, world);
  }

  for (const runtime of ["Deno", "Bun", "Node"] as const) {
    const release = `${runtime} ${OLDEST[runtime].version}`;
    if (await orSkip(`all tests in ${release}`, () => findOrInstallFromNpm(OLDEST[runtime])) === undefined) continue;
    await testInOldest(release, await startOldestHost(runtime, world.projectFolder, world.setup), world);
  }

  await testBuilt(world);
}

async function testIn(runtime: Runtime, host: Host, world: World): Promise<void> {
  Deno.test.afterAll(host.stop);
  const names = await host.tests();

  Deno.test(`${runtime} runs every test of the conformance suite that Deno runs on SeaweedFS`, () => {
    const registered: string[] = [];
    const register = (name: string) => void registered.push(titleOf(name));
    conformance({
      open: () => {
        throw new Error("These tests are only listed");
      },
      test: createLimitedTests("SeaweedFS", limitsOf("SeaweedFS"), register).test,
    });
    assertEquals(names.map(titleOf), registered);
    assert(names.length > 200);
  });

  Deno.test(`a test that fails in ${runtime} fails here`, async () => {
    await assertRejects(() => host.run("a test that fails"), Error, "it has failed");
    await assertRejects(() => host.run("no test"), Error, "There is no test with the name no test");
  });

  for (const name of names) Deno.test(name, () => host.run(name));

  Deno.test(`docs/runtimes.md shows an app that answers in ${runtime}`, async () => {
    const page = await Deno.readTextFile(new URL("docs/runtimes.md", ROOT));
    const [, code = ""] = new RegExp(`^## ${runtime}\n.*?^\`\`\`js ignore\n(.*?)^\`\`\`$`, "ms").exec(page) ?? [];
    await createS3Source({ ...world.setup.store, prefix: `shown in ${runtime}` }).upload("hello.txt", "hello");
    if (runtime === "Chromium") return await seeShown(code, world);
    const { url, stop } = await startShown(runtime, code, world);
    try {
      const { files } = await (await fetch(`${url}/-/files/source/media.json`)).json();
      assertEquals(files.map(({ path }: { path: string }) => path), ["hello.txt"]);
    } finally {
      await stop();
    }
  });

  // A page has no access to the other servers.
  for (const name of runtime === "Chromium" ? [] : CODED_FILES) {
    Deno.test(`${runtime} reads ${name}`, () => host.run(name));
  }

  for (const { name, cannot, check } of FEATURES) {
    const reason = cannot?.[runtime];
    const claim = reason === undefined ? "works" : `does not work (${reason})`;
    Deno.test(`${name} ${claim} in ${runtime}`, async () => {
      if (reason === undefined) await check(host, world);
      else await assertRejects(async () => await check(host, world), Error);
      await world.untilIdle();
    });
  }
}

/** The releases that `docs/runtimes.md` names as the oldest ones pass the same tests. */
async function testInOldest(release: string, host: Host, world: World): Promise<void> {
  Deno.test.afterAll(host.stop);
  const names = await host.tests();
  Deno.test(`${release}, the oldest supported release, runs the conformance suite`, async () => {
    assert(names.length > 200);
    for (const name of names) await host.run(name);
    for (const name of ["a broker's keys", "the default chain", "a configuration", "the S3 and the broker in memory"]) {
      await host.run(name);
    }
    // Deno 2.5 decodes whatever it gets, even a part, and shows no Content-Encoding.
    for (const name of CODED_FILES.slice(0, release.startsWith("Deno") ? -1 : undefined)) await host.run(name);
  });

  Deno.test(`${release}, the oldest supported release, runs the command`, async () => {
    // Deno 2.5 cannot compare a certificate with its key.
    await useCommands(packedCommand(host, world), world, { hasTls: !release.startsWith("Deno") });
  });
}

/** Starts the code of a page on a free port. */
async function startShown(runtime: Runtime, code: string, { setup, projectFolder }: World) {
  const script = `${projectFolder}/shown_${runtime}.js`;
  await Deno.writeTextFile(script, code.replace("port: 8001", "port: 0"));
  const { bucket, ...store } = setup.store;
  const env = {
    BUCKET: bucket,
    ENDPOINT_URL: store.endpointUrl,
    ACCESS_KEY_ID: store.accessKeyId,
    SECRET_ACCESS_KEY: store.secretAccessKey,
    FILES_SECRET: crypto.randomUUID(),
  };
  if (runtime !== "Workers" && runtime !== "Chromium") return await startScript(runtime, script, env);
  return await startWorker(await bundleForWorkers(script), env);
}

/** Opens a page with the code, which shows the names of the files. */
async function seeShown(code: string, { setup, projectFolder }: World): Promise<void> {
  const script = `${projectFolder}/shown_Chromium.js`;
  await Deno.writeTextFile(script, code);
  const keys = { ...setup.store, prefix: "shown in Chromium" };
  const bundled = { script: await bundleForPages(script), ready: "document.body.innerText" };
  const { page, stop } = await openPage(bundled, setup, ({ url }) => {
    return url.endsWith("/keys") ? Response.json(keys) : new Response(null, { status: 404 });
  });
  try {
    assertEquals(await page.evaluate("document.body.innerText.trim()"), "hello.txt");
  } finally {
    await stop();
  }
}

/** A test's name without the store and the runtime. */
function titleOf(name: string): string {
  return name.slice(0, name.lastIndexOf(" [SeaweedFS"));
}
