import { assertEquals, assertStringIncludes } from "@std/assert";
import { hostname } from "node:os";
import { findOrInstallBun } from "../../tools/bun.ts";
import { type Ended, run } from "./processes.ts";
import { deadUrl, type Stage } from "./stage.ts";

/** Registers the tests of examples/sync_logs.ts, in a project where the packed package is installed. */
export async function testSyncLogs({ openFolder, seaweedFs }: Stage, projectFolder: string): Promise<void> {
  const bun = await findOrInstallBun();
  await Deno.copyFile(new URL("../../examples/sync_logs.ts", import.meta.url), `${projectFolder}/sync_logs.ts`);
  const { bucket, endpointUrl, accessKeyId, secretAccessKey } = seaweedFs.config;

  async function open() {
    const { prefix, source } = await openFolder();
    const folder = await Deno.makeTempDir({ prefix: "logs-" });
    const env = {
      S3_BUCKET: bucket,
      S3_PREFIX: prefix,
      S3_ENDPOINT_URL: endpointUrl,
      AWS_ACCESS_KEY_ID: accessKeyId,
      AWS_SECRET_ACCESS_KEY: secretAccessKey,
    };
    return {
      folder,
      logs: source.folder(hostname()),
      sync: (more: Record<string, string> = {}, args = [folder]): Promise<Ended> =>
        run({ command: [bun, "run", "sync_logs.ts", ...args], cwd: projectFolder, env: { ...env, ...more } }),
      [Symbol.asyncDispose]: () => Deno.remove(folder, { recursive: true }),
    };
  }

  Deno.test("sync_logs.ts sends new and grown logs in Bun, and prints what is stored", async () => {
    await using scene = await open();
    const { folder, logs, sync } = scene;
    const large = "a line of the log\n".repeat(600_000);
    await Deno.mkdir(`${folder}/app`);
    await Deno.writeTextFile(`${folder}/app/ä b+%.log`, large);
    await Deno.writeTextFile(`${folder}/app/old.log.1.gz`, "zipped");
    await Deno.writeTextFile(`${folder}/a.log`, "one\n");
    await Deno.writeTextFile(`${folder}/notes.txt`, "no log");
    // Stores keep whole seconds: a log written in the second of its upload is sent again.
    for (const name of ["app/ä b+%.log", "app/old.log.1.gz"]) await Deno.utime(`${folder}/${name}`, 1e9, 1e9);
    const first = await sync();
    assertEquals([first.code, first.stderr.split("\n").sort()], [0, [
      "",
      "a.log: sent 4 bytes",
      "app/old.log.1.gz: sent 6 bytes",
      `app/ä b+%.log: sent ${large.length} bytes`,
    ]]);
    assertEquals(JSON.parse(first.stdout), {
      "./": { files: 1, bytes: 4 },
      "app/": { files: 2, bytes: large.length + 6 },
    });
    assertEquals(await logs.readText("app/ä b+%.log") === large, true);
    assertEquals((await logs.stat("app/old.log.1.gz"))?.contentType, "application/gzip");

    await Deno.writeTextFile(`${folder}/a.log`, "two\n", { append: true });
    const second = await sync();
    assertEquals([second.code, second.stderr], [0, "a.log: sent 8 bytes\n"]);
    assertEquals(await logs.readText("a.log"), "one\ntwo\n");
  });

  Deno.test("sync_logs.ts continues after a log whose name cannot be a path, and exits with 1", async () => {
    await using scene = await open();
    await Deno.writeTextFile(`${scene.folder}/a\nb.log`, "a");
    await Deno.writeTextFile(`${scene.folder}/b.log`, "b");
    const { code, stderr } = await scene.sync();
    assertEquals(code, 1);
    assertStringIncludes(stderr, 'Cannot use the path "a\\nb.log": it has a control character');
    assertStringIncludes(stderr, "b.log: sent 1 bytes\n");
  });

  Deno.test("sync_logs.ts prints a problem and exits with its code", async () => {
    await using scene = await open();
    await Deno.writeTextFile(`${scene.folder}/a.log`, "a");
    const outcomes = await Promise.all([
      scene.sync({ S3_ENDPOINT_URL: deadUrl() }),
      scene.sync({ AWS_SECRET_ACCESS_KEY: "a-wrong-one" }),
      scene.sync({ S3_BUCKET: "" }),
      scene.sync({}, ["none"]),
      scene.sync({}, []),
    ]);
    assertEquals(outcomes.map(({ code }) => code), [1, 1, 1, 1, 2]);
    const said = outcomes.map(({ stderr }) => stderr);
    const expected = ["the connection failed", "Cannot list", '"bucket"', "none", "Usage"];
    for (const [index, text] of expected.entries()) assertStringIncludes(said[index] ?? "", text);
    for (const text of said) assertEquals(/\n\s+at /.test(text) || text.includes(secretAccessKey), false, text);
  });
}
