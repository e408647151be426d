import { assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { stub } from "@std/testing/mock";
import denoJson from "../../deno.json" with { type: "json" };
import { main, VERSION } from "../../src/command/cli.ts";
import { createMemoryS3 } from "../../src/testing/mod.ts";

/** How a server answers under a host name, which `fetch` does not let one choose. */
async function statusUnder(host: string, origin: string): Promise<string | undefined> {
  using connection = await Deno.connect({ hostname: "127.0.0.1", port: Number(new URL(origin).port) });
  const request = `GET /-/files/sources.json HTTP/1.1\r\nHost: ${host}\r\nConnection: close\r\n\r\n`;
  await connection.write(new TextEncoder().encode(request));
  const buffer = new Uint8Array(1_000);
  const length = await connection.read(buffer) ?? 0;
  return new TextDecoder().decode(buffer.subarray(0, length)).split(" ")[1];
}

/** Settings for one source. */
const SOURCE = [
  ...["-s", "plugins.datasette-files.sources.a.storage", "s3"],
  ...["-s", "plugins.datasette-files.sources.a.config.bucket", "media"],
];

/** Runs a command line that ends by itself. */
async function run(...args: string[]): Promise<{ code: number; printed: string }> {
  const lines: string[] = [];
  const print = (...words: unknown[]) => void lines.push(words.join(" "));
  using _log = stub(console, "log", print);
  using _error = stub(console, "error", print);
  return { code: await main(args), printed: lines.join("\n") };
}

Deno.test("VERSION is the one of deno.json", () => {
  assertEquals(VERSION, denoJson.version);
});

Deno.test("main() prints the usage", async () => {
  const { code, printed } = await run("--help");
  assertEquals(code, 0);
  assertStringIncludes(printed, "Exit codes: 0 for success, 1 if something does not work, 2 if the command line");
});

for (const command of ["serve", "broker", "credentials", "diagnose", "secret"]) {
  Deno.test(`main() prints the options and an example of ${command}`, async () => {
    const { code, printed } = await run(command, "--help");
    assertEquals([code, printed.startsWith(`Usage: ${command}`)], [0, true]);
    assertMatch(printed, new RegExp(`\nExample.*jsr:@files/s3-source/cli ${command}`, "s"));
    assertEquals(printed.split("\n").filter((line) => line.length > 92 && !line.includes("credential_process")), []);
  });
}

Deno.test("main() suggests an option with a similar name, and ends with 2", async () => {
  const printed = 'Unexpected argument "--prot"; did you mean "--port"? See --help.';
  assertEquals(await run("broker", "--prot", "1"), { code: 2, printed });
});

Deno.test("main() prints the version", async () => {
  assertEquals(await run("--version"), { code: 0, printed: `s3-source ${VERSION}` });
});

Deno.test("main() ends with 2 when the command line cannot be understood", async () => {
  assertEquals(await run("serve", "--verbose"), { code: 2, printed: 'Unexpected argument "--verbose". See --help.' });
});

Deno.test("main() ends with 1 when the file is not there", async () => {
  assertEquals(await run("serve", "missing.yaml"), {
    code: 1,
    printed: 'Cannot read "missing.yaml": there is no such file',
  });
});

for (const [code, ...args] of [[1, "serve", "a\u001b[2J.yaml"], [2, "serve", "--a\u001b[2J"]] as const) {
  Deno.test(`main() escapes control characters in its message, and ends with ${code}`, async () => {
    const outcome = await run(...args);
    assertEquals(outcome.code, code);
    assertStringIncludes(outcome.printed, "a\\u001b[2J");
  });
}

Deno.test("main() ends with 1 when the configuration cannot be used", async () => {
  const { code, printed } = await run("serve", "-s", "plugins.datasette-files.sources.a.storage", "filesystem");
  assertEquals(code, 1);
  const place = "plugins.datasette-files.sources.a.storage";
  assertEquals(printed, `Cannot use "${place}": it is "filesystem", and only "s3" is supported`);
});

Deno.test("main() prints a secret and its hash", async () => {
  const { code, printed } = await run("secret");
  const [, secret = "", hash] = /^secret: ([\w-]{43})\nsecret_sha256: ([0-9a-f]{64})$/.exec(printed) ?? [];
  const digest = new Uint8Array(await crypto.subtle.digest("SHA-256", new TextEncoder().encode(secret)));
  assertEquals([code, hash], [0, Array.from(digest, (byte) => byte.toString(16).padStart(2, "0")).join("")]);
});

Deno.test("main() ends with 1 when the broker cannot be used, and prints a line for each mistake", async () => {
  assertEquals(await run("broker", "-s", "broker.sts.region", "!", "-s", "broker.tenants", "{}"), {
    code: 1,
    printed: 'Cannot use "broker.sts.region": "!" is not the name of a region\n' +
      'Cannot use "broker.tenants": it has no tenant',
  });
});

Deno.test("main() lets a broker listen beyond this machine, with a warning", async () => {
  using listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const { port } = listener.addr;
  const sts = ["-s", "broker.sts.endpoint_url", "http://127.0.0.1:1"];
  const tenant = { secret_sha256: "a".repeat(64), bucket: "media", prefix: "team", allow: ["read"] };
  const tenants = ["-s", "broker.tenants.team", JSON.stringify(tenant)];
  // Not a loopback name, but an address of the loopback interface that is taken, so that nothing listens beyond it.
  const { code, printed } = await run("broker", ...sts, ...tenants, "--host", "::ffff:127.0.0.1", "--port", `${port}`);
  assertEquals(code, 1);
  assertStringIncludes(printed, "Warning: on ::ffff:127.0.0.1, secrets and keys cross the network unencrypted.");
});

Deno.test("main() diagnoses a source, as a table and as JSON", async () => {
  const server = Deno.serve(
    { hostname: "127.0.0.1", port: 0, onListen: () => {} },
    ({ url, method, headers, body }) => store.fetch(new Request(url, { method, headers, body })),
  );
  const store = createMemoryS3({ endpointUrl: `http://127.0.0.1:${server.addr.port}` });
  const { accessKeyId, secretAccessKey, bucket, endpointUrl } = store.config;
  store.credentials.set(accessKeyId, { secretAccessKey, prefix: "team/" });
  const config = { bucket, prefix: "team", endpoint_url: endpointUrl, access_key_id: accessKeyId };
  const source = { storage: "s3", config: { ...config, secret_access_key: secretAccessKey } };
  const settings = ["-s", "plugins.datasette-files.sources", JSON.stringify({ media: source })];
  const table = await run("diagnose", "media", ...settings);
  const json = await run("diagnose", "media", "--json", ...settings);
  const unknown = await run("diagnose", "medai", ...settings);
  store.credentials.set(accessKeyId, { secretAccessKey });
  const leaking = await run("diagnose", "media", ...settings);
  await server.shutdown();
  assertEquals([table.code, json.code, unknown.code, leaking.code], [0, 0, 1, 1]);
  assertStringIncludes(table.printed, "ok  write a file in parts       allowed");
  assertStringIncludes(table.printed, "Nothing outside the folder was reached.");
  assertEquals(JSON.parse(json.printed).leaks, false);
  assertStringIncludes(unknown.printed, 'did you mean "media"?');
  assertStringIncludes(leaking.printed, "These credentials reach outside the folder.");
});

for (const host of ["0.0.0.0", "192.168.0.1", "example.com", "::"]) {
  Deno.test(`main() does not listen on ${host} for people who are not asked who they are`, async () => {
    const { code, printed } = await run("serve", ...SOURCE, "--host", host);
    assertEquals(code, 1);
    assertStringIncludes(printed, `Cannot listen on ${host}: anyone who can reach it could use it without a login`);
  });
}

for (const flag of ["--root", "--allow-anonymous"]) {
  Deno.test(`main() listens beyond this machine with ${flag}, and a warning`, async () => {
    using listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
    const { port } = listener.addr;
    // Not a loopback name, but an address of the loopback interface that is taken, so that nothing listens beyond it.
    const { code, printed } = await run("serve", ...SOURCE, "--host", "::ffff:127.0.0.1", "--port", `${port}`, flag);
    assertEquals(code, 1);
    assertStringIncludes(
      printed,
      "Warning: on ::ffff:127.0.0.1, pages, files and the login cookie cross the network",
    );
    assertStringIncludes(printed, `Cannot listen on`);
  });
}

Deno.test("main() serves to who opens its link first, under the names it is told", async () => {
  const args = ["serve", ...SOURCE, "--port", "0", "--root", "--allowed-host", "files.test"];
  const command = new Deno.Command(Deno.execPath(), {
    args: ["run", "--allow-all", "src/command/cli.ts", ...args],
    stdout: "piped",
    stderr: "inherit",
  });
  const server = command.spawn();
  const lines = server.stdout.pipeThrough(new TextDecoderStream());
  let printed = "";
  for await (const text of lines) {
    printed += text;
    if (/Log in once with .*\n/.test(printed)) break;
  }
  const link = /Log in once with (\S+)/.exec(printed)?.[1] ?? "";
  const { origin } = new URL(link);
  const login = await fetch(link);
  await login.body?.cancel();
  const cookie = (login.headers.get("set-cookie") ?? "").split(";")[0] ?? "";
  const sourcesOf = async (headers: HeadersInit) => {
    const response = await fetch(`${origin}/-/files/sources.json`, { headers });
    return [response.status, (await response.json()).sources?.length];
  };
  const outcomes = [await sourcesOf({}), await sourcesOf({ cookie })];
  const names = [await statusUnder("files.test", origin), await statusUnder("evil.test", origin)];
  const again = await fetch(link);
  await again.body?.cancel();
  server.kill("SIGTERM");
  await server.status;
  assertStringIncludes(printed, "every port of this host");
  assertEquals([outcomes, names, again.status], [[[200, 0], [200, 1]], ["200", "421"], 403]);
});

Deno.test("main() says that the port is taken", async () => {
  using listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const { port } = listener.addr;
  const { code, printed } = await run("serve", ...SOURCE, "--port", `${port}`);
  assertEquals([code, printed], [
    1,
    `Cannot listen on port ${port}: it is in use. Stop the other program, or choose another port with --port`,
  ]);
});
