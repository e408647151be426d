import { assertEquals, assertStringIncludes } from "@std/assert";
import { appOf, HTML, stubSource } from "../support/app_stub.ts";

Deno.test("createFilesApp() leads from the root to the sources", async () => {
  const response = await appOf(stubSource())("/");
  assertEquals([response.status, response.headers.get("location")], [302, "/-/files"]);
});

Deno.test("createFilesApp() shows the sources as links", async () => {
  const response = await appOf(stubSource())("/-/files", { headers: HTML });
  assertEquals(response.headers.get("content-type"), "text/html; charset=UTF-8");
  assertStringIncludes(await response.text(), 'href="/-/files/source/media"');
});

Deno.test("createFilesApp() passes limit and cursor on", async () => {
  const request = appOf(stubSource({ a: "", b: "", c: "" }));
  const first = await (await request("/-/files/source/media.json?limit=2")).json();
  const second = await (await request(`/-/files/source/media.json?limit=2&cursor=${first.cursor}`)).json();
  assertEquals([...first.files, ...second.files].map(({ path }) => path), ["a", "b", "c"]);
});

for (const limit of ["0", "-1", "1001", "many", "1e2", ""]) {
  Deno.test(`createFilesApp() refuses the limit "${limit}"`, async () => {
    const response = await appOf(stubSource())(`/-/files/source/media.json?limit=${limit}`);
    assertEquals([response.status, (await response.json()).ok], [400, false]);
  });
}
