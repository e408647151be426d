import { assert, assertEquals } from "@std/assert";
import { createStorage, restoreSnapshot, snapshot } from "unstorage";
import { createS3Source, type S3Source } from "../../mod.ts";
import { s3SourceDriver } from "../../src/adapters/unstorage.ts";
import { isSame, someBytes } from "../conformance/suite.ts";
import { type SeaweedFs, useSeaweedFs } from "../integration/seaweedfs.ts";
import { startBroker } from "../soak/broker.ts";
import { orSkip } from "../support/or_skip.ts";
import { findNitroTools, startNitroApp } from "./nitro_app.ts";
import { testStorage } from "./unstorage_suite.ts";

const seaweedFs = await useSeaweedFs({ sts: true, sessionSeconds: 10 });

if (seaweedFs !== undefined) await testSeaweedFs(seaweedFs);

/** Keys are replaced after 7.5 s and expire after 10 s. */
async function testSeaweedFs(seaweedFs: SeaweedFs): Promise<void> {
  const broker = await startBroker(seaweedFs, ["team"]);
  Deno.test.afterAll(() => broker.stop());
  const source = createS3Source({
    credentialsUrl: broker.credentialsUrl,
    credentialsUrlSecret: broker.secrets["team"] ?? "",
    endpointUrl: seaweedFs.config.endpointUrl,
  });
  const openFolder = (): S3Source => source.folder(crypto.randomUUID());

  testStorage("SeaweedFS", openFolder);

  Deno.test("s3SourceDriver() keeps large values on SeaweedFS", async () => {
    const storage = createStorage({ driver: s3SourceDriver(openFolder()) });
    const bytes = someBytes(40 * 1024 ** 2);
    await storage.setItemRaw("large.bin", bytes);
    assert(isSame(await storage.getItemRaw<Uint8Array>("large.bin") ?? new Uint8Array(), bytes));
    const stream = await storage.getItemRaw("large.bin", { type: "stream" });
    await storage.setItemRaw("copy.bin", stream);
    assert(isSame(await storage.getItemRaw<Uint8Array>("copy.bin") ?? new Uint8Array(), bytes));
    const text = "ü€𝄞".repeat(1_000_000);
    await storage.setItem("large.txt", text);
    assert(await storage.getItem("large.txt") === text);
  });

  Deno.test("s3SourceDriver() stores, returns and clears 500 items at once on SeaweedFS", async () => {
    const storage = createStorage({ driver: s3SourceDriver(openFolder()) });
    const values = Object.fromEntries(
      Array.from({ length: 500 }, (_, index) => [`i:${index % 7}:${index}`, { index }]),
    );
    await restoreSnapshot(storage, values);
    const copy: Record<string, unknown> = await snapshot(storage, "");
    assertEquals(copy, values);
    const items = await storage.getItems<object>(Object.keys(values));
    assertEquals(Object.fromEntries(items.map(({ key, value }) => [key, value])), values);
    await storage.clear();
    assertEquals(await storage.getKeys(), []);
  });

  const tools = await orSkip("the test with Nitro", findNitroTools);
  if (tools === undefined) return;

  Deno.test("a Nitro app in Node uses the documented driver module while keys are replaced on SeaweedFS", async () => {
    const secret = broker.secrets["team"] ?? "";
    await using app = await startNitroApp(tools, ROUTES, {
      CREDENTIALS_URL: broker.credentialsUrl,
      CREDENTIALS_URL_SECRET: secret,
      ENDPOINT_URL: seaweedFs.config.endpointUrl,
    });
    assert(app.built.includes("s3-source") && !app.built.includes(secret));
    const ask = async (method: string, path: string, body?: BodyInit) => {
      const response = await fetch(`${app.url}/${path}`, { method, ...body !== undefined && { body } });
      return { status: response.status, bytes: new Uint8Array(await response.arrayBuffer()) };
    };
    const text = async (path: string) => new TextDecoder().decode((await ask("GET", path)).bytes);

    const bytes = someBytes(9 * 1024 ** 2);
    assertEquals((await ask("PUT", "raw/nitro:a.bin", bytes)).status, 200);
    for (const query of ["", "?stream"]) assert(isSame((await ask("GET", `raw/nitro:a.bin${query}`)).bytes, bytes));
    assert(isSame(await source.read("nitro/a.bin"), bytes));
    assertEquals((await ask("GET", "raw/nitro:none")).status, 204);
    assertEquals((await ask("GET", "raw/..%3Aroot.txt")).status, 500);

    // Nitro writes to its cache after the response.
    const first = await text("cached");
    const cacheFiles = async () => (await source.list({ prefix: "nitro-cache/" })).files;
    while ((await cacheFiles()).length === 0) await new Promise((resolve) => setTimeout(resolve, 20));
    assertEquals(await text("cached"), first);
    const [{ path = "" } = {}] = await cacheFiles();
    const expiresAt = (await source.stat(path))?.metadata["unstorage-expires-at"] ?? "";
    assert(Math.abs(Date.parse(expiresAt) - Date.now() - 600_000) < 60_000);

    const made = broker.counts.made;
    for (let index = 0; broker.counts.made === made; index++) {
      const expected = { value: { index }, keys: ["nitro:counter"], found: true };
      assertEquals(JSON.parse(await text(`count?index=${index}`)), expected);
    }
    assertEquals(broker.counts.failed, 0);
  });
}

/** The routes of the Nitro app. */
const ROUTES = {
  "count.ts": `export default defineEventHandler(async (event) => {
    const storage = useStorage("files");
    await storage.setItem("nitro:counter", { index: Number(getQuery(event).index) });
    return {
      value: await storage.getItem("nitro:counter"),
      keys: (await storage.getKeys("nitro")).filter((key) => key !== "nitro:a.bin"),
      found: await storage.hasItem("nitro/counter"),
    };
  });`,
  "[...path].ts": `export default defineEventHandler(async (event) => {
    const storage = useStorage("files");
    const { pathname, search } = getRequestURL(event);
    const key = decodeURIComponent(pathname.slice("/raw/".length));
    if (event.method === "PUT") await storage.setItemRaw(key, await readRawBody(event, false));
    else return await storage.getItemRaw(key, { type: search.slice(1) });
    return "";
  });`,
  "cached.ts": `export default defineCachedEventHandler(() => ({ at: Math.random() }), {
    base: "files:nitro-cache", maxAge: 600, swr: false,
  });`,
};
