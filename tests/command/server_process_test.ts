import { assertEquals, assertRejects } from "@std/assert";
import { findFreePorts } from "../../tools/free_ports.ts";
import { startServer } from "../../tools/server_process.ts";
import { startStore } from "../../tools/store_server.ts";

Deno.test("startServer() writes a log, and stop() removes what the server leaves", async () => {
  const folder = await Deno.makeTempDir();
  const logFile = `${folder}/log`;
  const command = ["/bin/sh", "-c", "echo $WORD; echo problem >&2"];
  const options = { name: "test", command, env: { WORD: "said" }, logFile, throwaway: true, leftovers: [folder] };
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
  const options = { name: "test", command: ["sleep", "600"], logFile: `${folder}/log`, throwaway: true };
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

Deno.test("startStore() says how a store has ended that does not come up", async () => {
  const folder = await Deno.makeTempDir();
  const command = ["/bin/sh", "-c", "echo no room; exit 3"];
  const server = { name: "test", command, logFile: `${folder}/log`, throwaway: true, leftovers: [folder] };
  const [port] = findFreePorts(1);
  const access = { endpointUrl: `http://127.0.0.1:${port}`, accessKeyId: "a", secretAccessKey: "s" };
  const start = () => startStore({ server, access, buckets: [] });
  await assertRejects(start, Error, "Cannot start test: it ended with exit code 3. The end of its log:\nno room");
  await assertRejects(() => Deno.stat(folder), Deno.errors.NotFound);
});

/** Whether there is a process; signal 0 is only a question. */
function isRunning(pid: number): boolean {
  const { success } = new Deno.Command("/bin/sh", { args: ["-c", `kill -0 ${pid}`], stderr: "null" }).outputSync();
  return success;
}
