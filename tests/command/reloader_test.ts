import { assertEquals, assertMatch, assertThrows } from "@std/assert";
import { CommandError } from "../../src/command/command_error.ts";
import { createReloader } from "../../src/command/reloader.ts";

/** A reloader of files in a folder, what it used, and its log. */
async function openWorld() {
  const folder = await Deno.makeTempDir();
  const path = `${folder}/a`;
  await Deno.writeTextFile(path, "first");
  const used: string[] = [];
  const log: string[] = [];
  const reloader = createReloader({
    name: "a.yaml",
    what: "configuration",
    load: ({ readTextFile }) => {
      const text = readTextFile(path);
      if (text.startsWith("bad")) throw new CommandError("Cannot use it");
      return text;
    },
    use: (loaded) => void used.push(loaded),
    log: ({ type, reason }) => void log.push(`${type}: ${reason}`),
  });
  return {
    folder,
    path,
    reloader,
    used,
    log,
    poll: async (times: number) => {
      for (let i = 0; i < times; i++) await reloader.poll();
    },
    [Symbol.asyncDispose]: () => Deno.remove(folder, { recursive: true }),
  };
}

Deno.test("createReloader() reads at once, and not again while nothing changes", async () => {
  await using world = await openWorld();
  await world.poll(3);
  assertEquals([world.reloader.first, world.used, world.log], ["first", [], []]);
});

Deno.test("createReloader() throws what is wrong at first", () => {
  const load = () => {
    throw new CommandError("Cannot use it");
  };
  assertThrows(() => createReloader({ name: "a", what: "b", load, use() {}, log() {} }), CommandError, "Cannot use it");
});

Deno.test("poll() takes up a change once it is the same twice, so that no half of a file is used", async () => {
  await using world = await openWorld();
  await Deno.writeTextFile(world.path, "sec");
  await world.poll(1);
  await Deno.writeTextFile(world.path, "second");
  await world.poll(1);
  assertEquals(world.used, []);
  await world.poll(2);
  assertEquals([world.used, world.log], [["second"], ["reloaded: a.yaml was taken up"]]);
});

Deno.test("poll() forgets a change that is undone", async () => {
  await using world = await openWorld();
  for (const text of ["second", "first", "second"]) {
    await Deno.writeTextFile(world.path, text);
    await world.poll(1);
  }
  assertEquals(world.used, []);
});

Deno.test("poll() refuses once what cannot be used, and takes up what is good again", async () => {
  await using world = await openWorld();
  await Deno.writeTextFile(world.path, "bad");
  await world.poll(6);
  assertEquals(world.log.length, 1);
  assertMatch(
    world.log[0] ?? "",
    /^failed: a\.yaml was not taken up: Cannot use it; the configuration of \d\d:\d\d:\d\d goes on$/,
  );
  await Deno.writeTextFile(world.path, "third");
  await world.poll(2);
  assertEquals(world.used, ["third"]);
});

Deno.test("poll() refuses a file that is gone, and takes up its return", async () => {
  await using world = await openWorld();
  await Deno.remove(world.path);
  await world.poll(3);
  assertEquals(world.log.length, 1);
  assertMatch(world.log[0] ?? "", /^failed: a\.yaml was not taken up: Error: ENOENT/);
  await Deno.writeTextFile(world.path, "first");
  await world.poll(2);
  assertEquals(world.used, ["first"]);
});

Deno.test("poll() sees new files in a folder, and changed ones behind a link to another folder", async () => {
  const folder = await Deno.makeTempDir();
  for (const [name, text] of [["1", "one"], ["2", "two"]] as const) {
    await Deno.mkdir(`${folder}/${name}`);
    await Deno.writeTextFile(`${folder}/${name}/a.yaml`, text);
  }
  await Deno.symlink("1", `${folder}/current`);
  const used: string[] = [];
  const reloader = createReloader({
    name: "a.yaml",
    what: "configuration",
    load: ({ readFolder, readTextFile }) =>
      readFolder(`${folder}/current`).map((name) => readTextFile(`${folder}/current/${name}`)).join(),
    use: (loaded) => void used.push(loaded),
    log() {},
  });
  await Deno.symlink("2", `${folder}/next`);
  await Deno.rename(`${folder}/next`, `${folder}/current`);
  for (let i = 0; i < 3; i++) await reloader.poll();
  await Deno.writeTextFile(`${folder}/2/b.yaml`, "more");
  for (let i = 0; i < 3; i++) await reloader.poll();
  await Deno.remove(folder, { recursive: true });
  assertEquals([reloader.first, used], ["one", ["two", "two,more"]]);
});

Deno.test("reload() reads at once, and a poll after it finds nothing new", async () => {
  await using world = await openWorld();
  await Deno.writeTextFile(world.path, "second");
  world.reloader.reload();
  await world.poll(3);
  assertEquals(world.used, ["second"]);
});
