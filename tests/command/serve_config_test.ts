import { assertEquals } from "@std/assert";
import { createMemoryS3 } from "../../src/testing/mod.ts";

const SECRET = "kD3vQ8xN1mZs7RbT0cYw4HfJ6gLpA2eU";
const SOURCES = "plugins.datasette-files.sources";

interface Serve extends AsyncDisposable {
  readonly origin: string;
  /** The link that logs in; empty without `--root`. */
  readonly link: string;
}

/** The command `serve` in a process, from the moment on that it listens. */
async function startServe(...args: string[]): Promise<Serve> {
  const command = new Deno.Command(Deno.execPath(), {
    args: ["run", "--allow-all", "src/command/cli.ts", "serve", "--port", "0", ...args],
    stdout: "piped",
    stderr: "null",
  });
  const server = command.spawn();
  const reader = server.stdout.pipeThrough(new TextDecoderStream()).getReader();
  const isComplete = (text: string) =>
    args.includes("--root") ? text.includes("docs/security.md") : text.includes("\n");
  let printed = "";
  while (!isComplete(printed)) {
    const { value, done } = await reader.read();
    if (done) throw new Error(`serve ended: ${printed}`);
    printed += value;
  }
  return {
    origin: new URL(/http:\S+/.exec(printed)?.[0] ?? "").origin,
    link: /Log in once with (\S+)/.exec(printed)?.[1] ?? "",
    async [Symbol.asyncDispose]() {
      server.kill("SIGTERM");
      await reader.cancel();
      await server.status;
    },
  };
}

async function visibleSources(origin: string, cookie = ""): Promise<string[]> {
  const response = await fetch(`${origin}/-/files/sources.json`, { headers: { cookie } });
  return (await response.json()).sources.map(({ slug, name }: Record<string, string>) => slug ?? name);
}

Deno.test("serve takes permissions, limits and the host from its arguments", async () => {
  await using s3 = Deno.serve(
    { hostname: "127.0.0.1", port: 0, onListen: () => {} },
    (request) => store.fetch(request),
  );
  const store = createMemoryS3({ endpointUrl: `http://127.0.0.1:${s3.addr.port}` });
  const { accessKeyId, secretAccessKey, bucket, endpointUrl } = store.config;
  const config = { bucket, endpointUrl, accessKeyId, secretAccessKey };
  await using server = await startServe(
    ...["-s", SOURCES, JSON.stringify({ media: { storage: "s3", config } })],
    ...["-s", "permissions", '{"files-browse": true, "files-upload": true}'],
    ...["--host", "[::1]", "--max-upload-bytes", "10"],
  );
  const put = async (path: string, body: string) => {
    const url = `${server.origin}/-/files/source/media/-/content?path=${path}`;
    const response = await fetch(url, {
      method: "PUT",
      headers: { origin: server.origin, "if-none-match": "*" },
      body,
    });
    await response.body?.cancel();
    return response.status;
  };
  assertEquals(new URL(server.origin).hostname, "[::1]");
  assertEquals([await put("a", "0123456789"), await put("b", "0123456789a")], [201, 413]);
  assertEquals(await visibleSources(server.origin), ["media"]);
});

Deno.test("a login to serve survives a restart with the same secret and sources, but not with another folder", async () => {
  const bucket = (name: string, prefix: string) => [
    ...["-s", `${SOURCES}.${name}.storage`, "s3"],
    ...["-s", `${SOURCES}.${name}.config.bucket`, "media"],
    ...["-s", `${SOURCES}.${name}.config.prefix`, prefix],
  ];
  const args = ["--root", "-s", "plugins.datasette-files.secret", SECRET];
  const login = async () => {
    await using server = await startServe(...args, ...bucket("a", "one"), ...bucket("b", "two"));
    const response = await fetch(server.link);
    await response.body?.cancel();
    return response.headers.get("set-cookie")?.split(";")[0] ?? "";
  };
  const cookie = await login();
  const sources = async (...buckets: string[]) => {
    await using server = await startServe(...args, ...buckets);
    return [await visibleSources(server.origin, cookie), await visibleSources(server.origin)];
  };
  assertEquals(await sources(...bucket("b", "two"), ...bucket("a", "one")), [["b", "a"], []]);
  assertEquals(await sources(...bucket("a", "one"), ...bucket("b", "three")), [[], []]);
});
