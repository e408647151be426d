import { assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { createSecret } from "../../src/broker/mod.ts";
import { runProgram } from "../../tools/programs.ts";
import { createCertificate } from "../support/certificate.ts";
import { startCommand } from "../support/command_process.ts";
import type { Host } from "./hosts.ts";
import type { World } from "./world.ts";

/** The words that start the command of the packed package in a runtime. */
export function packedCommand({ command }: Host, { packageFolder }: World): readonly string[] {
  if (command === undefined) throw new Error("There are no commands");
  return [...command, `${packageFolder}/src/command/cli.js`];
}

/**
 * Uses every command, and fails if one does not do what it does in Deno.
 *
 * @param cli The words that start it.
 */
export async function useCommands(
  cli: readonly string[],
  world: World,
  { hasTls = true }: { readonly hasTls?: boolean } = {},
): Promise<void> {
  const folder = await Deno.makeTempDir({ prefix: "command-" });
  try {
    await createCertificate(folder, ["localhost"]);
    await useServe(cli, world);
    if (hasTls) await useServeWithTls(cli, folder, world);
    await stopForGoneClient(cli);
    await useBroker(cli, folder, world);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

/** The arguments of `serve` for a source. */
function serving(cli: readonly string[], config: object): string[] {
  const sources = { media: { storage: "s3", config } };
  const permissions = { "files-browse": true, "files-upload": true, "files-edit": true, "files-delete": true };
  return [
    ...cli,
    ...["serve", "--port", "0", "-s", "plugins.datasette-files.sources", JSON.stringify(sources)],
    ...["-s", "permissions", JSON.stringify(permissions)],
  ];
}

/** Uses `serve` without TLS. */
export async function useServe(cli: readonly string[], { setup }: World): Promise<void> {
  await using server = await startCommand(serving(cli, { ...setup.store, prefix: crypto.randomUUID() }));
  await transfer(server.origin);
  const statuses = await Promise.all(Object.keys(RAW).map((head) => statusOf(server.origin, head)));
  assertEquals(Object.fromEntries(Object.keys(RAW).map((head, index) => [head, statuses[index]])), RAW);
  server.kill("SIGHUP");
  assertStringIncludes(await server.wrote(/SIGHUP/), "the configuration is read only at the start");
  server.kill("SIGTERM");
  assertEquals(await server.code, 0);
}

/** Requests that no `fetch` sends, each with its status. */
const RAW = {
  "GET /-/files/sources.json HTTP/1.1\r\nHost: localhost": 200,
  "GET /-/files/%2E%2E/files/sources.json HTTP/1.1\r\nHost: localhost": 200,
  "GET /-/files%2Fsources.json HTTP/1.1\r\nHost: localhost": 404,
  "GET //evil.test/-/files/sources.json HTTP/1.1\r\nHost: localhost": 404,
  "GET /-/files/sources.json HTTP/1.1\r\nHost: evil.test": 421,
  "GET /-/files/sources.json HTTP/1.1\r\nHost: localhost, evil": 400,
  "GET /-/files/sources.json HTTP/1.1\r\nHost: a@localhost": 400,
  "GET /-/files/sources.json HTTP/1.1\r\nHost: localhost:99999": 400,
  "GET http://[::1 HTTP/1.1\r\nHost: localhost": 400,
  "TRACE /-/files/sources.json HTTP/1.1\r\nHost: localhost": 405,
};

async function statusOf(origin: string, head: string): Promise<number> {
  using connection = await Deno.connect({ hostname: "127.0.0.1", port: Number(new URL(origin).port) });
  await connection.write(new TextEncoder().encode(`${head}\r\n\r\n`));
  const buffer = new Uint8Array(4_000);
  const length = await connection.read(buffer) ?? 0;
  return Number(new TextDecoder().decode(buffer.subarray(0, length)).split(" ")[1]);
}

/** Uploads a stream, and downloads it whole, in part and without a body. */
async function transfer(origin: string, client: object = {}): Promise<void> {
  const bytes = crypto.getRandomValues(new Uint8Array(60_000));
  const body = ReadableStream.from(Array.from({ length: 50 }, () => bytes));
  const path = encodeURIComponent("a b/ü%2F..bin");
  const uploaded = await fetch(`${origin}/-/files/source/media/-/content?path=${path}`, {
    method: "PUT",
    body,
    ...client,
  });
  const { file } = await uploaded.json();
  assertEquals([uploaded.status, file?.path, file?.size], [201, "a b/ü%2F..bin", 3_000_000]);
  const url = `${origin}/-/files/${file.id}/content`;
  const whole = await fetch(url, client);
  assertEquals((await whole.bytes()).subarray(-bytes.length), bytes);
  const part = await fetch(url, { headers: { range: "bytes=59999-60001" }, ...client });
  assertEquals([part.status, Array.from(await part.bytes())], [206, [bytes.at(-1), bytes[0], bytes[1]]]);
  const head = await fetch(url, { method: "HEAD", ...client });
  assertEquals([head.status, head.headers.get("content-length"), await head.text()], [200, "3000000", ""]);
  const tooMuch = await fetch(`${origin}/-/files/source/none/-/content?path=a`, {
    method: "PUT",
    body: new Uint8Array(3_000_000),
    ...client,
  });
  assertEquals([tooMuch.status, (await tooMuch.json()).ok], [404, false]);
  await uploadInSteps(origin, client);
  const deleted = await fetch(`${origin}/-/files/source/media/-/delete`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ paths: ["a b/"] }),
    ...client,
  });
  assertEquals([deleted.status, (await deleted.json()).deleted], [200, ["a b/"]]);
}

