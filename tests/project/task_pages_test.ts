import { assert, assertEquals } from "@std/assert";
import { createFakeBroker, createMemoryS3 } from "../../src/testing/mod.ts";
import { findOrInstallBun } from "../../tools/bun.ts";
import { findNode } from "../../tools/node.ts";
import { installPacked } from "../../tools/pack.ts";
import { runProgram } from "../../tools/programs.ts";
import { startWorker } from "../../tools/worker.ts";
import { blocksOf } from "../support/doc_blocks.ts";
import { orSkip } from "../support/or_skip.ts";

const ROOT = new URL("../../", import.meta.url);

/** The pages for tasks, by name, in README's order. */
const TITLES = {
  "docs/private_files.md": "Serve a private file",
  "docs/browser_uploads.md": "Let a browser upload",
  "docs/customer_folders.md": "One folder per customer",
  "docs/folder_backup.md": "Back up a folder",
  "docs/testing.md": "Test without a network",
  "docs/workers.md": "Run in a Worker",
};

const pages = await Promise.all(
  Object.entries(TITLES).map(async ([path, title]) => {
    const text = await Deno.readTextFile(new URL(path, ROOT));
    const programs = blocksOf({ path, text }).filter(({ kind }) => /^js\b/.test(kind));
    return { path, title, text, programs: programs.map(({ text }) => text) };
  }),
);

Deno.test("each page for a task is short and has one program", () => {
  for (const { path, title, text, programs } of pages) {
    assert(text.startsWith(`# ${title}\n`), path);
    assert(text.trimEnd().split("\n").length <= 60, path);
    assertEquals(programs.length, 1, path);
  }
});

Deno.test("README's guides begin with the pages for tasks, under their titles", async () => {
  const readme = await Deno.readTextFile(new URL("README.md", ROOT));
  const links = [...(readme.split("## Guides")[1] ?? "").matchAll(/\[([^\]]+)\]\(([^)]+)\)/g)];
  const first = links.slice(0, pages.length).map(([, name = "", path = ""]) => [path, name]);
  assertEquals(first, pages.map(({ path, title }) => [path, title.charAt(0).toLowerCase() + title.slice(1)]));
});

// As somebody has installed it who takes it from the registry.
const project = await orSkip("the programs of the pages for tasks", installPacked);

if (project !== undefined) {
  Deno.test.afterAll(project.remove);
  const runtimes = {
    Deno: [Deno.execPath(), "run", "--no-prompt", "--allow-read", "--allow-write", "--allow-env"],
    Bun: [await findOrInstallBun()],
    Node: [await findNode()],
  };

  for (const { path, programs: [program = ""] } of pages.filter(({ path }) => path !== "docs/workers.md")) {
    const file = `${project.folder}/main.mjs`;
    for (const [runtime, command] of Object.entries(runtimes)) {
      Deno.test(`the program of ${path} runs as it stands in ${runtime}`, async () => {
        await Deno.writeTextFile(file, program);
        const { ok, output } = await runProgram([...command, file]);
        assertEquals([ok, output], [true, ""]);
      });
    }
  }

  Deno.test("the program of docs/workers.md serves the files of a broker's folder in workerd", async () => {
    const serve = (answer: (request: Request) => Promise<Response>) =>
      Deno.serve({ hostname: "127.0.0.1", port: 0, onListen: () => {} }, answer);
    const server = serve((request) => request.url.endsWith("/credentials") ? broker.fetch(request) : s3.fetch(request));
    const url = `http://127.0.0.1:${server.addr.port}`;
    const keys = { secretAccessKey: "s", sessionToken: "t" };
    const credentials = { ASIA1: { ...keys, bucket: "bucket", prefix: "team-1/" } };
    const s3 = createMemoryS3({ endpointUrl: url, credentials });
    const grant = { accessKeyId: "ASIA1", ...keys, s3Folder: "s3://bucket/team-1/" };
    const broker = createFakeBroker({ secret: "open sesame", grant, url: `${url}/credentials` });
    s3.putObject({ bucket: "bucket", key: "team-1/a b.txt", body: "hello" });
    const worker = await startWorker(await bundle(pages.at(-1)?.programs[0] ?? "", project.folder), {
      CREDENTIALS_URL: broker.config.credentialsUrl,
      CREDENTIALS_URL_SECRET: broker.config.credentialsUrlSecret,
      S3_ENDPOINT_URL: url,
    });
    try {
      const get = async (path: string) => {
        const response = await fetch(worker.url + path);
        return [response.status, await response.text()];
      };
      assertEquals(await get("/a%20b.txt"), [200, "hello"]);
      assertEquals(await get("/none"), [404, ""]);
      assertEquals(await get("/%E0"), [404, "Not found.\n"]);
      assertEquals(broker.calls.length, 1);
    } finally {
      await worker.stop();
      await server.shutdown();
    }
  });
}

/** Makes one module of a program and the installed package. */
async function bundle(program: string, folder: string): Promise<string> {
  await Deno.writeTextFile(`${folder}/worker.js`, program);
  const args = ["bundle", "--quiet", "--platform=browser", "worker.js"];
  const { stdout } = await new Deno.Command(Deno.execPath(), { args, cwd: folder }).output();
  return new TextDecoder().decode(stdout);
}
