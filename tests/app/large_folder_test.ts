import { assert, assertEquals } from "@std/assert";
import { createS3Source } from "../../mod.ts";
import { createMemoryS3 } from "../../src/testing/mod.ts";
import { attributes } from "../support/app_pages.ts";
import { appOf, HTML } from "../support/app_stub.ts";

Deno.test("GET source/{s} shows the first page of a folder of 100,000 files within a second", async () => {
  const s3 = createMemoryS3();
  for (let number = 0; number < 100_000; number++) {
    s3.putObject({ bucket: "bucket", key: `file-${String(number).padStart(6, "0")}.txt`, body: "" });
  }
  // Who may only browse gets no probes, which would be in the listing for a moment.
  const permissions = { "files-browse": true };
  const request = appOf(createS3Source(s3.config, { fetch: s3.fetch }), { permissions });
  // What is compiled and learnt at the first visit is not of the folder.
  await (await request("/-/files/source/media?folder=none%2F", { headers: HTML })).text();
  let [text, fastestMs] = ["", Infinity];
  // Other programs may keep the machine busy at times.
  for (let attempt = 0; attempt < 10 && fastestMs >= 1_000; attempt++) {
    const start = performance.now();
    text = await (await request("/-/files/source/media", { headers: HTML })).text();
    fastestMs = Math.min(fastestMs, performance.now() - start);
  }
  assert(fastestMs < 1_000, `it took ${fastestMs} ms`);
  const names = attributes(text, "data-name").filter((name) => name !== "-");
  assertEquals(names[0], "file-000000.txt");
  assertEquals(names.length, 200);
});
