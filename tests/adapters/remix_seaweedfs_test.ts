import { createMemoryFileStorage } from "@remix-run/file-storage/memory";
import { assert, assertEquals, assertLess } from "@std/assert";
import { build, stop } from "esbuild";
import { createS3Source } from "../../mod.ts";
import { createFileStorage } from "../../src/adapters/remix.ts";
import { installPacked } from "../../tools/pack.ts";
import { versionOf } from "../../tools/pinned.ts";
import { useSeaweedFs } from "../integration/seaweedfs.ts";
import { startScript } from "../runtimes/hosts.ts";
import { orSkip } from "../support/or_skip.ts";
import { startBroker } from "../soak/broker.ts";
import { HOSTILE_KEYS, PROGRAMS } from "./remix_programs.ts";

const MIB = 1024 ** 2;
const SESSION_SECONDS = 10;

const seaweedFs = await useSeaweedFs({ sts: true, sessionSeconds: SESSION_SECONDS });

if (seaweedFs !== undefined) {
  // One broker, and for each test a tenant, whose keys expire after 10 s.
  const tenants = [...Object.keys(PROGRAMS).keys(), "large", "node"].map((name) => `tenant-${name}`);
  const broker = await startBroker(seaweedFs, tenants);
  Deno.test.afterAll(() => broker.stop());
  const configOf = (tenant: string) => ({
    credentialsUrl: broker.credentialsUrl,
    credentialsUrlSecret: broker.secrets[tenant] ?? "",
    endpointUrl: seaweedFs.config.endpointUrl,
  });

  for (const [index, [name, program]] of Object.entries(PROGRAMS).entries()) {
    Deno.test(`createFileStorage() on SeaweedFS does as Remix's memory: ${name}`, async () => {
      const storage = createFileStorage(createS3Source(configOf(`tenant-${index}`)));
      assertEquals(await program(storage), await program(createMemoryFileStorage()));
    });
  }

  Deno.test("createFileStorage() on SeaweedFS closes the connection of a stream that is cancelled", async () => {
    const storage = createFileStorage(createS3Source(configOf("tenant-large")));
    const file = await storage.put("cancelled", new File([new Uint8Array(20 * MIB)], "x"));
    const early = file.stream().getReader();
    const read = early.read();
    await new Promise((resolve) => setTimeout(resolve, 2));
    await early.cancel();
    assert((await read).done);
    const late = file.stream().getReader();
    assert(!(await late.read()).done);
    await late.cancel();
    // Deno fails a test that leaves a connection open.
    await storage.remove("cancelled");
    assert(!await storage.has("cancelled"));
  });

  Deno.test("createFileStorage() on SeaweedFS moves 200 MB while keys rotate, in bounded memory", async () => {
    const source = createS3Source(configOf("tenant-large"), {
      fetch: async (input, init) => {
        const response = await fetch(input, init);
        if (String(input) === broker.credentialsUrl) grants++;
        return response;
      },
    });
    let grants = 0;
    const storage = createFileStorage(source);
    const size = 200 * MIB;
    // Not of the process: other test files may run in it.
    const memory = () => {
      const { heapUsed, external } = Deno.memoryUsage();
      return heapUsed + external;
    };
    const before = memory();
    let peak = 0;
    const slowly = async (chunk: Uint8Array<ArrayBuffer>) => {
      peak = Math.max(peak, memory() - before);
      await new Promise((resolve) => setTimeout(resolve, 30));
      return chunk;
    };
    let sent = 0;
    const stream = () =>
      new ReadableStream<Uint8Array<ArrayBuffer>>({
        async pull(controller) {
          controller.enqueue(await slowly(new Uint8Array(MIB).fill(sent++)));
          if (sent === size / MIB) controller.close();
        },
      });
    const stored = await storage.put("large/ünï", { name: "l.bin", type: "", size, lastModified: 1, stream });
    let received = 0;
    let piece = 0;
    for await (const chunk of stored.stream()) {
      assertEquals(chunk[0], Math.floor(received / MIB) % 256);
      received += chunk.byteLength;
      piece += chunk.byteLength;
      if (piece < MIB) continue;
      await slowly(chunk);
      piece = 0;
    }
    assertEquals([received, stored.size], [size, size]);
    assertEquals(await stored.slice(-1).bytes(), new Uint8Array([199]));
    assert(grants >= 2, `${grants} grants`);
    assertLess(peak, 100 * MIB, `${peak} bytes`);
  });

  Deno.test("createFileStorage() on SeaweedFS stores forms in a server on Node, with the program of docs/adapters.md", async () => {
    const names = ["@remix-run/form-data-parser", "@remix-run/node-fetch-server", "@remix-run/response"];
    const packages = names.map((name) => `${name}@${versionOf(name)}`);
    const project = await orSkip("the storage of Remix on Node", () => installPacked({ packages }));
    if (project === undefined) return;
    const { made } = broker.counts;
    try {
      const outfile = `${project.folder}/server.js`;
      const contents = await readProgram() + SERVER;
      const stdin = { contents, loader: "ts" as const, resolveDir: project.folder };
      await build({ stdin, outfile, format: "esm", logLevel: "silent" }).finally(stop);
      const server = await startScript("Node", outfile, { SOURCE: JSON.stringify(configOf("tenant-node")) });
      try {
        const until = Date.now() + 1.2 * SESSION_SECONDS * 1000;
        // A URL cannot end in these.
        const keys = HOSTILE_KEYS.filter((key) => key !== "." && key !== "..");
        for (let round = 0; round === 0 || Date.now() < until; round++) {
          await Promise.all(keys.map((key) => postAndGet(server.url, key, round)));
        }
        const none = await fetch(`${server.url}/pictures/none`);
        assertEquals([none.status, await none.text()], [404, "There is no picture."]);
      } finally {
        await server.stop();
      }
    } finally {
      await project.remove();
    }
    assert(broker.counts.made >= made + 2, "the keys have not changed");
  });
}