/** Prepares an upload as pages do, sends its content through the app, and completes it. */
async function uploadInSteps(origin: string, client: object): Promise<void> {
  const post = async (step: string, body: object) => {
    const response = await fetch(`${origin}/-/files/upload/media/-/${step}`, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify(body),
      ...client,
    });
    return { status: response.status, ...await response.json() };
  };
  const { upload_token, upload_url, upload_method: method, ...prepared } = await post("prepare", {
    filename: "steps.txt",
    folder: "a b/",
    size: 5,
  });
  assertEquals([prepared.status, method], [200, "PUT"]);
  const sent = await fetch(new URL(upload_url, origin), { method, body: "hello", ...client });
  assertEquals([sent.status, await sent.json()], [200, { ok: true }]);
  const { status, file } = await post("complete", { upload_token });
  assertEquals([status, file?.path, file?.size], [201, "a b/steps.txt", 5]);
}

/** A renewed certificate is for new connections. */
async function useServeWithTls(cli: readonly string[], folder: string, { setup }: World): Promise<void> {
  const [certPath, keyPath] = [`${folder}/cert.pem`, `${folder}/key.pem`];
  const tls = ["--host", "localhost", "--tls-cert", certPath, "--tls-key", keyPath];
  const store = { ...setup.store, prefix: crypto.randomUUID() };
  await using server = await startCommand([...serving(cli, store), ...tls]);
  const former = Deno.createHttpClient({ caCerts: [await Deno.readTextFile(certPath)], poolMaxIdlePerHost: 0 });
  await transfer(server.origin, { client: former });
  await createCertificate(folder, ["localhost"]);
  server.kill("SIGHUP");
  await server.wrote(/cert\.pem was taken up/);
  using renewed = Deno.createHttpClient({ caCerts: [await Deno.readTextFile(certPath)] });
  const answer = await fetch(`${server.origin}/-/files/sources.json`, { ...{ client: renewed } });
  assertEquals((await answer.json()).sources.length, 1);
  former.close();
  server.kill("SIGTERM");
  assertEquals(await server.code, 0);
}

