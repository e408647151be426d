import { assertEquals, assertRejects } from "@std/assert";
import { createS3Source, IntegrityError } from "../../mod.ts";
import { limitsOf } from "../stores/differences.ts";
import { useSeaweedFs } from "./seaweedfs.ts";
import { testStore } from "./store_suite.ts";

const seaweedFs = await useSeaweedFs();

if (seaweedFs !== undefined) {
  // 4.48 removes an empty folder some time later.
  testStore(seaweedFs, { name: "SeaweedFS", limits: limitsOf("SeaweedFS"), keepsEmptyFolders: true });

  Deno.test("read() finds what SeaweedFS has stored though it was altered on its way", async () => {
    const altering: typeof fetch = (input, init) =>
      fetch(input, init?.method === "PUT" ? { ...init, body: "AAA" } : init);
    const config = { ...seaweedFs.config, prefix: crypto.randomUUID() };
    const source = createS3Source({ ...config, store: { checksums: "none" } }, { fetch: altering });
    await source.upload("a", "new");
    await assertRejects(() => source.read("a"), IntegrityError, '"a"');
  });

  Deno.test("walk() with concurrency lists what SeaweedFS lists page by page", async () => {
    const source = createS3Source({ ...seaweedFs.config, prefix: crypto.randomUUID() });
    const paths = Array.from({ length: 3000 }, (_, index) => {
      const folder = ["", "a/b/", "\u{1f600}/", "\uff5e/", "a/", "a-b/", "a.", "4/", "7/", "9/"][index % 10];
      return `${folder}${(index * 2_654_435_761 % 2 ** 32).toString(16)}.txt`;
    });
    const rest = paths.values();
    await Promise.all(Array.from({ length: 16 }, async () => {
      for (const path of rest) await source.upload(path, "");
    }));
    const walked = await Array.fromAsync(source.walk(), ({ path }) => path);
    assertEquals(walked.toSorted(), paths.toSorted());
    assertEquals(await Array.fromAsync(source.walk({ concurrency: 8 }), ({ path }) => path), walked);
  });

  Deno.test("diagnose() leaves no folder behind on SeaweedFS, and the folders that were there", async () => {
    const [fresh, marked] = [crypto.randomUUID(), crypto.randomUUID()];
    const bucket = createS3Source(seaweedFs.config);
    await bucket.upload(`${marked}/`, "", { contentType: "application/x-directory" });
    for (const folder of [fresh, marked]) await bucket.folder(folder).diagnose();
    const { folders } = await bucket.list({ recursive: false, limit: 1_000 });
    assertEquals([folders.includes(`${fresh}/`), folders.includes(`${marked}/`)], [false, true]);
    await bucket.delete(`${marked}/`);
  });
}
