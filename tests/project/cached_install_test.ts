import { assertEquals, assertRejects } from "@std/assert";
import { findOrInstall } from "../../tools/cached_install.ts";

Deno.test("findOrInstall() installs once", async () => {
  await using place = newPlace();
  let count = 0;
  const install = (target: string) => Deno.writeTextFile(`${target}/program`, `${++count}`);
  const options = { folder: `${place.folder}/1.0`, file: "program", install };
  const path = await findOrInstall(options);
  assertEquals(await findOrInstall(options), path);
  assertEquals(await Deno.readTextFile(path), "1");
});

Deno.test("findOrInstall() keeps the faster of two concurrent installations", async () => {
  await using place = newPlace();
  const both = Promise.withResolvers<void>();
  let count = 0;
  const install = async (target: string) => {
    await Deno.writeTextFile(`${target}/program`, `${++count}`);
    if (count === 2) both.resolve();
    await both.promise;
  };
  const options = { folder: `${place.folder}/1.0`, file: "program", install };
  const [first, second] = await Promise.all([findOrInstall(options), findOrInstall(options)]);
  assertEquals(first, second);
  assertEquals((await Deno.readTextFile(first)).length, 1);
  assertEquals(await place.names(), ["1.0"]);
});

Deno.test("findOrInstall() leaves nothing of a failed installation", async () => {
  await using place = newPlace();
  const options = { folder: `${place.folder}/1.0`, file: "program" };
  const install = async (target: string) => {
    await Deno.writeTextFile(`${target}/half`, "");
    throw new Error("no network");
  };
  await assertRejects(() => findOrInstall({ ...options, install }), Error, "no network");
  const installOther = (target: string) => Deno.writeTextFile(`${target}/other`, "");
  await assertRejects(() => findOrInstall({ ...options, install: installOther }), Error, "there is no program in it");
  assertEquals(await place.names(), []);
});

/** A folder of the cache for one test. */
function newPlace() {
  const folder = `test-${crypto.randomUUID()}`;
  const url = new URL(`../../.cache/${folder}`, import.meta.url);
  return {
    folder,
    names: async () => (await Array.fromAsync(Deno.readDir(url))).map(({ name }) => name),
    [Symbol.asyncDispose]: () => Deno.remove(url, { recursive: true }),
  };
}
