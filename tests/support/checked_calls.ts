import { assert, assertEquals } from "@std/assert";
import { readOptions } from "../../bench/options.ts";
import { API_ROUTES } from "../../src/app/api/routes.ts";
import { parseServeArguments } from "../../src/command/arguments.ts";
import { isFile } from "../../tools/programs.ts";
import config from "../../deno.json" with { type: "json" };
import type { ShellCall } from "./shell_calls.ts";

/** Programs of others: nothing here knows what they can be told. `npx` starts the last one. */
const OTHERS = [
  "aws",
  "garage",
  "gh",
  "install",
  "mc",
  "minio",
  "rclone",
  "s5cmd",
  "systemctl",
  "versitygw",
  "weed",
  "wrangler",
];

/** The program of others that is called, if it is one. */
export function othersProgram([program = "", first = ""]: ShellCall): string | undefined {
  return OTHERS.find((name) => name === (program === "npx" ? first : program));
}

/** @throws {Error} If there is no such thing to call, or its arguments are none of its. */
export async function checkCall(call: ShellCall): Promise<void> {
  const [program, ...args] = call;
  if (othersProgram(call) !== undefined) return;
  if (program === "dirname") return;
  if (program === "s3-source") return void parseServeArguments(args);
  if (program === "deno") return await checkDeno(args);
  if (program === "npx" && args[0] === "-y" && args[1] === "deno@2") return await checkDeno(args.slice(2));
  if ((program === "bunx" || program === "npx") && args[0] === "jsr") {
    return assertEquals(args, ["jsr", "add", config.name]);
  }
  if (program === "bun" && args[0] === "run") return await checkFile(args[1] ?? "");
  if (program === "bash" || program === "sh") return await checkFile(args[0] ?? "");
  if (program === "curl") return checkApiCall(args);
  throw new Error(`Nothing here knows how to check "${call.join(" ")}"`);
}

async function checkDeno([command, ...args]: readonly string[]): Promise<void> {
  if (command === "check" && args.join() === ".") return;
  if (command === "publish") return assertEquals(args.filter((arg) => arg !== "--dry-run"), ["--allow-dirty"]);
  if (command === "add") return assertEquals(args, [`jsr:${config.name}`]);
  if (command === "task") return checkTask(args);
  if (command === "test") return await checkTest(args);
  if (command === "run") {
    const start = args.findIndex((arg) => !arg.startsWith("-"));
    const [program = "", ...rest] = args.slice(start);
    const isCommand = program === `jsr:${config.name}/cli` || program === "src/command/cli.ts";
    return isCommand ? void parseServeArguments(rest) : await checkFile(program);
  }
  throw new Error(`Nothing here knows how to check "deno ${command}"`);
}

function checkTask([name = "", ...args]: readonly string[]): void {
  assert(name in config.tasks, `there is no task "${name}"`);
  if (name === "bench") readOptions(args);
  else if (name === "build") {
    assert(args.every((arg) => /^--(binaries|image|release)$/.test(arg)), `"build" with ${args}`);
  } else if (name === "test") {
    assert(args.every((arg) => /^--ignore=tests\/[\w/]+(,tests\/[\w/]+)*$/.test(arg)), `"test" with ${args}`);
  } else assertEquals(args, [], `"${name}" takes nothing`);
}

async function checkTest(args: readonly string[]): Promise<void> {
  const places = args.filter((arg, index) => !arg.startsWith("-") && args[index - 1] !== "--filter");
  for (const place of places) {
    assert(place.startsWith("tests/"), place);
    await Deno.stat(new URL(`../../${place}`, import.meta.url));
  }
}

async function checkFile(path: string): Promise<void> {
  const [root] = decodeURIComponent(new URL("../..", import.meta.url).pathname).split(/\/$/);
  assert(await isFile(`${root}/${path}`), `there is no file "${path}"`);
}

function checkApiCall(args: readonly string[]): void {
  const method = args.includes("-T") ? "PUT" : "GET";
  const url = new URL(args.at(-1) ?? "");
  assertEquals(url.hostname, "127.0.0.1");
  if (!url.pathname.startsWith("/-/files/")) return;
  const found = API_ROUTES.some((route) => {
    const pattern = new URLPattern({ pathname: `/-/files${route.path.replaceAll(/\{(\w+)\}/g, ":$1")}` });
    return route.method === method && pattern.test({ pathname: url.pathname });
  });
  assert(found, `there is no ${method} ${url.pathname}`);
}
