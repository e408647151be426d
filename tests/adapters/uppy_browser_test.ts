import { createHash } from "node:crypto";
import { assert, assertEquals } from "@std/assert";
import type { Browser, Page } from "puppeteer-core";
import { createS3Source, type S3Source, ServiceError } from "../../mod.ts";
import { allowOrigins, appOrigins } from "../../tools/cors.ts";
import { findFreePorts } from "../../tools/free_ports.ts";
import { isChromiumAvailable, openChromium } from "../browser/chromium.ts";
import { useSeaweedFs } from "../integration/seaweedfs.ts";
import { startBroker } from "../soak/broker.ts";
import { createCutRelay, type CutRelay } from "./cut_relay.ts";
import { readDocumentedUppy } from "./uppy_page.ts";

const SECRET = "eSMTdUTKxqYpg0PfVnlRJjQ8sdBb9A5w";

const seaweedFs = await isChromiumAvailable() ? await useSeaweedFs({ sts: true, sessionSeconds: 10 }) : undefined;

/** Real Uppy in a real browser, a store with CORS behind a network that breaks, and keys that expire after 10 s. */
interface Stage {
  readonly page: Page;
  readonly browser: Browser;
  readonly origin: string;
  readonly relay: CutRelay;
  readonly source: S3Source;
  /** Of the source. */
  readonly prefix: string;
  /** The secret keys that the source has got so far, and the session tokens. */
  readonly grants: { secretAccessKey: string; sessionToken: string }[];
  /** Everything that the route received and sent, except for signed URLs. */
  readonly route: string[];
  /** Method and first parameter of the route's requests. */
  readonly steps: string[];
  /** What the route's handler rejected with. */
  readonly failures: unknown[];
}

function test(name: string, { cutEveryBytes = Infinity }, act: (stage: Stage) => Promise<void>): void {
  if (seaweedFs === undefined) return;
  Deno.test(name, async () => {
    const { config, bucket } = seaweedFs;
    const tenant = crypto.randomUUID();
    const [port = 0] = findFreePorts(1);
    await allowOrigins(config, { bucket, origins: appOrigins(port).slice(0, 1) });
    const broker = await startBroker(seaweedFs, [tenant]);
    const relay = await createCutRelay(config.endpointUrl, { cutEveryBytes });
    const grants: Stage["grants"] = [];
    const source = createS3Source({
      credentialsUrl: broker.credentialsUrl,
      credentialsUrlSecret: broker.secrets[tenant] ?? "",
      endpointUrl: relay.endpointUrl,
    }, {
      fetch: async (input, init) => {
        const response = await fetch(input, init);
        if (String(input) === broker.credentialsUrl) {
          const { SecretAccessKey, SessionToken } = await response.clone().json();
          grants.push({ secretAccessKey: SecretAccessKey, sessionToken: SessionToken });
        }
        return response;
      },
    });
    const { createUploads, script } = await documented();
    const uploads = createUploads(source, {
      secret: SECRET,
      userOf: (request) => Promise.resolve(/\buser=(\w+)/.exec(request.headers.get("cookie") ?? "")?.[1]),
    });
    const route: string[] = [];
    const steps: string[] = [];
    const failures: unknown[] = [];
    const server = Deno.serve({ hostname: "127.0.0.1", port, onListen: () => {} }, async (request) => {
      const url = new URL(request.url);
      if (url.pathname === "/uppy.js") {
        return new Response(script, { headers: { "content-type": "text/javascript" } });
      }
      if (url.pathname !== "/uploads") {
        const html = '<!doctype html><input type="file" multiple><script type="module" src="/uppy.js"></script>';
        return new Response(html, { headers: { "content-type": "text/html", "set-cookie": "user=ann" } });
      }
      steps.push(`${request.method} ${[...url.searchParams.keys()][0] ?? "sign"}`);
      const { method, headers } = request;
      const sent = await request.text();
      const copy = new Request(url, { method, headers, ...method === "POST" && { body: sent } });
      // A framework's answer to a handler that rejects.
      const response = await uploads(copy).catch((
        error,
      ) => (failures.push(error), new Response(null, { status: 500 })));
      const text = await response.text();
      route.push(request.url, JSON.stringify([...headers]), sent, JSON.stringify([...response.headers]), text);
      return new Response(text === "" ? null : text, response);
    });
    const browser = await openChromium();
    try {
      const page = await browser.newPage();
      const origin = `http://127.0.0.1:${port}`;
      await act({ page, browser, origin, relay, source, prefix: tenant, grants, route, steps, failures });
      const all = [...route, ...relay.seen];
      const secrets = [config.secretAccessKey, broker.secrets[tenant] ?? "", SECRET];
      for (const secret of [...secrets, ...grants.map(({ secretAccessKey }) => secretAccessKey)]) {
        assert(secret.length > 8);
        assertEquals(all.filter((text) => text.includes(secret)), []);
      }
    } finally {
      await browser.close();
      await server.shutdown();
      await relay.close();
      await broker.stop();
    }
  });
}

let read: ReturnType<typeof readDocumentedUppy> | undefined;
const documented = () => read ??= readDocumentedUppy();

