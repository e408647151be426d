import { assertEquals } from "@std/assert";
import { appOf, stubSource } from "../support/app_stub.ts";

Deno.test("GET source/{s}.json lists a folder page by page", async () => {
  const request = appOf(stubSource({ a: "", b: "", c: "" }));
  const first = await (await request("/-/files/source/media.json?limit=2")).json();
  const second = await (await request(`/-/files/source/media.json?limit=2&cursor=${first.cursor}`)).json();
  assertEquals([...first.files, ...second.files].map(({ path }) => path), ["a", "b", "c"]);
});

for (const limit of ["0", "-1", "1001", "many", "1e2", ""]) {
  Deno.test(`GET source/{s}.json refuses the limit "${limit}"`, async () => {
    const response = await appOf(stubSource())(`/-/files/source/media.json?limit=${limit}`);
    assertEquals([response.status, (await response.json()).ok], [400, false]);
  });
}
