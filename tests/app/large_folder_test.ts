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
  const request = appOf(createS3Source(s3.config, { fetch: s3.fetch }));
  // What is compiled and learnt at the first visit is not of the folder.
  await (await request("/-/files/source/media?folder=none%2F", { headers: HTML })).text();
  const start = performance.now();
  const text = await (await request("/-/files/source/media", { headers: HTML })).text();
  const elapsedMs = performance.now() - start;
  assert(elapsedMs < 1_000, `it took ${elapsedMs} ms`);
  const names = attributes(text, "data-name").filter((name) => name !== "-");
  assertEquals(names[0], "file-000000.txt");
  assertEquals(names.length, 200);
});
