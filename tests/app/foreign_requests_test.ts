import { assertEquals } from "@std/assert";
import { createFilesApp } from "../../src/app/mod.ts";
import { appOf, stubSource } from "../support/app_stub.ts";
import { idOf } from "../support/app_world.ts";

for (
  const headers of [
    { "sec-fetch-site": "cross-site" },
    { "sec-fetch-site": "same-site" },
    { "sec-fetch-site": "cross-site", origin: "http://127.0.0.1:8001" },
    { origin: "https://evil.test" },
    { origin: "http://127.0.0.1:8002" },
    { origin: "null" },
  ]
) {
  Deno.test(`createFilesApp() refuses to delete for ${JSON.stringify(headers)}`, async () => {
    const source = stubSource({ a: "" });
    const response = await appOf(source)(`/-/files/${idOf("a")}/-/delete`, { method: "POST", headers });
    assertEquals([response.status, source.files.size], [403, 1]);
  });
}

for (
  const headers of [{}, { "sec-fetch-site": "same-origin" }, { "sec-fetch-site": "none" }, {
    origin: "http://127.0.0.1:8001",
  }]
) {
  Deno.test(`createFilesApp() deletes for ${JSON.stringify(headers)}`, async () => {
    const source = stubSource({ a: "" });
    const response = await appOf(source)(`/-/files/${idOf("a")}/-/delete`, { method: "POST", headers });
    assertEquals([response.status, source.files.size], [200, 0]);
  });
}

for (const host of ["evil.test", "127.0.0.1.evil.test", "localhost.evil.test:8001", "192.168.0.1:8001", "", "a b"]) {
  Deno.test(`createFilesApp() refuses the host "${host}"`, async () => {
    const response = await appOf(stubSource())("/-/files/sources.json", { headers: { host } });
    assertEquals(response.status, 421);
  });
}

for (
  const host of ["localhost", "LOCALHOST:8001", "127.0.0.1:8001", "127.9.9.9", "[::1]:8001", "files.example.com:443"]
) {
  Deno.test(`createFilesApp() answers to the host "${host}"`, async () => {
    const request = appOf(stubSource(), { allowedHosts: ["Files.example.com"] });
    assertEquals((await request("/-/files/sources.json", { headers: { host } })).status, 200);
  });
}

Deno.test("createFilesApp() refuses a foreign host in the URL", async () => {
  const app = createFilesApp({ sources: {} });
  assertEquals((await app(new Request("http://evil.test/-/files"))).status, 421);
});

for (
  const [url, host] of [
    ["http://evil.test/-/files", "127.0.0.1:8001"],
    ["http://127.0.0.1:8001/-/files", "evil.test"],
  ] as const
) {
  Deno.test(`createFilesApp() refuses ${url} with the Host ${host}`, async () => {
    const app = createFilesApp({ sources: {} });
    assertEquals((await app(new Request(url, { headers: { host } }))).status, 421);
  });
}

Deno.test("createFilesApp() does not take OPTIONS from another site for a change", async () => {
  const headers = { "sec-fetch-site": "cross-site", origin: "https://evil.test" };
  const { status } = await appOf(stubSource())("/-/files/sources.json", { method: "OPTIONS", headers });
  assertEquals(status, 404);
});
