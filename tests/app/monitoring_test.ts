import { assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { createFilesApp, createMemoryState, type FilesAppOptions } from "../../src/app/mod.ts";
import { AccessDeniedError, ServiceError } from "../../src/errors.ts";
import denoJson from "../../deno.json" with { type: "json" };
import { brokenState } from "../support/broken_state.ts";
import { EVERYTHING, SIGNING_SECRET, stubSource } from "../support/app_stub.ts";
import { createWorld, idOf } from "../support/app_world.ts";

/** An app, asked from this machine unless a test says otherwise. */
function createMonitored(options: Partial<FilesAppOptions> = {}) {
  const sources = { media: stubSource({ "a.txt": "12345" }) };
  const app = createFilesApp({ sources, permissions: EVERYTHING, ...options });
  const ask = (path: string, init: RequestInit = {}, from: string | undefined = "127.0.0.1") =>
    app(new Request(`http://localhost${path}`, init), from);
  const metrics = async () => await (await ask("/-/metrics")).text();
  return { app, ask, metrics };
}

const failing = (error: Error) => stubSource({}, { list: () => Promise.reject(error) });

Deno.test("GET /-/healthz answers at any host, and HEAD", async () => {
  const { app } = createMonitored();
  const request = (method: string) => new Request("http://10.0.3.7:8001/-/healthz", { method });
  const response = await app(request("GET"));
  assertEquals([response.status, await response.json(), response.headers.get("cache-control")], [
    200,
    { status: "ok" },
    "no-store",
  ]);
  assertMatch(response.headers.get("x-request-id") ?? "", /^[\da-f-]{36}$/);
  assertEquals([(await app(request("HEAD"))).status, (await app(request("POST"))).status], [200, 421]);
});

Deno.test("GET /-/readyz says whether any source can be reached, and asks them every 5 s at most", async () => {
  let nowMs = 0;
  let listings = 0;
  const isDown = { media: true };
  const media = stubSource({}, {
    list: async () => {
      await Promise.resolve(listings++);
      if (isDown.media) throw new ServiceError("down");
      return { files: [], folders: [], cursor: null, skipped: 0 };
    },
  });
  const { ask } = createMonitored({ sources: { media, other: failing(new ServiceError("down")) }, now: () => nowMs });
  const statuses = async () => [(await ask("/-/readyz")).status, (await ask("/-/readyz")).status];
  assertEquals(await statuses(), [503, 503]);
  assertEquals(await (await ask("/-/readyz")).json(), { status: "failed", reason: "No source can be reached" });
  isDown.media = false;
  nowMs = 4_999;
  assertEquals(await statuses(), [503, 503]);
  nowMs = 5_000;
  assertEquals([...await statuses(), listings], [200, 200, 2]);
});

Deno.test("GET /-/readyz is ready with keys that can only write, and without its state", async () => {
  const sources = { media: failing(new AccessDeniedError("Cannot list")) };
  const { ask } = createMonitored({ sources, state: brokenState(), secret: SIGNING_SECRET });
  assertEquals((await ask("/-/readyz")).status, 200);
});

Deno.test("GET /-/metrics counts requests, actions and bytes", async () => {
  const { ask, metrics } = createMonitored();
  const drain = async (path: string, init?: RequestInit) => void await (await ask(path, init)).body?.cancel();
  await drain("/-/files/source/media.json");
  await drain("/-/files/source/media/-/content?path=b", { method: "PUT", body: "123" });
  await drain("/-/files/source/media/-/content?path=../b", { method: "PUT", body: "123" });
  await drain("/-/files/source/guessed/-/content?path=b", { method: "PUT", body: "123" });
  await drain("/wp-login.php");
  await drain("/-/healthz");
  await drain("/-/files/source/media", { method: "PROPFIND" });
  const text = await metrics();
  for (
    const line of [
      's3source_http_requests_total{method="GET",route="/-/files/source/:source.json",status="200"} 1',
      's3source_http_requests_total{method="PUT",route="/-/files/source/:source/-/content",status="201"} 1',
      's3source_http_requests_total{method="GET",route="other",status="404"} 1',
      's3source_http_requests_total{method="GET",route="/-/healthz",status="200"} 1',
      's3source_http_requests_total{method="other",route="other",status="404"} 1',
      's3source_app_actions_total{action="upload",source="media",result="done"} 1',
      's3source_app_actions_total{action="upload",source="media",result="refused"} 1',
      's3source_app_actions_total{action="upload",source="other",result="refused"} 1',
      's3source_app_transferred_bytes_total{source="media",direction="in"} 3',
      's3source_app_source_up{source="media"} 1',
      `s3source_build_info{version="${denoJson.version}",runtime="${navigator.userAgent}"} 1`,
    ]
  ) assertStringIncludes(text, `\n${line}\n`);
  assertEquals(text.includes("guessed") || text.includes("s3source_state_up 1"), false);
  const { source } = createWorld({ files: { "a.txt": "12345" } });
  const stored = createMonitored({ sources: { media: source } });
  await (await stored.ask(`/-/files/${idOf("a.txt")}/download?proxy=1`)).body?.cancel();
  assertMatch(await stored.metrics(), /\ns3source_app_transferred_bytes_total\{source="media",direction="out"\} 5\n/);
});

Deno.test("GET /-/metrics says whether sources and state answer", async () => {
  const sources = { media: failing(new ServiceError("down")) };
  const down = createMonitored({ sources, state: brokenState(), secret: SIGNING_SECRET });
  await (await down.ask("/-/files/search.json?q=x")).body?.cancel();
  const text = await down.metrics();
  assertStringIncludes(text, '\ns3source_app_source_up{source="media"} 0\n');
  assertStringIncludes(text, "\ns3source_state_up 0\n");
  const up = createMonitored({ state: createMemoryState(), secret: SIGNING_SECRET });
  await (await up.ask("/-/files/search.json?q=x")).body?.cancel();
  assertStringIncludes(await up.metrics(), "\ns3source_state_up 1\n");
});

Deno.test("GET /-/metrics is for those in metricsFrom only", async () => {
  const { ask, app } = createMonitored({ metricsFrom: ["10.0.0.0/8"], trustedProxies: ["192.0.2.1"] });
  const from = async (address: string, forwarded?: string) => {
    const headers: HeadersInit = forwarded === undefined ? {} : { "x-forwarded-for": forwarded };
    return (await ask("/-/metrics", { headers }, address)).status;
  };
  assertEquals(await Promise.all([from("10.1.2.3"), from("127.0.0.1"), from("10.1.2.3", "10.1.2.4")]), [200, 404, 404]);
  assertEquals(await Promise.all([from("192.0.2.1", "10.1.2.3"), from("192.0.2.1", "198.51.100.7")]), [200, 404]);
  assertEquals((await app(new Request("http://localhost/-/metrics"))).status, 404);
});

Deno.test("GET /-/metrics answers to this machine only at its own names, so not through a proxy that says nothing", async () => {
  const { app } = createMonitored({ metricsFrom: ["127.0.0.1", "::1", "10.0.0.0/8"] });
  const from = async (address: string, host: string) =>
    (await app(new Request(`http://${host}/-/metrics`, { headers: { host } }), address)).status;
  for (const host of ["localhost:8001", "127.0.0.1:8001", "[::1]:8001"]) {
    assertEquals([await from("127.0.0.1", host), await from("::1", host)], [200, 200]);
  }
  for (const address of ["127.0.0.1", "::1", "::ffff:127.0.0.1"]) {
    assertEquals(await from(address, "files.example.com"), 404);
  }
  assertEquals(await from("10.1.2.3", "app:8001"), 200);
});

Deno.test("docs/operating.md has every metric of the app, with its type and labels", async () => {
  const { ask, metrics } = createMonitored();
  await (await ask("/-/files/source/media/-/content?path=b", { method: "PUT", body: "123" })).body?.cancel();
  const text = await metrics();
  const guide = await Deno.readTextFile(new URL("../../docs/operating.md", import.meta.url));
  const rows = [...guide.matchAll(/^\| `(s3source_app_\w+)` +\| (\w+) +\| ([^|]*?) +\|/gm)];
  const types = [...text.matchAll(/^# TYPE (s3source_app_\S+) (\S+)$/gm)].map(([, name, type]) => `${name} ${type}`);
  assertEquals(rows.map(([, name, type]) => `${name} ${type}`).toSorted(), types.toSorted());
  for (const [, name = "", , labels = ""] of rows) {
    const [, shown] = new RegExp(`^${name}\\{(.*)\\} `, "m").exec(text) ?? [];
    if (shown === undefined) continue;
    const documented = [...labels.matchAll(/`(\w+)`/g)].map(([, label]) => label);
    assertEquals([...shown.matchAll(/(\w+)="/g)].map(([, label]) => label), documented, name);
  }
});
