import { assertEquals, assertNotEquals, assertRejects } from "@std/assert";
import * as api from "../../mod.ts";
import { createS3Source, type S3Source } from "../../mod.ts";
import { REFUSAL_CODES } from "../../src/s3/retry.ts";
import { createMemoryS3 } from "../../src/testing/mod.ts";

const ROOT = new URL("../../", import.meta.url);
const guide = await Deno.readTextFile(new URL("docs/errors.md", ROOT));

Deno.test("docs/errors.md has every error, and what to do about it", () => {
  const errors = Object.keys(api).filter((name) => name.endsWith("Error") && name !== "S3SourceError");
  assertNotEquals(errors, []);
  const rows = tableOf("error");
  assertEquals(rows.map(([name = ""]) => name.replaceAll("`", "")).toSorted(), errors.toSorted());
  assertEquals(rows.filter((cells) => cells.length !== 3 || cells.includes("")), []);
});

Deno.test("docs/errors.md has every code of a source's errors, with its class, and what to do about it", async () => {
  const rows = tableOf("code", "## Codes");
  const shown = rows.map(([code = "", name = ""]) => `${name} ${code}`.replaceAll("`", ""));
  assertEquals(shown.toSorted(), await codesOfSource());
  assertEquals(rows.filter((cells) => cells.length !== 4 || cells.includes("")), []);
});

Deno.test("docs/errors.md has every refusal of a store that has a message of its own", () => {
  const shown = tableOf("code", "## Refusals by the store").flatMap(([codes = ""]) => codes.match(/\w{4,}/g) ?? []);
  assertEquals(shown.toSorted(), REFUSAL_CODES.toSorted());
});

Deno.test("docs/errors.md has ten likely mistakes, with the messages that they get", async () => {
  const rows = tableOf("mistake");
  assertEquals(rows.map(([mistake]) => mistake), Object.keys(MISTAKES));
  assertEquals(rows.length, 10);
  for (const [mistake = "", message] of rows) {
    const error = await assertRejects(async () => await MISTAKES[mistake]?.(), Error);
    // A store's own code and words are not shown. Ports are those of the moment.
    const said = error.message.replace(/ \([A-Z]\w+: [^)]*\)$/, "").replace(/127\.0\.0\.1:\d+/, "127.0.0.1:8333");
    assertEquals(said, message);
  }
});

const s3 = createMemoryS3({ buckets: ["media"] });
const open = (config: Record<string, unknown> = {}, fetch = s3.fetch): S3Source =>
  createS3Source({ ...s3.config, bucket: "media", ...config }, { fetch, retry: { maxAttempts: 1 } });
/** Calls with arguments that TypeScript would refuse. */
const call = (name: "read" | "upload", ...args: unknown[]): Promise<unknown> => {
  const source = open();
  return Reflect.apply(source[name], source, args);
};

const MISTAKES: Readonly<Record<string, () => unknown>> = {
  '`createS3Source({ bucketName: "media" })`': () =>
    Reflect.apply(createS3Source, undefined, [{ bucketName: "media" }]),
  '`source.read("/a.txt")`': () => call("read", "/a.txt"),
  '`source.read("notes/")`': () => call("read", "notes/"),
  '`source.read("a.txt", { range: { start: 0, end: 9 } })`': () =>
    call("read", "a.txt", { range: { start: 0, end: 9 } }),
  '`source.upload("a.txt", await fetch(url))`': () => call("upload", "a.txt", new Response("a")),
  '`source.upload("a.json", { a: 1 })`': () => call("upload", "a.json", { a: 1 }),
  "a wrong `secretAccessKey`": () => open({ secretAccessKey: "wrong" }).read("a.txt"),
  "a wrong `bucket`": () => open({ bucket: "medai" }).read("a.txt"),
  "a wrong `region` that the store does not correct": () => open({}, elsewhere).read("a.txt"),
  "a store that is not running": async () => {
    const listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
    const { port } = listener.addr;
    listener.close();
    await open({ endpointUrl: `http://127.0.0.1:${port}` }, fetch).read("a.txt");
  },
};

function elsewhere(): Promise<Response> {
  const xml = "<Error><Code>PermanentRedirect</Code><Message>Use another endpoint</Message></Error>";
  return Promise.resolve(new Response(xml, { status: 301 }));
}

/** The cells below the first heading of a table that has this word, from a place in the guide on. */
function tableOf(word: string, from = ""): string[][] {
  const lines = guide.slice(guide.indexOf(from)).split("\n");
  const start = lines.findIndex((line) => new RegExp(`^\\| ${word} +\\|`).test(line));
  const table = lines.slice(start + 2);
  const end = table.findIndex((line) => !line.startsWith("|"));
  return table.slice(0, end).map((line) => line.slice(1, -1).split(" | ").map((cell) => cell.trim()));
}

/** Class and code of every error that the rooms of a source create, but for codes that are names. */
async function codesOfSource(): Promise<string[]> {
  const codes = new Set<string>();
  for (const room of ["credentials", "operations", "options", "s3", "s3/xml", "s3/sign"]) {
    for await (const { name } of Deno.readDir(new URL(`src/${room}/`, ROOT))) {
      if (!name.endsWith(".ts")) continue;
      for (const [error, code] of codesIn(await Deno.readTextFile(new URL(`src/${room}/${name}`, ROOT)))) {
        if (!(`${code}Error` in api)) codes.add(`${error} ${code}`);
      }
    }
  }
  return [...codes].toSorted();
}

function* codesIn(source: string): Generator<[error: string, code: string]> {
  const text = source.replace(/type: "warning", code: "\w+"/g, "").replace(/^ *\*.*$/gm, "");
  let error = "ServiceError";
  for (const [, created, code] of text.matchAll(/new (\w+Error)\(|\bcode: "(\w+)"/g)) {
    if (created !== undefined) error = created;
    else if (code !== undefined) yield [error, code];
  }
  const [codeOf = ""] = /^function codeOf\([^]*?^}/m.exec(text) ?? [];
  for (const [, one = ""] of codeOf.matchAll(/"(\w+)"/g)) yield ["ServiceError", one];
  const [, unreachable] = /\? "(\w+)" : error\.code;/.exec(text) ?? [];
  if (unreachable !== undefined) yield ["CredentialsError", unreachable];
}
