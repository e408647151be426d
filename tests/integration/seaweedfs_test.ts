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
