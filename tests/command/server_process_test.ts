import { assertEquals, assertRejects, assertStringIncludes } from "@std/assert";
import { startServer } from "../../tools/server_process.ts";
import { startStore, type StoreOptions } from "../../tools/store_server.ts";

Deno.test("startServer() writes a log, and stop() removes what the server leaves", async () => {
  const folder = await Deno.makeTempDir();
  const logFile = `${folder}/log`;
  const command = ["/bin/sh", "-c", "echo $WORD; echo problem >&2"];
  const options = { name: "test", command, env: { WORD: "said" }, logFile, leftovers: [folder] };
  const server = startServer(options);
  assertEquals((await server.exit).code, 0);
  assertEquals(await Deno.readTextFile(logFile), "said\nproblem\n");
  await server.stop();
  await server.stop();
  await assertRejects(() => Deno.stat(folder), Deno.errors.NotFound);
});

Deno.test("startServer() ends the server when the process that started it is killed", async () => {
  const folder = await Deno.realPath(await Deno.makeTempDir());
  const module = new URL("../../tools/server_process.ts", import.meta.url).href;
  const options = { name: "test", command: ["sleep", "600"], logFile: `${folder}/log` };
  const script = `import { startServer } from "${module}";
    console.log(startServer(${JSON.stringify({ ...options, leftovers: [folder] })}).pid);
    await new Promise((resolve) => setTimeout(resolve, 600_000));`;
  const watcher = Deno.watchFs(folder);
  const parent = new Deno.Command(Deno.execPath(), { args: ["eval", script], stdout: "piped" }).spawn();
  const output = parent.stdout.pipeThrough(new TextDecoderStream()).getReader();
  const pid = Number((await output.read()).value);
  assertEquals(isRunning(pid), true);
  parent.kill("SIGKILL");
  await parent.status;
  await output.cancel();
  // The folder goes last, once the server has ended.
  for await (const { kind, paths } of watcher) {
    if (kind === "remove" && paths.includes(folder)) break;
  }
  assertEquals(isRunning(pid), false);
});

Deno.test("startStore() says how a store has ended that does not come up, and starts it once", async () => {
  const folders: string[] = [];
  const start = () =>
    startStore(1, async ([port = 0]) => {
      const folder = await Deno.makeTempDir();
      folders.push(folder);
      return planOf(folder, port, ["/bin/sh", "-c", "echo no room; exit 3"]);
    });
  await assertRejects(start, Error, "Cannot start test: it ended with exit code 3. The end of its log:\nno room");
  assertEquals(folders.length, 1);
  await assertRejects(() => Deno.stat(folders[0] ?? ""), Deno.errors.NotFound);
});

Deno.test("startStore() starts a store on other ports, in the same folder, when one is taken before it listens", async () => {
  const folder = await Deno.makeTempDir();
  const ports: number[] = [];
  let other: Deno.Listener | undefined;
  const store = await startStore(1, async ([port = 0]) => {
    await Deno.mkdir(folder, { recursive: true });
    ports.push(port);
    // It accepts connections and never answers.
    other ??= Deno.listen({ hostname: "127.0.0.1", port });
    const script = `Deno.serve({ hostname: "127.0.0.1", port: ${port} }, () => new Response())`;
    return planOf(folder, port, [Deno.execPath(), "eval", script]);
  });
  other?.close();
  assertEquals(store.endpointUrl, `http://127.0.0.1:${ports[1]}`);
  assertEquals([ports.length, new Set(ports).size], [2, 2]);
  assertStringIncludes(await Deno.readTextFile(`${folder}/log`), `:${ports[1]}/`);
  await store.stop();
  await assertRejects(() => Deno.stat(folder), Deno.errors.NotFound);
});

Deno.test("startStore() gives up when a port is taken each time", async () => {
  const folders: string[] = [];
  const start = () =>
    startStore(1, async ([port = 0]) => {
      const folder = await Deno.makeTempDir();
      folders.push(folder);
      return planOf(folder, port, ["/bin/sh", "-c", "echo bind: address already in use; exit 1"]);
    });
  await assertRejects(start, Error, "Cannot start test: it ended with exit code 1");
  assertEquals(folders.length, 5);
});

/** A store in a folder. */
function planOf(folder: string, port: number, command: readonly string[]): StoreOptions {
  return {
    server: { name: "test", command, logFile: `${folder}/log`, leftovers: [folder] },
    access: { endpointUrl: `http://127.0.0.1:${port}`, accessKeyId: "a", secretAccessKey: "s" },
    buckets: ["bucket"],
  };
}

/** Whether there is a process; signal 0 is only a question. */
function isRunning(pid: number): boolean {
  const { success } = new Deno.Command("/bin/sh", { args: ["-c", `kill -0 ${pid}`], stderr: "null" }).outputSync();
  return success;
}
