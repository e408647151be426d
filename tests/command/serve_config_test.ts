import { existsSync } from "node:fs";
import { assertEquals, assertStringIncludes } from "@std/assert";
import { createMemoryS3 } from "../../src/testing/mod.ts";
import { startServe } from "../support/serve_process.ts";

const SECRET = "kD3vQ8xN1mZs7RbT0cYw4HfJ6gLpA2eU";
const SOURCES = "plugins.datasette-files.sources";

async function visibleSources(origin: string, cookie = ""): Promise<string[]> {
  const response = await fetch(`${origin}/-/files/sources.json`, { headers: { cookie } });
  return (await response.json()).sources.map(({ slug, name }: Record<string, string>) => slug ?? name);
}

/** An S3 in memory at a real address, and the configuration of a source there. */
function startMemoryS3() {
  const server = Deno.serve(
    { hostname: "127.0.0.1", port: 0, onListen: () => {} },
    (request) => store.fetch(request),
  );
  const store = createMemoryS3({ endpointUrl: `http://127.0.0.1:${server.addr.port}` });
  const { accessKeyId, secretAccessKey, bucket, endpointUrl } = store.config;
  return {
    config: { bucket, endpointUrl, accessKeyId, secretAccessKey },
    [Symbol.asyncDispose]: () => server.shutdown(),
  };
}

Deno.test("serve takes permissions, limits and the host from its arguments", async () => {
  await using s3 = startMemoryS3();
  const { config } = s3;
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

Deno.test("an upload to serve goes on after a restart with the same secret and folder, but not in another folder", async () => {
  await using s3 = startMemoryS3();
  const { config } = s3;
  const post = async (prefix: string, action: string, body: object) => {
    await using server = await startServe(
      ...["-s", SOURCES, JSON.stringify({ media: { storage: "s3", config: { ...config, prefix } } })],
      ...["-s", "permissions", '{"files-upload": true}', "-s", "plugins.datasette-files.secret", SECRET],
    );
    const response = await fetch(`${server.origin}/-/files/upload/media/-/${action}`, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify(body),
    });
    return { status: response.status, ...await response.json() };
  };
  const { upload_token } = await post("one", "prepare", { filename: "a.txt", content_type: "text/plain", size: 5 });
  assertEquals((await post("two", "abort", { upload_token })).status, 400);
  assertEquals((await post("one", "abort", { upload_token })).status, 200);
});

Deno.test("serve needs no login on the loopback interface, whose IPv6 address may be without brackets", async () => {
  await using server = await startServe(
    ...["-s", `${SOURCES}.a.storage`, "s3", "-s", `${SOURCES}.a.config.bucket`, "media", "--host", "::1"],
  );
  assertEquals([new URL(server.origin).hostname, await visibleSources(server.origin)], ["[::1]", []]);
});

Deno.test("serve writes an audit, whose file it opens again after SIGHUP, and answers health checks", async () => {
  await using s3 = startMemoryS3();
  const folder = await Deno.makeTempDir();
  const path = `${folder}/audit.jsonl`;
  const settings = {
    sources: { media: { storage: "s3", config: s3.config } },
    secret: SECRET,
    audit: path,
    metrics_from: ["127.0.0.1"],
  };
  const entries = (file: string) => {
    const lines = Deno.readTextFileSync(file).split("\n").filter((line) => line !== "");
    return lines.map((line) => JSON.parse(line)).map((
      { type, actor, login, action, path, address },
    ) => [type, actor?.id, login, action, path, address]);
  };
  try {
    await using server = await startServe("--root", "-s", "plugins.datasette-files", JSON.stringify(settings));
    const login = await fetch(server.link);
    await login.body?.cancel();
    const cookie = login.headers.get("set-cookie")?.split(";")[0] ?? "";
    const put = async (file: string) => {
      const url = `${server.origin}/-/files/source/media/-/content?path=${file}`;
      await (await fetch(url, { method: "PUT", body: "1", headers: { cookie } })).body?.cancel();
    };
    await put("a.txt");
    Deno.renameSync(path, `${path}.1`);
    server.kill("SIGHUP");
    for (let tries = 0; tries < 200 && !existsSync(path); tries++) await new Promise((done) => setTimeout(done, 20));
    await put("b.txt");
    assertEquals(entries(`${path}.1`), [
      ["done", "root", "root", "login", undefined, "127.0.0.1"],
      ["done", "root", "root", "upload", "a.txt", "127.0.0.1"],
    ]);
    assertEquals(entries(path), [["done", "root", "root", "upload", "b.txt", "127.0.0.1"]]);
    const written = Deno.readTextFileSync(path) + Deno.readTextFileSync(`${path}.1`);
    const token = new URL(server.link).searchParams.get("token") ?? "";
    for (const secret of [SECRET, token, cookie.split("=")[1] ?? ""]) assertEquals(written.includes(secret), false);
    const answers = await Promise.all(
      ["healthz", "readyz", "metrics"].map((name) => fetch(`${server.origin}/-/${name}`)),
    );
    const [, , metrics] = await Promise.all(answers.map((response) => response.text()));
    assertEquals(answers.map(({ status }) => status), [200, 200, 200]);
    assertStringIncludes(
      metrics ?? "",
      '\ns3source_app_actions_total{action="upload",source="media",result="done"} 2\n',
    );
    assertStringIncludes(metrics ?? "", '\ns3source_app_logins_total{method="root",result="done"} 1\n');
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});
