import { assert, assertEquals } from "@std/assert";
import { findOrInstallBun } from "../../tools/bun.ts";
import { buildBinary, buildFile, buildRelease, RELEASE_TARGETS } from "../../tools/built_command.ts";
import { findNode } from "../../tools/node.ts";
import { runProgram } from "../../tools/programs.ts";
import { findOrInstallQemu } from "../../tools/qemu.ts";
import { orSkip } from "../support/or_skip.ts";
import { useCommands, useServe } from "./command.ts";
import type { World } from "./world.ts";

/** Tests the command as one file, and as programs. */
export async function testBuilt(world: World): Promise<void> {
  const folder = await Deno.makeTempDir({ prefix: "built-" });
  Deno.test.afterAll(() => Deno.remove(folder, { recursive: true }));
  const file = await buildFile(folder);

  Deno.test("deno task build makes one file of 2 to 4 MB", async () => {
    const { size } = await Deno.stat(file);
    assert(size > 2e6 && size < 4e6, `${size}`);
    const entries = await Array.fromAsync(Deno.readDir(folder), ({ name }) => name);
    assertEquals(entries.filter((name) => name.endsWith(".js")), ["s3-source.js"]);
  });

  Deno.test("deno task build --release compiles for five machines, bundled, and writes the sums", async () => {
    const commands: string[][] = [];
    const target = `${folder}/release`;
    await buildRelease(target, async ([, ...args]) => {
      commands.push(args);
      const output = args.find((arg) => arg.startsWith("--output="))?.slice("--output=".length) ?? "";
      await Deno.writeTextFile(output, output);
    });
    assertEquals(commands.map((args) => args.filter((arg) => /^(compile|--bundle|--target=.*)$/.test(arg))), [
      ...RELEASE_TARGETS.map((target) => ["compile", "--bundle", `--target=${target}`]),
    ]);
    const { output: help } = await runProgram([Deno.execPath(), "compile", "--help"]);
    for (const [, option = ""] of commands.flat().join(" ").matchAll(/(--[\w-]+)/g)) {
      assert(help.includes(option), option);
    }
    const { ok, output } = await runProgram(["sh", "-c", 'cd "$0" && sha256sum --check SHA256SUMS', target]);
    assert(ok, output);
    assertEquals(output.trim().split("\n").length, 6);
  });

  const runtimes = {
    Deno: () => Promise.resolve([Deno.execPath(), "run", "--no-config", "--no-prompt", "--allow-all"]),
    Bun: async () => [await findOrInstallBun()],
    Node: async () => [await findNode()],
  };
  for (const [name, find] of Object.entries(runtimes)) {
    const runtime = await orSkip(`the command as one file in ${name}`, find);
    if (runtime === undefined) continue;
    // Without a folder of packages above it.
    Deno.test(`the command as one file serves in ${name}`, () => useServe([...runtime, file], world));
  }

  const x64 = await orSkip("the command as a program", () => buildBinary(file, "linux-x64"));
  if (x64 !== undefined && Deno.build.arch === "x86_64" && Deno.build.os === "linux") {
    Deno.test("the command as a program for Linux on x64 does everything", () => useCommands([x64], world));
  }

  const onArm = await orSkip("the command as a program for arm64", async () => ({
    emulator: await findOrInstallQemu(),
    arm64: await buildBinary(file, "linux-arm64"),
  }));
  if (onArm === undefined) return;
  Deno.test("the command as a program for Linux on arm64 runs", async () => {
    // One run, as it takes seconds.
    const { ok, output } = await runProgram([...onArm.emulator, onArm.arm64, "secret"]);
    assert(ok && /^secret: .+\nsecret_sha256: [0-9a-f]{64}\n$/.test(output), output);
  });
}
