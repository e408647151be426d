import { assertEquals } from "@std/assert";
import { OPENAPI } from "../../src/app/api/openapi.ts";
import { API_ROUTES } from "../../src/app/api/routes.ts";
import { createWorld, headersOf, idOf, type World } from "../support/app_world.ts";
import { assertAsDocumented, documentedAnswers, seenAnswers } from "../support/openapi_check.ts";
import { formOf, MIB } from "../support/app_stub.ts";
import { IMAGES } from "../support/images.ts";
import { pngImage } from "../browser/sample_media.ts";

Deno.test("the OpenAPI document names every route, and no other", async () => {
  const documented = Object.entries(OPENAPI["paths"] as Record<string, object>).flatMap(([path, operations]) =>
    Object.keys(operations).map((method) => `${method.toUpperCase()} ${path}`)
  );
  assertEquals(documented.toSorted(), API_ROUTES.map(({ method, path }) => `${method} ${path}`).toSorted());
  const served = await (await createWorld().request("/openapi.json")).json();
  assertEquals(served, JSON.parse(JSON.stringify(OPENAPI)));
});

Deno.test("the OpenAPI document refers only to its own schemas, and to all of them", () => {
  const names = [...JSON.stringify(OPENAPI).matchAll(/"#\/components\/schemas\/(\w+)"/g)].map(([, name]) => name);
  const { schemas } = OPENAPI["components"] as { schemas: object };
  assertEquals(new Set(names), new Set(Object.keys(schemas)));
});

Deno.test("an answer that is not as documented is noticed", async () => {
  const request = new Request("http://localhost/-/files/source/media.json");
  const noticed: string[] = [];
  for (const body of [{ source: "media" }, { ok: false, errors: [] }]) {
    await assertAsDocumented(request, Response.json(body)).catch(({ message }) => noticed.push(message));
  }
  assertEquals(noticed.length, 2);
});

/** A thumbnail. */
const TINY = pngImage({ width: 1, height: 1, colorAt: () => [0, 0, 0] });

/** Sends to the address that an answer gave. */
const send = ({ request }: World, { upload_url = "" }, body: BodyInit, method = "PUT") =>
  request(upload_url.replace("/-/files", ""), { method, body });

Deno.test("every answer of the OpenAPI document occurs, and is as the document says", async () => {
  const world = createWorld({ files: { "a.txt": "hello", "b/c": "", "i.svg": "<svg/>" } });
  const { request, post } = world;
  const prepare = async (body: object) => await (await post("/upload/media/-/prepare", body)).json();
  const end = (action: string, { upload_token = "" }) => post(`/upload/media/-/${action}`, { upload_token });
  const a = idOf("a.txt");
  for (
    const path of [
      "/sources.json",
      "/source/media.json",
      "/source/media/-/status.json",
      "/source/media/-/archive?path=",
      "/source/media/-/archive.json?id=0123456789abcdef",
      "/source/media/-/size.json",
      "/search.json",
      "/openapi.json",
    ]
  ) {
    await request(path);
  }
  for (const path of [`/batch.json?id=${a}`, `/${a}.json`, `/${a}/link`, `/${a}/download`]) await request(path);
  for (const path of [`/${a}/content`, `/${a}/download?proxy=1`]) {
    const etag = (await headersOf(request, path)).get("etag") ?? "";
    for (
      const headers of [{ range: "bytes=1-2" }, { range: "bytes=9-" }, { "if-none-match": etag }, {
        "if-match": `"other"`,
      }]
    ) {
      await (await request(path, { headers })).body?.cancel();
    }
  }
  const etag = (await request(`/${idOf("i.svg")}/thumbnail`)).headers.get("etag") ?? "";
  await request(`/${idOf("i.svg")}/thumbnail`, { headers: { "if-none-match": etag } });
  const put = (headers: HeadersInit) =>
    request("/source/media/-/content?path=n", { method: "PUT", headers, body: "x" });
  await put({});
  await put({ "if-none-match": "*" });
  for (const body of [{ path: "new" }, { path: "new" }]) await post("/source/media/-/folder", body);
  await post(`/${a}/-/update`, { update: { search_text: "x" } });
  for (const action of ["copy", "move"]) {
    for (const to of ["x", "n"]) await post(`/source/media/-/${action}`, { from: "a.txt", to: to + action });
    await post(`/source/media/-/${action}`, { from: "n", to: "b/c" });
    await post("/source/media/-/copy", { from: "xcopy", to: "a.txt" });
  }
  await post("/source/media/-/delete", { paths: ["b/"] });
  await post(`/${a}/-/delete`, {});
  await prepare({ filename: "n", folder: "" });
  await prepare({ filename: "n", on_collision: "skip" });
  await post("/upload/media/-/prepare", { filename: "huge", size: 60 * 1024 ** 4 });
  const form = await prepare({ filename: "form" });
  for (const _ of [1, 2]) await send(world, form, formOf({ form: "x" }, form.upload_fields), "POST");
  for (const action of ["complete", "complete", "abort"]) await end(action, form);
  const plain = await prepare({ filename: "plain", direct: false });
  for (const _ of [1, 2]) await send(world, plain, "x");
  await end("abort", plain);
  await prepare({ filename: "direct", size: 1, direct: true });
  const picture = await prepare({ filename: "a.png", size: IMAGES.PNG.length, direct: false });
  const thumbnail = () =>
    request(`/upload/media/-/thumbnail?token=${picture.upload_token}`, { method: "PUT", body: TINY });
  await thumbnail();
  await send(world, picture, IMAGES.PNG);
  await thumbnail();
  const parts = await prepare({ filename: "parts", size: 17 * MIB, direct: false });
  const { urls } = await (await post("/upload/media/-/part-urls", { ...parts, numbers: [2] })).json();
  await send(world, { upload_url: urls[0].url }, new Uint8Array(MIB));
  const small = createWorld({ maxUploadBytes: 5 });
  const first = await (await small.post("/upload/media/-/prepare", { filename: "a" })).json();
  await send(small, first, formOf({ a: "too large" }, first.upload_fields), "POST");
  assertEquals(documentedAnswers().filter((answer) => !seenAnswers.has(answer)), []);
});
