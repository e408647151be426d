import { assertEquals, assertStringIncludes } from "@std/assert";
import { stub } from "@std/testing/mock";
import { main } from "../../src/command/cli.ts";
import { createMemoryS3, type MemoryS3Options } from "../../src/testing/mod.ts";

/** Runs a command line that ends by itself. */
async function run(...args: string[]): Promise<{ code: number; printed: string }> {
  const lines: string[] = [];
  const print = (...words: unknown[]) => void lines.push(words.join(" "));
  using _log = stub(console, "log", print);
  using _error = stub(console, "error", print);
  return { code: await main(["diagnose", ...args]), printed: lines.join("\n") };
}

function settingsOf(sources: Readonly<Record<string, Readonly<Record<string, unknown>>>>): string[] {
  const entries = Object.entries(sources).map(([name, config]) => [name, { storage: "s3", config }]);
  return ["-s", "plugins.datasette-files.sources", JSON.stringify(Object.fromEntries(entries))];
}

/** A store on the loopback interface, and the configuration of a source on it. */
function openStore(options: MemoryS3Options = {}) {
  const server = Deno.serve(
    { hostname: "127.0.0.1", port: 0, onListen: () => {} },
    ({ url, method, headers, body }) => store.fetch(new Request(url, { method, headers, body })),
  );
  const store = createMemoryS3({ ...options, endpointUrl: `http://127.0.0.1:${server.addr.port}` });
  const { bucket, endpointUrl, accessKeyId, secretAccessKey } = store.config;
  store.credentials.set(accessKeyId, { secretAccessKey, prefix: "team/" });
  const keys = { access_key_id: accessKeyId, secret_access_key: secretAccessKey };
  const config = { bucket, prefix: "team", endpoint_url: endpointUrl, ...keys };
  return { config, [Symbol.asyncDispose]: () => server.shutdown() };
}

/** A port of the loopback interface at which nothing listens. */
function closedPort(): number {
  using listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  return listener.addr.port;
}

Deno.test("main() diagnoses the only source if none is named", async () => {
  await using store = openStore();
  const { code, printed } = await run(...settingsOf({ media: store.config }));
  assertEquals(code, 0);
  assertStringIncludes(printed, "ok  use the store               allowed  the store answers and accepts the keys");
});

Deno.test("main() lists the sources if none of several is named, and asks none of them", async () => {
  const settings = settingsOf({
    media: { bucket: "media", prefix: "team" },
    invoices: { credentials_url: "https://broker.test/credentials?key=canary", credentials_url_secret: "canary" },
  });
  assertEquals(await run(...settings), {
    code: 2,
    printed: `There are 2 sources; add the name of one, as in "diagnose media":

media     s3://media/team
invoices  as the broker at broker.test says`,
  });
});

Deno.test("main() lists the sources of a file with the command that names one", async () => {
  const file = await Deno.makeTempFile({ suffix: ".yaml" });
  const source = "{storage: s3, config: {bucket: media}}";
  await Deno.writeTextFile(file, `plugins: {datasette-files: {sources: {a: ${source}, b: ${source}}}}`);
  const { code, printed } = await run(file);
  const json = await run(file, "--json");
  await Deno.remove(file);
  assertEquals(code, 2);
  assertStringIncludes(printed, `as in "diagnose ${file} a":`);
  assertEquals([json.code, JSON.parse(json.printed)], [2, { sources: ["a", "b"] }]);
});

Deno.test("main() says once that a key is wrong, as a table and as JSON", async () => {
  await using store = openStore();
  const settings = settingsOf({ media: { ...store.config, access_key_id: "AKIAWRONG" } });
  const { code, printed } = await run("media", ...settings);
  assertEquals(code, 1);
  assertEquals(
    printed.split("\n").slice(2).join("\n"),
    `
!  use the store  failed  the store does not know the access key; is it a key of this store, and still active? ` +
      `(InvalidAccessKeyId: The AWS Access Key Id you provided does not exist in our records.)

The store cannot be used; nothing else was tried.`,
  );
  const json = await run("media", "--json", ...settings);
  const { checks } = JSON.parse(json.printed);
  assertEquals([json.code, checks[0].code, checks[1].outcome], [1, "InvalidAccessKeyId", "skipped"]);
});

Deno.test("main() says that a store cannot be reached, and where", async () => {
  const port = closedPort();
  const config = { bucket: "media", endpoint_url: `http://127.0.0.1:${port}` };
  const keys = { access_key_id: "a", secret_access_key: "b" };
  const { code, printed } = await run(...settingsOf({ media: { ...config, ...keys } }));
  assertEquals([code, /^ok/m.test(printed)], [1, false]);
  assertStringIncludes(
    printed,
    `!  use the store  failed  the connection failed: connection refused (127.0.0.1:${port})`,
  );
});

Deno.test("main() says that a broker cannot be reached, and that the store was not asked", async () => {
  const url = `http://127.0.0.1:${closedPort()}/credentials`;
  const settings = settingsOf({ media: { credentials_url: url, credentials_url_secret: "canary" } });
  const { code, printed } = await run(...settings);
  assertEquals(code, 1);
  assertStringIncludes(printed, `Cannot get credentials from the broker`);
  assertEquals(printed.split("\n").at(-1), "The broker cannot be reached; the store was not asked.");
  const json = await run("--json", ...settings);
  const { error } = JSON.parse(json.printed);
  assertEquals([json.code, error.name, error.code], [1, "CredentialsError", "BrokerUnreachable"]);
});

Deno.test("main() says that a broker refuses the secret", async () => {
  const broker = Deno.serve(
    { hostname: "127.0.0.1", port: 0, onListen: () => {} },
    () => new Response("", { status: 403 }),
  );
  const url = `http://127.0.0.1:${broker.addr.port}/credentials`;
  const { code, printed } = await run(
    ...settingsOf({ media: { credentials_url: url, credentials_url_secret: "canary" } }),
  );
  await broker.shutdown();
  assertEquals([code, printed.includes("canary")], [1, false]);
  assertEquals(printed.split("\n").at(-1), "The broker refuses the secret; the store was not asked.");
});

Deno.test("main() ends with 1 on a store that ignores conditions, until its configuration says so", async () => {
  await using store = openStore({ quirks: ["ignoresConditions"] });
  const { code, printed } = await run(...settingsOf({ media: store.config }));
  assertEquals(code, 1);
  assertStringIncludes(printed, "!   write only if new           ignored  the store ignores If-None-Match: a new file");
  assertEquals(printed.match(/set "store.conditions" to false, so that this is refused/g)?.length, 4);
  const known = { media: { ...store.config, store: { conditions: false } } };
  assertEquals((await run(...settingsOf(known))).code, 0);
});
