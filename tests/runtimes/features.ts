import { assertEquals, assertStringIncludes } from "@std/assert";
import { createS3Source } from "../../mod.ts";
import { toText } from "../conformance/suite.ts";
import { packedCommand, useCommands } from "./command.ts";
import type { Host } from "./hosts.ts";
import type { Runtime } from "./names.ts";
import type { World } from "./world.ts";

/** A feature that runtimes may lack; a row of the table in `docs/runtimes.md`. */
export interface Feature {
  /** Its name in the table. */
  readonly name: string;
  /** Runtimes that lack it, with the table's text. The check must fail there. */
  readonly cannot?: Partial<Record<Runtime, string>>;
  /** Fails if the runtime lacks it. */
  check(host: Host, world: World): Promise<void>;
}

const NEEDS_PROCESSES = "no: it needs Deno, Bun or Node";
const SERVES_NOBODY = "no: a page is no server";

/** Everything but the operations of a source. */
export const FEATURES: readonly Feature[] = [
  { name: "credentials from a broker, refreshed", check: ({ run }) => run("a broker's keys") },
  {
    name: "the same source in many requests",
    async check({ run }) {
      await run("a broker's keys are about to be replaced");
      await run("a broker's keys have been replaced");
    },
  },
  {
    name: "credentials from the default AWS chain",
    cannot: { Workers: "no: Workers have no such chain", Chromium: "no: pages have no such chain" },
    check: ({ run }) => run("the default chain"),
  },
  { name: "the files app, `./app`", cannot: { Chromium: SERVES_NOBODY }, check: useApp },
  { name: "your own broker, `./broker`", cannot: { Chromium: SERVES_NOBODY }, check: useBroker },
  { name: "datasette.yaml, `./config`", check: ({ run }) => run("a configuration") },
  { name: "in-memory S3 and broker, `./testing`", check: ({ run }) => run("the S3 and the broker in memory") },
  {
    name: "the command, `./cli`",
    cannot: { Workers: NEEDS_PROCESSES, Chromium: NEEDS_PROCESSES },
    check: async (host, world) => await useCommands(packedCommand(host, world), world),
  },
];

/** Pages and their assets, JSON, an upload, a download. */
async function useApp({ url }: Host, { packageFolder }: World): Promise<void> {
  const ask = async (path: string, init?: RequestInit) => {
    const response = await fetch(new URL(path, `${url}/-/files/`), { redirect: "manual", ...init });
    return { status: response.status, text: await response.text(), headers: response.headers };
  };
  const bytes = new Uint8Array(3_000_000).fill(7);
  const uploaded = await ask("source/media/-/content?path=a%20b/%C3%BC.bin", { method: "PUT", body: bytes });
  assertEquals(uploaded.status, 201, uploaded.text);
  const { file } = JSON.parse(uploaded.text);
  assertEquals([file.path, file.size], ["a b/ü.bin", bytes.byteLength]);

  const listed = await ask("source/media.json?folder=a%20b");
  assertEquals(JSON.parse(listed.text).files.map(({ path }: { path: string }) => path), ["a b/ü.bin"]);
  const page = await ask("source/media?folder=a%20b", { headers: { accept: "text/html" } });
  assertEquals(page.status, 200, page.text);
  assertStringIncludes(page.text, "ü.bin");
  const script = /<script[^>]* src="([^"]+)"/.exec(page.text)?.[1] ?? "";
  assertStringIncludes((await ask(script)).text, "export const ");
  const styles = await Deno.readTextFile(`${packageFolder}/src/app/browser/styles.css`);
  assertEquals((await ask("-/styles.css")).text, styles);

  const whole = await fetch(`${url}/-/files/${file.id}/content`);
  assertEquals(await whole.bytes(), bytes);
  const part = await fetch(`${url}/-/files/${file.id}/content`, { headers: { range: "bytes=5-9" } });
  assertEquals([part.status, await part.bytes()], [206, bytes.slice(5, 10)]);
  const { status, headers } = await ask(`${file.id}/download`);
  assertEquals(status, 302);
  assertEquals(await (await fetch(headers.get("location") ?? "")).bytes(), bytes);
}

/** Keys from the broker that runs in the runtime. */
async function useBroker({ url }: Host, { setup: { brokerSecret, store: { endpointUrl } } }: World): Promise<void> {
  const broker = { credentialsUrl: `${url}/credentials`, endpointUrl };
  const source = createS3Source({ ...broker, credentialsUrlSecret: brokerSecret }).folder(crypto.randomUUID());
  await source.upload("a", "hello");
  assertEquals(toText(await source.read("a")), "hello");
  const refused = await fetch(broker.credentialsUrl, {
    method: "POST",
    body: new URLSearchParams({ secret: "wrong" }),
  });
  assertEquals([refused.status, "AccessKeyId" in await refused.json()], [403, false]);
}