test("Uppy in Chromium stores files with the programs of docs/adapters.md", {}, async (stage) => {
  const { page, origin, source, route, grants } = stage;
  await withFiles({ "ünï 日本.txt": 1_000, "empty.bin": 0, "three.bin": 3_000_000 }, async (paths, hashes) => {
    await page.goto(origin);
    await choose(page, paths);
    const stored = await uploaded(page);
    assertEquals(
      stored.map(({ key }) => key.replace(/^ann\/[\w-]{36}\//, "")).toSorted(),
      Object.keys(hashes).toSorted(),
    );
    for (const { key } of stored) assertEquals(await hashOf(source, key), hashes[key.split("/")[2] ?? ""]);
    // The session token is part of the signed URLs, and nowhere else.
    const [{ sessionToken } = { sessionToken: "" }] = grants;
    const withoutUrls = route.map((text) => text.replace(/"url":"http[^"]*"/, ""));
    assertEquals(withoutUrls.filter((text) => text.includes(encodeURIComponent(sessionToken))), []);
    assertEquals(route.some((text) => text.includes(encodeURIComponent(sessionToken))), true);
  });
});

test("Uppy in Chromium stores 200 MB through a breaking network, a reload and new keys", {
  cutEveryBytes: 30_000_000,
}, async ({ page, origin, relay, source, grants, steps, failures }) => {
  await withFiles({ "large.bin": 200_000_000 }, async (paths, hashes) => {
    await page.goto(origin);
    await choose(page, paths);
    await page.evaluate("void uppy.upload()");
    await until(() => relay.sentBytes() > 50_000_000);
    relay.stopFor(3_000);
    await until(() => relay.sentBytes() > 110_000_000);
    await page.reload();
    // Golden Retriever keeps the state of large files, but not their bytes.
    await page.waitForFunction("uppy.getFiles()[0]?.isGhost");
    await choose(page, paths);
    await page.waitForFunction("uppy.getFiles()[0].isGhost === false");
    const stored = await uploaded(page, `(uppy.emit("restore-confirmed"), ${GO_ON})`);
    const [{ key } = { key: "" }] = stored;
    assertEquals(await hashOf(source, key), hashes["large.bin"]);
    assertEquals(await Array.fromAsync(source.walk(), ({ path }) => path), [key]);
  });
  // One upload, which goes on where it was: each cut costs no more than the part in transit.
  assertEquals(steps.filter((step) => step === "POST created").length, 1);
  assert(relay.sentBytes() < 260_000_000, String(relay.sentBytes()));
  assert(grants.length >= 2, String(grants.length));
  // While the store was down.
  assertEquals(failures.filter((error) => !(error instanceof ServiceError && error.code === "NetworkError")), []);
});

test(
  "a file that is removed in Uppy leaves nothing in the store",
  {},
  async ({ page, origin, source, steps, prefix }) => {
    await withFiles({ "large.bin": 120_000_000 }, async (paths) => {
      await page.goto(origin);
      await choose(page, paths);
      await page.evaluate("void uppy.upload()");
      await page.waitForFunction("events.includes(3)");
      await page.evaluate("uppy.cancelAll()");
      await until(() => steps.includes("DELETE abort"));
      await until(async () => (await seaweedFs?.listUploads(`${prefix}/`))?.length === 0);
      assertEquals(await Array.fromAsync(source.walk()), []);
    });
  },
);

test("a page of another origin can neither use the route nor send to the store", {}, async (stage) => {
  const { page, origin, steps, relay } = stage;
  const body = JSON.stringify({ method: "PUT", key: "a", name: "a", size: 1, type: "" });
  const sign = (type: string) =>
    `fetch("${origin}/uploads", {
    method: "POST", headers: { "content-type": "${type}" }, body: ${JSON.stringify(body)}, credentials: "include",
  }).then((response) => response.json(), String)`;
  await page.goto(origin);
  const { url, headers } = JSON.parse(JSON.stringify(await page.evaluate(sign("application/json"))));
  const put = `fetch(${JSON.stringify(url)}, { method: "PUT", headers: ${JSON.stringify(headers)}, body: "x" })
    .then(({ status }) => status, String)`;
  const foreign = Deno.serve(
    { hostname: "127.0.0.1", port: 0, onListen: () => {} },
    () => new Response("<!doctype html>", { headers: { "content-type": "text/html" } }),
  );
  try {
    // Of the same site, so that it sends the cookie.
    await page.goto(`http://127.0.0.1:${foreign.addr.port}`);
    steps.length = 0;
    for (const type of ["application/json", "text/plain"]) {
      assertEquals(await page.evaluate(sign(type)), "TypeError: Failed to fetch");
    }
    assertEquals(steps, ["OPTIONS sign", "POST sign"]);
    assertEquals(await page.evaluate(put), "TypeError: Failed to fetch");
    assertEquals(relay.seen.filter((head) => head.startsWith("PUT ")), []);
  } finally {
    await foreign.shutdown();
  }
  await page.goto(origin);
  assertEquals(await page.evaluate(put), 200);
});

test("SeaweedFS accepts a signed URL for nothing else than it was signed for", {}, async ({ page, origin, source }) => {
  await page.goto(origin);
  const sign = async (body: object) => {
    const response = await fetch(`${origin}/uploads`, {
      method: "POST",
      headers: { "content-type": "application/json", cookie: "user=ann" },
      body: JSON.stringify({ key: "1", ...body }),
    });
    return await response.json();
  };
  const step = async (url: string, method: string) => {
    const response = await fetch(new URL(url, `${origin}/uploads`), { method });
    return { status: response.status, text: await response.text() };
  };
  const send = async (url: string, method: string, size: number, headers = {}) => {
    const body = method === "PUT" ? new Uint8Array(size) : undefined;
    const response = await fetch(url, { method, headers, ...body && { body } });
    return (await response.text(), response.status);
  };
  const begin = async () => {
    const { url, key } = await sign({ method: "POST", name: "b.bin", size: 5 * 1024 ** 2 + 5, type: "" });
    return { key, uploadId: /<UploadId>(.*)<\/UploadId>/.exec((await step(url, "POST")).text)?.[1] };
  };
  const whole = await sign({ method: "PUT", name: "a.bin", size: 10, type: "" });
  const [mine, other] = [await begin(), await begin()];
  const part = await sign({ method: "PUT", uploadId: mine.uploadId, partNumber: 2 });
  const otherPart = await sign({ method: "PUT", uploadId: other.uploadId, partNumber: 2 });
  const changed = (url: string, name: string, value: string) => {
    const next = new URL(url);
    next.searchParams.set(name, value);
    return next.href;
  };
  const otherId = new URL(otherPart.url).searchParams.get("uploadId") ?? "";
  assertEquals({
    tooLarge: await send(whole.url, "PUT", 11, whole.headers),
    tooSmall: await send(whole.url, "PUT", 9, whole.headers),
    otherType: await send(whole.url, "PUT", 10, { "content-type": "text/html" }),
    otherPath: await send(whole.url.replace("a.bin", "b.bin"), "PUT", 10, whole.headers),
    read: await send(whole.url, "GET", 0),
    deleted: await send(whole.url, "DELETE", 0),
    largePart: await send(part.url, "PUT", 6),
    otherPart: await send(changed(part.url, "partNumber", "1"), "PUT", 5),
    otherUpload: await send(changed(part.url, "uploadId", otherId), "PUT", 5),
  }, {
    tooLarge: 403,
    tooSmall: 403,
    otherType: 403,
    otherPath: 403,
    read: 403,
    deleted: 403,
    largePart: 403,
    otherPart: 403,
    otherUpload: 403,
  });
  assertEquals(await Array.fromAsync(source.walk()), []);
  assertEquals([await send(whole.url, "PUT", 10, whole.headers), await send(part.url, "PUT", 5)], [200, 200]);
  const completion = await sign({ method: "POST", uploadId: mine.uploadId });
  assertEquals((await step(completion.url, "POST")).status, 409);
  assertEquals(await Array.fromAsync(source.walk(), ({ path }) => path), [whole.key]);
});

interface Stored {
  readonly key: string;
  readonly location: string;
}

async function choose(page: Page, paths: readonly string[]): Promise<void> {
  const field = await page.waitForSelector("input");
  await field?.uploadFile(...paths);
}

/** What is saved of an upload can be from between a failure and the next try: then a person presses "Retry". */
const GO_ON = `Object.keys(uppy.getState().currentUploads).length > 0 ||
  (uppy.getFiles()[0].error ? uppy.retryAll() : uppy.upload())`;

/** Presses "Upload", and "Retry" as often as necessary. */
async function uploaded(page: Page, start = "uppy.upload()"): Promise<Stored[]> {
  return await page.evaluate(`void ${start}; stored`) as Stored[];
}

async function until(isSo: () => boolean | Promise<boolean>): Promise<void> {
  for (const endMs = Date.now() + 60_000; !await isSo();) {
    assert(Date.now() < endMs, "it took longer than a minute");
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

/** Random files, and their SHA-256 by name. */
async function withFiles(
  sizes: Readonly<Record<string, number>>,
  act: (paths: string[], hashes: Readonly<Record<string, string>>) => Promise<void>,
): Promise<void> {
  const folder = await Deno.makeTempDir({ prefix: "uppy-" });
  try {
    const hashes: Record<string, string> = {};
    for (const [name, size] of Object.entries(sizes)) {
      const hash = createHash("sha256");
      const file = await Deno.create(`${folder}/${name}`);
      const writer = file.writable.getWriter();
      for (let offset = 0; offset < size; offset += 65_536) {
        const bytes = crypto.getRandomValues(new Uint8Array(Math.min(65_536, size - offset)));
        hash.update(bytes);
        await writer.write(bytes);
      }
      await writer.close();
      hashes[name] = hash.digest("hex");
    }
    await act(Object.keys(sizes).map((name) => `${folder}/${name}`), hashes);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

async function hashOf(source: S3Source, path: string): Promise<string> {
  const hash = createHash("sha256");
  for await (const chunk of (await source.stream(path)).body) hash.update(chunk);
  return hash.digest("hex");
}
