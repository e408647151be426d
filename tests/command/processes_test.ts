import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { createMemoryS3 } from "../../src/testing/mod.ts";
import { findFreePorts } from "../../tools/free_ports.ts";
import { findOrInstallNginx } from "../../tools/nginx.ts";
import { findOrInstallRedis } from "../../tools/redis.ts";
import { startNginx } from "../support/nginx.ts";
import { orSkip } from "../support/or_skip.ts";
import { startRedis } from "../support/redis.ts";
import { startServe } from "../support/serve_process.ts";

const programs = await orSkip("three processes behind nginx", async () => {
  return { redis: await findOrInstallRedis(), nginx: await findOrInstallNginx() };
});

const SECRET = "kD3vQ8xN1mZs7RbT0cYw4HfJ6gLpA2eU";
const FILES = "plugins.datasette-files";
const MAX_UPLOADS = 20;

/** Three processes of the command, with one store and one Redis, behind nginx, which asks them in turn. */
async function startThree({ nginx: nginxProgram, redis: redisProgram }: NonNullable<typeof programs>) {
  await using stack = new AsyncDisposableStack();
  const redis = stack.use(await startRedis(redisProgram));
  const server = Deno.serve({ hostname: "127.0.0.1", port: 0, onListen: () => {} }, (request) => store.fetch(request));
  stack.defer(() => server.shutdown());
  const store = createMemoryS3({ endpointUrl: `http://127.0.0.1:${server.addr.port}` });
  const { accessKeyId, secretAccessKey, bucket, endpointUrl } = store.config;
  const config = { bucket, endpointUrl, accessKeyId, secretAccessKey };
  const settings = {
    sources: { media: { storage: "s3", config } },
    secret: SECRET,
    state: redis.url,
    trusted_proxies: ["127.0.0.1"],
    limits: { max_uploads_per_person: MAX_UPLOADS },
  };
  const start = async () => stack.use(await startServe("--root", "-s", FILES, JSON.stringify(settings)));
  const processes = await Promise.all([start(), start(), start()]);
  const hosts = processes.map(({ origin }) => `server ${new URL(origin).host};`);
  const proxy =
    "proxy_pass http://app; proxy_set_header Host $http_host; proxy_set_header X-Forwarded-Proto $scheme; " +
    "proxy_set_header X-Forwarded-For $proxy_add_x_forwarded_for; add_header x-process $upstream_addr always;";
  const nginx = await startNginx(
    nginxProgram,
    1,
    () => [`location / { ${proxy} }`],
    { shared: `upstream app { ${hosts.join(" ")} }` },
  );
  stack.defer(() => nginx.stop());
  const [url = ""] = nginx.urls;
  const ended = stack.move();
  let cookie = "";
  const ask = async (path: string, init: RequestInit = {}) =>
    await fetch(`${url}${path}`, { redirect: "manual", ...init, headers: { cookie, ...init.headers } });
  return {
    ...{ redis, processes, ask },
    /** The text of a file in the store. */
    stored(path: string): string | undefined {
      const body = store.getObject(bucket ?? "", path)?.body;
      return typeof body === "string" || body === undefined ? body : new TextDecoder().decode(body);
    },
    async login() {
      const link = new URL(processes[0]?.link ?? "");
      const response = await ask(link.pathname + link.search);
      await response.body?.cancel();
      cookie = response.headers.get("set-cookie")?.split(";")[0] ?? "";
      return response.status;
    },
    post: (path: string, body: unknown) => ask(path, { method: "POST", body: JSON.stringify(body) }),
    [Symbol.asyncDispose]: () => ended.disposeAsync(),
  };
}

type Three = Awaited<ReturnType<typeof startThree>>;

const statusOf = async (response: Response) => {
  await response.body?.cancel();
  return response.status;
};

async function visibleSources({ ask }: Three): Promise<number> {
  return (await (await ask("/-/files/sources.json")).json()).sources.length;
}

const prepare = ({ post }: Three, filename: string) =>
  post("/-/files/upload/media/-/prepare", { filename, folder: "", on_collision: "keep_both", size: 8 });

/** Uploads a file in steps, each perhaps at another process; whether it was confirmed. */
async function upload(three: Three, filename: string, body: string): Promise<string | undefined> {
  try {
    const prepared = await prepare(three, filename);
    const { upload_url, upload_token } = await prepared.json();
    if (!prepared.ok || await statusOf(await three.ask(upload_url, { method: "PUT", body })) !== 200) return undefined;
    const completed = await three.post("/-/files/upload/media/-/complete", { upload_token });
    const { file } = await completed.json();
    return completed.status === 201 ? file.path : undefined;
  } catch {
    return undefined;
  }
}