async function postAndGet(url: string, key: string, round: number): Promise<void> {
  const address = `${url}/pictures/${encodeURIComponent(key)}`;
  const bytes = new Uint8Array(100_000).fill(round);
  const name = `${round} ünï 日本%.png`;
  const form = new FormData();
  form.append("title", "not a file");
  form.append("picture", new File([bytes], name, { type: "image/png" }));
  const posted = await fetch(address, { method: "POST", body: form });
  assertEquals([posted.status, await posted.text()], [200, JSON.stringify([name])], key);
  const got = await fetch(address);
  assertEquals([got.status, got.headers.get("content-type"), await got.bytes()], [200, "image/png", bytes], key);
  const part = await fetch(address, { headers: { range: "bytes=10-19" } });
  assertEquals([part.status, await part.bytes()], [206, bytes.slice(0, 10)], key);
  const etag = got.headers.get("etag") ?? "";
  const same = await fetch(address, { headers: { "if-none-match": etag } });
  assertEquals([same.status, (await same.bytes()).length], [304, 0], key);
}

async function readProgram(): Promise<string> {
  const guide = await Deno.readTextFile(new URL("../../docs/adapters.md", import.meta.url));
  return /^```ts\n([^`]*?createFileStorage.*?)^```/ms.exec(guide)?.[1] ?? "";
}

/** What the application has besides. */
const SERVER = `
import { createServer } from "node:http";
import { createS3Source } from "@files/s3-source";
import { createRequestListener } from "@remix-run/node-fetch-server";

const listener = createRequestListener(createPictures(createS3Source(JSON.parse(process.env.SOURCE))));
const server = createServer(listener).listen(0, "127.0.0.1", () => {
  console.log("http://127.0.0.1:" + server.address().port);
});
`;