/** A request to the store is aborted when the client of the app goes away. */
async function stopForGoneClient(cli: readonly string[]): Promise<void> {
  const { promise: asked, resolve: onAsked } = Promise.withResolvers<void>();
  const { promise: aborted, resolve: onAborted } = Promise.withResolvers<Response>();
  await using store = Deno.serve({ hostname: "127.0.0.1", port: 0, onListen() {} }, ({ url, signal }) => {
    // What the app asks in the background is for everybody.
    if (!url.includes("delimiter")) return new Response(null, { status: 500 });
    signal.addEventListener("abort", () => onAborted(new Response()));
    onAsked();
    return aborted;
  });
  const endpointUrl = `http://127.0.0.1:${store.addr.port}`;
  const config = { bucket: "media", endpointUrl, accessKeyId: "a", secretAccessKey: "b" };
  await using server = await startCommand(serving(cli, config));
  const connection = await Deno.connect({ hostname: "127.0.0.1", port: Number(new URL(server.origin).port) });
  const request = "GET /-/files/source/media.json HTTP/1.1\r\nHost: localhost\r\n\r\n";
  await connection.write(new TextEncoder().encode(request));
  await asked;
  connection.close();
  await aborted;
}

/** Keys by `credentials`, from its cache the second time; a new configuration; an issuer with its own authority. */
async function useBroker(cli: readonly string[], folder: string, { setup }: World): Promise<void> {
  const { bucket, endpointUrl, accessKeyId, secretAccessKey } = setup.store;
  const keys = { access_key_id: accessKeyId, secret_access_key: secretAccessKey, can_list_uploads: true };
  const sts = { endpoint_url: endpointUrl, role_arn: setup.roleArn, ...keys };
  const [first, second] = [await createSecret(), await createSecret()];
  const [cert, key] = await Promise.all(["cert", "key"].map((name) => Deno.readTextFile(`${folder}/${name}.pem`)));
  await using issuer = Deno.serve(
    { hostname: "localhost", port: 0, onListen() {}, cert: cert ?? "", key: key ?? "" },
    () => Response.json({ keys: [] }),
  );
  const url = `https://localhost:${issuer.addr.port}`;
  const issuers = { own: { url, audiences: ["a"], jwks_url: `${url}/keys`, ca_file: `${folder}/cert.pem` } };
  const write = (secret_sha256: string) => {
    const tenants = { team: { bucket, prefix: "command", allow: ["read"], secret_sha256 } };
    const broker = { sts, issuers, tenants, audit: `${folder}/audit.jsonl` };
    return Deno.writeTextFile(`${folder}/broker.yaml`, JSON.stringify({ broker }));
  };
  await write(first.sha256);
  await Deno.writeTextFile(`${folder}/secret`, first.secret);
  const { output } = await runProgram([...cli, "broker", `${folder}/broker.yaml`, "--check", "--json"]);
  assertEquals(JSON.parse(output).issuers, [{ issuer: "own", url, ok: true, reason: "" }]);
  await using broker = await startCommand([...cli, "broker", `${folder}/broker.yaml`, "--port", "0"]);
  const address = `${broker.origin}/credentials`;
  const ask = () => {
    const command = [...cli, "credentials", address, "--secret-file", `${folder}/secret`, "--cache"];
    return runProgram(command, { env: { XDG_CACHE_HOME: folder } });
  };
  const printed = await ask();
  assertEquals(JSON.parse(printed.output).Version, 1);
  assertEquals(await ask(), printed);
  const statusWith = async (secret: string) => {
    const response = await fetch(address, { method: "POST", body: new URLSearchParams({ secret }) });
    await response.body?.cancel();
    return response.status;
  };
  await write(second.sha256);
  broker.kill("SIGHUP");
  await broker.wrote(/broker\.yaml was taken up/);
  assertEquals([await statusWith(first.secret), await statusWith(second.secret)], [403, 200]);
  broker.kill("SIGTERM");
  assertEquals(await broker.code, 0);
  const audit = (await Deno.readTextFile(`${folder}/audit.jsonl`)).trim().split("\n").map((line) => JSON.parse(line));
  assertEquals(audit.map(({ type, address }) => `${type} ${address}`), [
    "granted 127.0.0.1",
    "refused 127.0.0.1",
    "granted 127.0.0.1",
  ]);
  const refused = await runProgram([...cli, "credentials", address, "--secret-file", `${folder}/none`]);
  assertMatch(refused.output, /^Cannot read the secret in ".*\/none": there is no such file\n$/);
}
