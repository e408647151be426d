import { assertEquals } from "@std/assert";
import type { S3Source } from "../../mod.ts";
import { bundleForWorkers, startWorker, type Worker } from "../../tools/worker.ts";
import { deadUrl, type Stage } from "./stage.ts";

/** Registers the tests of examples/worker/, in workerd, from a project where the packed package is installed. */
export async function testWorker({ openFolder }: Stage, projectFolder: string): Promise<void> {
  await Deno.copyFile(new URL("../../examples/worker/worker.ts", import.meta.url), `${projectFolder}/worker.ts`);
  const script = await bundleForWorkers(`${projectFolder}/worker.ts`);

  interface Scene {
    readonly source: S3Source;
    readonly worker: Worker;
    readonly env: Readonly<Record<string, string>>;
    /** The number of calls to the broker. */
    readonly asked: () => number;
  }
  function test(
    name: string,
    act: (scene: Scene) => Promise<void>,
    change: () => Record<string, string> = () => ({}),
  ) {
    Deno.test(`worker.ts ${name}`, async () => {
      const { env, source, asked } = await openFolder({ allow: ["read"] });
      await source.upload("notes/ä b+%.txt", "0123456789", { contentType: "text/plain" });
      const worker = await startWorker(script, { ...env, ...change() });
      try {
        await act({ source, worker, env, asked });
      } finally {
        await worker.stop();
      }
    });
  }
  const FILE = "/notes/%C3%A4%20b%2B%25.txt";

  test("serves a file, and asks the broker once for many requests", async ({ worker, asked }) => {
    const answers = await Promise.all(Array.from({ length: 20 }, () => fetch(worker.url + FILE)));
    for (const answer of answers) {
      const length = answer.headers.get("content-length");
      assertEquals([answer.status, length, await answer.text()], [200, "10", "0123456789"]);
    }
    const { headers } = await fetch(worker.url + FILE, { method: "HEAD" });
    assertEquals(
      ["content-type", "content-length", "accept-ranges", "cache-control"].map((name) => headers.get(name)),
      ["text/plain", "10", "bytes", "public, max-age=60"],
    );
    assertEquals(asked(), 1);
  });

  test("answers ranges, and nothing to who has the file", async ({ worker }) => {
    const ask = async (headers: HeadersInit) => {
      const answer = await fetch(worker.url + FILE, { headers });
      return [answer.status, answer.headers.get("content-range"), await answer.text()];
    };
    const etag = (await fetch(worker.url + FILE, { method: "HEAD" })).headers.get("etag") ?? "";
    assertEquals(await ask({ range: "bytes=2-4" }), [206, "bytes 2-4/10", "234"]);
    assertEquals(await ask({ range: "bytes=-3" }), [206, "bytes 7-9/10", "789"]);
    assertEquals(await ask({ range: "bytes=10-" }), [416, "bytes */10", ""]);
    assertEquals(await ask({ range: "bytes=2-4", "if-range": '"other"' }), [200, null, "0123456789"]);
    assertEquals(await ask({ "if-none-match": etag }), [304, null, ""]);
    assertEquals(await ask({ "if-none-match": '"other"' }), [200, null, "0123456789"]);
  });

  test("passes on a file that is larger than what it may keep", async ({ source, worker }) => {
    const bytes = crypto.getRandomValues(new Uint8Array(65_536));
    const large = new Uint8Array(40 * 1024 * 1024);
    for (let offset = 0; offset < large.length; offset += bytes.length) large.set(bytes, offset);
    await source.upload("large", large);
    const answer = await fetch(`${worker.url}/large`);
    const sha256 = async (content: Uint8Array<ArrayBuffer>) =>
      new Uint8Array(await crypto.subtle.digest("SHA-256", content)).toHex();
    assertEquals(await sha256(await answer.bytes()), await sha256(large));
  });

  test("answers 404 and 405 to what it has not", async ({ worker }) => {
    const statusOf = async (path: string, init?: RequestInit) => {
      const answer = await fetch(worker.url + path, init);
      await answer.body?.cancel();
      return answer.status;
    };
    for (const path of ["/none", "/notes", "/notes/a"]) assertEquals(await statusOf(path), 404, path);
    for (const path of ["/", "/..%2Fa", "/a%2F..%2F..%2Fb", "/%2Fetc", "/a%00b", "/%E0%A4%A"]) {
      assertEquals(await statusOf(path), 404, path);
    }
    assertEquals(await statusOf(FILE, { method: "DELETE" }), 405);
  });

  for (
    const [what, change] of Object.entries({
      "the store": () => ({ S3_ENDPOINT_URL: deadUrl() }),
      "the broker": () => ({ CREDENTIALS_URL: deadUrl() }),
      "a broker that knows another secret": () => ({ CREDENTIALS_URL_SECRET: "another" }),
    })
  ) {
    test(`answers 503 while ${what} does not help`, async ({ worker }) => {
      const answer = await fetch(worker.url + FILE);
      assertEquals([answer.status, answer.headers.get("retry-after")], [503, "5"]);
      assertEquals(await answer.text(), "The store is not available.\n");
    }, change);
  }
}
