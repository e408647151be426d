import { assertEquals, assertStringIncludes } from "@std/assert";
import { deno, run } from "./processes.ts";
import { deadUrl, type Stage } from "./stage.ts";

/** Registers the test of examples/mirror.ts as a process; mirror_test.ts has those of its parts. */
export function testMirror({ openFolder }: Stage): void {
  Deno.test("mirror.ts mirrors a folder to a source of a datasette.yaml, and its exit code shows success", async () => {
    const { env, source } = await openFolder();
    const place = await Deno.makeTempDir({ prefix: "mirror-" });
    await Deno.mkdir(`${place}/folder/b`, { recursive: true });
    await Deno.writeTextFile(`${place}/folder/b/ü+%.txt`, "content");
    const config = `plugins: {datasette-files: {sources: {media: {storage: s3, config: {
      credentials_url: {$env: CREDENTIALS_URL},
      credentials_url_secret: {$env: CREDENTIALS_URL_SECRET},
      endpoint_url: {$env: S3_ENDPOINT_URL}}}}}}`;
    await Deno.writeTextFile(`${place}/datasette.yaml`, config);
    const mirror = (folder: string, env: Record<string, string>) =>
      run({
        command: deno("mirror.ts", [folder, "to", "--config", `${place}/datasette.yaml`], ["--allow-all"]),
        env,
      });
    const [done, missing, dead] = [
      await mirror(`${place}/folder`, env),
      await mirror(`${place}/none`, env),
      await mirror(`${place}/folder`, { ...env, S3_ENDPOINT_URL: deadUrl() }),
    ];
    await Deno.remove(place, { recursive: true });
    assertEquals([done.code, missing.code, dead.code], [0, 2, 2]);
    assertStringIncludes(done.stdout, "result     0 differences");
    assertStringIncludes(missing.stderr, "No such file");
    assertStringIncludes(dead.stderr, "the connection failed");
    assertEquals(await source.readText("to/b/ü+%.txt"), "content");
  });
}
