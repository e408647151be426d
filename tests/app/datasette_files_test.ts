import { assertEquals, assertMatch } from "@std/assert";
import { createWorld } from "../support/app_world.ts";

Deno.test("a client of datasette-files uploads, finds and deletes a file, with nothing but what the host's API has", async () => {
  const world = createWorld({ authenticate: () => ({ id: "alice" }), files: { "old.txt": "old" } });
  const get = async (path: string) => await (await world.request(path)).json();
  const { sources: [source] } = await get("/sources.json");
  assertEquals(source.capabilities.can_upload, true);

  const file = new File(["hello"], "Käse & 'Brot'.txt", { type: "text/plain" });
  const wish = { filename: file.name, content_type: file.type, size: file.size };
  const prepared = await (await world.post(`/upload/${source.slug}/-/prepare`, wish)).json();
  assertEquals([prepared.ok, prepared.upload_method, prepared.upload_headers], [true, "POST", {}]);
  assertMatch(prepared.upload_token, /^tok_/);

  const form = new FormData();
  for (const [name, value] of Object.entries<string>(prepared.upload_fields)) form.append(name, value);
  form.append("file", file);
  const { pathname } = new URL(prepared.upload_url, "http://127.0.0.1:8001");
  const sent = await world.request(pathname.replace("/-/files", ""), {
    method: prepared.upload_method,
    headers: { ...prepared.upload_headers, "sec-fetch-site": "same-origin" },
    body: form,
  });
  assertEquals([sent.ok, (await sent.json()).ok], [true, true]);

  const token = { upload_token: prepared.upload_token };
  const completed = await world.post(`/upload/${source.slug}/-/complete`, token);
  const { ok, file: record } = await completed.json();
  assertEquals([completed.status, ok, record.filename, record.size], [201, true, file.name, 5]);
  assertEquals([record.content_type, record.source_slug, record.uploaded_by], ["text/plain", "media", "alice"]);
  assertMatch(record.id, /^df-/);
  assertMatch(record.content_hash, /^sha256:[0-9a-f]{64}$/);

  assertEquals(await get(`/${record.id}.json`), record);
  const { files } = await get(`/batch.json?id=${record.id}&id=df-missing`);
  assertEquals(Object.keys(files), [record.id]);
  assertEquals([files[record.id].filename, files[record.id].info_url], [file.name, `/-/files/${record.id}.json`]);

  const found = await get(`/search.json?q=${encodeURIComponent("KÄSE")}&source=${source.slug}`);
  assertEquals(found.files.map(({ id }: { id: string }) => id), [record.id]);
  assertEquals([found.total, found.next], [1, null]);

  const download = await world.request(record.download_url.replace("/-/files", ""));
  assertEquals(await (await world.s3.fetch(download.headers.get("location") ?? "")).text(), "hello");
  const thumbnail = await world.request(record.thumbnail_url.replace("/-/files", ""));
  assertEquals(thumbnail.headers.get("content-type"), "image/svg+xml");

  const updated = await world.post(`/${record.id}/-/update`, { update: { search_text: "cheese" } });
  assertEquals((await updated.json()).file.search_text, "cheese");
  const deleted = await world.post(`/${record.id}/-/delete`, {});
  assertEquals([deleted.status, await deleted.json()], [200, { ok: true }]);
  assertEquals([(await world.request(`/${record.id}.json`)).status, world.paths()], [404, ["old.txt"]]);
});
