import { assertEquals } from "@std/assert";
import { stubFetch, stubSource } from "../support/stub_fetch.ts";
import { multipartStore, stored } from "../support/stub_uploads.ts";

const BINARY = "application/octet-stream";

for (
  const [path, type] of Object.entries({
    "a.csv": "text/csv; charset=utf-8",
    "in/A.PNG": "image/png",
    "data.tar.gz": "application/gzip",
    "a.json": "application/json",
    "table.xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "png": BINARY,
    ".png": "image/png",
    "a.png/b": BINARY,
    "a.": BINARY,
    "a.constructor": BINARY,
  })
) {
  Deno.test(`upload(), prepareUpload() and prepareMultipartUpload() take ${path} for ${type}`, async () => {
    const store = stubFetch(stored());
    await stubSource(store).upload(path, "x");
    await stubSource(store).upload(path, new Blob(["x"]), { contentType: "" });
    const parts = multipartStore();
    await stubSource(parts).prepareMultipartUpload(path, { size: 1 });
    const sent = [...store.requests, ...parts.requests].map(({ headers }) => headers.get("content-type"));
    const prepared = await stubSource(store).prepareUpload(path, { size: 1, contentType: "" });
    const form = await stubSource(store).prepareUpload(path, { size: 1, method: "POST" });
    assertEquals([...sent, prepared.headers["content-type"], form.fields["Content-Type"]], Array(5).fill(type));
  });
}

Deno.test("upload() takes a given media type and that of a Blob before that of the name", async () => {
  const store = stubFetch(stored());
  await stubSource(store).upload("a.csv", new Blob(["x"], { type: "text/x-test" }));
  await stubSource(store).upload("a.csv", "x", { contentType: "text/csv; charset=windows-1252" });
  const sent = store.requests.map(({ headers }) => headers.get("content-type"));
  assertEquals(sent, ["text/x-test", "text/csv; charset=windows-1252"]);
});
