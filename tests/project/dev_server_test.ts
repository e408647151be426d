import { assert, assertEquals } from "@std/assert";
import { createS3Source, type S3Source } from "../../mod.ts";
import { endBound, spawnBound } from "../../tools/bound_process.ts";
import { findFreePorts } from "../../tools/free_ports.ts";
import { findOrInstallWeed } from "../../tools/weed_binary.ts";
import { orSkip } from "../support/or_skip.ts";

const ROOT = decodeURIComponent(new URL("../..", import.meta.url).pathname);

Deno.test("the dev server takes the packages of deno.json, in the same versions", async () => {
  const { imports } = JSON.parse(await Deno.readTextFile(`${ROOT}deno.json`));
  const own = JSON.parse(await Deno.readTextFile(`${ROOT}tools/dev/config.json`)).imports;
  const { "@std/yaml": yaml, ...packages } = own;
  assertEquals(yaml, "../std/yaml/mod.ts");
  for (const [name, version] of Object.entries(packages)) assertEquals(version, imports[name], name);
});

const weed = await orSkip("the dev server", findOrInstallWeed);

if (weed !== undefined) {
  Deno.test("the dev server ends soon after Ctrl-C, and keeps what was just uploaded and deleted", async () => {
    const folder = await Deno.makeTempDir({ prefix: "dev-" });
    try {
      let dev = await startDev(folder);
      const samples = ["Letter.pdf", "Read me first.txt", "Sunset.png", "Tables/Visitors.csv"];
      assertEquals(await pathsOf(dev.source), samples);
      const bytes = new Uint8Array(9_000_000).fill(7);
      await Promise.all([dev.source.delete("Letter.pdf"), dev.source.upload("kept/large.bin", bytes)]);
      await dev.source.upload("kept/last.txt", "confirmed just before");
      await dev.interrupt();

      dev = await startDev(folder);
      assertEquals(await pathsOf(dev.source), [...samples.slice(1), "kept/large.bin", "kept/last.txt"]);
      assertEquals(await dev.source.read("kept/large.bin"), bytes);
      assertEquals(new TextDecoder().decode(await dev.source.read("kept/last.txt")), "confirmed just before");
      await dev.interrupt();
    } finally {
      await Deno.remove(folder, { recursive: true });
    }
  });
}

interface Dev {
  /** The folder behind the broker. */
  readonly source: S3Source;
  /** Presses Ctrl-C, and checks how it ends. */
  interrupt(): Promise<void>;
}

/** Starts it, and checks what it has printed once the page is there. */
async function startDev(folder: string): Promise<Dev> {
  const [port = 0] = findFreePorts(1);
  const env = { PORT: `${port}`, DEV_DIR: folder, NO_COLOR: "1", DENO_NO_UPDATE_CHECK: "1" };
  const child = spawnBound([`${ROOT}dev-server.sh`], { env });
  const said = new Response(child.stderr).text();
  const output = child.stdout.pipeThrough(new TextDecoderStream()).getReader();
  const url = `http://127.0.0.1:${port}`;
  let printed = "";
  while (!printed.includes(url)) {
    const { value, done } = await output.read();
    if (done) throw new Error(`it ended: ${printed}${await said}`);
    printed += value;
  }
  assert(printed.endsWith(`\n\n${url}\n`), printed);
  const page = await (await fetch(url)).text();
  assert(page.includes("team-2"), page);
  const values = await Deno.readTextFile(`${folder}/dev.env`);
  const valueOf = (name: string) => new RegExp(`^${name}=(.*)$`, "m").exec(values)?.[1] ?? "";
  return {
    source: createS3Source({
      endpointUrl: valueOf("S3_ENDPOINT_URL"),
      credentialsUrl: valueOf("CREDENTIALS_URL"),
      credentialsUrlSecret: valueOf("CREDENTIALS_URL_SECRET"),
    }),
    async interrupt() {
      const pressedAt = Date.now();
      child.kill("SIGINT");
      const rest: string[] = [];
      for (let read = await output.read(); !read.done; read = await output.read()) rest.push(read.value);
      assertEquals((await child.status).code, 0);
      const tookMs = Date.now() - pressedAt;
      assert(tookMs < 10_000, `it took ${tookMs} ms`);
      assert(rest.join("").endsWith("}\nStopping…\n"), `after the broker's log: ${rest.join("")}`);
      assertEquals(await said, "");
      await endBound(child);
    },
  };
}

async function pathsOf(source: S3Source): Promise<string[]> {
  const paths: string[] = [];
  for await (const { path } of source.walk()) paths.push(path);
  return paths.toSorted();
}
