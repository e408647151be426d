import { assertEquals } from "@std/assert";
import type { FileEntry, FileInfo } from "../../mod.ts";
import { stubFetch, stubSource } from "../support/stub_fetch.ts";

Deno.test("an etag that may be missing does not compile into an unconditional write", async () => {
  const store = stubFetch(new Response(null, { headers: { etag: '"new"' } }));
  const overwrite = (info: FileInfo) => {
    // @ts-expect-error Without an etag, the condition would be missing.
    return () => stubSource(store).upload("a", "text", { ifMatch: info.etag });
  };
  const overwriteChecked = async (info: FileEntry) => {
    if (info.etag !== null) await stubSource(store).upload("a", "text", { ifMatch: info.etag });
  };
  const info: FileInfo = await stubSource(store).upload("a", "text");
  assertEquals([typeof overwrite(info), info.etag], ["function", '"new"']);
  await overwriteChecked(info);
  await overwriteChecked({ ...info, etag: null });
  assertEquals(store.requests.map(({ headers }) => headers.get("if-match")), [null, '"new"']);
});