Deno.test({
  name: "three processes behind nginx share logins, tokens and limits, and lose nothing with one of them or Redis",
  ignore: programs === undefined,
  async fn(t) {
    if (programs === undefined) return;
    await using three = await startThree(programs);
    const { ask, post, processes, redis } = three;
    assertEquals(await three.login(), 200);

    await t.step("a login counts at each of them", async () => {
      const seen = new Set<string | null>();
      for (let i = 0; i < 3; i++) {
        const response = await ask("/-/files/sources.json");
        assertEquals((await response.json()).sources.length, 1);
        seen.add(response.headers.get("x-process"));
      }
      assertEquals(seen.size, 3);
    });

    await t.step("a token stores one file once", async () => {
      const { upload_url, upload_token } = await (await prepare(three, "once.txt")).json();
      const bodies = Array.from({ length: 6 }, (_, index) => `content${index}`);
      const sent = await Promise.all(
        bodies.map(async (body) => statusOf(await ask(upload_url, { method: "PUT", body }))),
      );
      assertEquals(sent.toSorted(), [200, 409, 409, 409, 409, 409]);
      const complete = async () => statusOf(await post("/-/files/upload/media/-/complete", { upload_token }));
      assertEquals([await complete(), await complete(), await complete()], [201, 409, 409]);
      assertEquals(three.stored("once.txt"), bodies[sent.indexOf(200)]);
    });

    await t.step("a limit counts for all of them", async () => {
      const tokens: string[] = [];
      for (let i = 0; i < MAX_UPLOADS; i++) tokens.push((await (await prepare(three, `${i}.txt`)).json()).upload_token);
      const refused = await prepare(three, "more.txt");
      assertEquals([refused.status, refused.headers.has("retry-after")], [429, true]);
      assertStringIncludes((await refused.json()).errors[0], "Too many of your uploads are unfinished.");
      for (const upload_token of tokens) {
        assertEquals(await statusOf(await post("/-/files/upload/media/-/abort", { upload_token })), 200);
      }
      assertEquals(await upload(three, "more.txt", "contents"), "more.txt");
    });

    await t.step("without Redis, pages work, and what needs it says so", async () => {
      await redis.stop();
      await new Promise((resolve) => setTimeout(resolve, 200));
      for (let i = 0; i < 3; i++) assertEquals(await visibleSources(three), 1);
      const startedMs = performance.now();
      const refused = await prepare(three, "later.txt");
      assertEquals([refused.status, (await refused.json()).code], [503, "state"]);
      assert(performance.now() - startedMs < 1_900, "it does not wait for Redis");
      await redis.start();
      let path: string | undefined;
      for (let tries = 0; tries < 100 && path === undefined; tries++) {
        await new Promise((resolve) => setTimeout(resolve, 50));
        path = await upload(three, "later.txt", "contents");
      }
      assertEquals(three.stored(path ?? ""), "contents");
    });

    await t.step("one killed in the middle of 100 uploads loses none that were confirmed", async () => {
      const confirmed = new Map<string, string>();
      const wanted = Array.from({ length: 100 }, (_, index) => `${index}`.padStart(8, "0"));
      const work = wanted.values();
      let isKilled = false;
      await Promise.all(Array.from({ length: 8 }, async () => {
        for (const body of work) {
          for (let tries = 0; tries < 5 && !confirmed.has(body); tries++) {
            const path = await upload(three, `killed ${body}.txt`, body);
            if (path !== undefined) confirmed.set(body, path);
            if (confirmed.size < 30 || isKilled) continue;
            isKilled = true;
            processes[1]?.kill("SIGKILL");
          }
        }
      }));
      assertEquals(confirmed.size, 100);
      for (const [body, path] of confirmed) assertEquals(three.stored(path), body);
    });

    await t.step("a logout ends the login at all of them", async () => {
      assertEquals(await visibleSources(three), 1);
      assertEquals(await statusOf(await ask("/-/files/-/logout", { method: "POST" })), 200);
      for (let i = 0; i < 4; i++) assertEquals(await visibleSources(three), 0);
    });
  },
});

Deno.test("serve does not start without the state that it shares", async () => {
  const [port = 0] = findFreePorts(1);
  const settings = {
    sources: { media: { storage: "s3", config: { bucket: "media" } } },
    secret: SECRET,
    state: `redis://:a-secret-word@127.0.0.1:${port}`,
  };
  const { code, stderr } = await new Deno.Command(Deno.execPath(), {
    args: ["run", "--allow-all", "src/command/cli.ts", "serve", "--port", "0", "-s", FILES, JSON.stringify(settings)],
  }).output();
  assertEquals(code, 1);
  assertEquals(
    new TextDecoder().decode(stderr).trim().split("\n").at(-1),
    `Cannot reach the state at 127.0.0.1:${port}: connection refused`,
  );
});
