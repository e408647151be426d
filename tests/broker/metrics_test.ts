import { assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import denoJson from "../../deno.json" with { type: "json" };
import { createCounter, createGauge, createHistogram } from "../../src/metrics/prometheus.ts";
import type { BrokerOptions } from "../../src/broker/mod.ts";
import { askIn, get, NOW, SECRET, stubBroker, TEAM } from "../support/stub_broker.ts";
import { stubFetch } from "../support/stub_fetch.ts";
import { stsError, stsReply } from "../support/stub_sts.ts";
import { openTestIssuer } from "../support/test_issuer.ts";

const METRICS = new Request("https://broker.test/metrics");
const LOCAL: Partial<BrokerOptions> = { addressOf: () => "127.0.0.1" };

/** The lines of a broker's metrics, without comments. */
async function samples(broker: (request: Request) => Promise<Response>): Promise<string[]> {
  const text = await (await broker(METRICS)).text();
  return text.split("\n").filter((line) => line !== "" && !line.startsWith("#"));
}

const named = (lines: string[], name: string) => lines.filter((line) => line.startsWith(`s3source_${name}`));

Deno.test("createCounter() writes each series, with its labels escaped", () => {
  const counter = createCounter({ name: "c_total", help: "Counts.", labels: ["a", "b"] });
  for (const a of ["x", 'q"\\\n', "x"]) counter.add({ a, b: "y" });
  assertEquals(counter.lines(), [
    "# HELP c_total Counts.",
    "# TYPE c_total counter",
    'c_total{a="x",b="y"} 2',
    'c_total{a="q\\"\\\\\\n",b="y"} 1',
  ]);
});

Deno.test("createCounter() keeps series apart whose labels look alike when joined", () => {
  const counter = createCounter({ name: "c_total", help: "Counts.", labels: ["a", "b"] });
  counter.add({ a: 'x",b="y', b: "z" });
  counter.add({ a: "x", b: 'y",b="z' });
  assertEquals(counter.lines().length, 4);
});

Deno.test("createCounter() counts what comes after 50,000 series as others", () => {
  const counter = createCounter({ name: "c_total", help: "Counts.", labels: ["a"] });
  for (let i = 0; i < 50_002; i++) counter.add({ a: String(i) });
  counter.add({ a: "0" });
  const lines = counter.lines();
  assertEquals([lines.length, lines[2], lines.at(-1)], [50_003, 'c_total{a="0"} 2', 'c_total{a="other"} 2']);
});

Deno.test("createHistogram() counts below each bound", () => {
  const histogram = createHistogram({ name: "h_seconds", help: "Measures.", labels: ["a"] });
  for (const seconds of [0.005, 0.006, 0.5, 11]) histogram.observe({ a: "x" }, seconds);
  assertEquals(histogram.lines(), [
    "# HELP h_seconds Measures.",
    "# TYPE h_seconds histogram",
    'h_seconds_bucket{a="x",le="0.005"} 1',
    'h_seconds_bucket{a="x",le="0.01"} 2',
    'h_seconds_bucket{a="x",le="0.025"} 2',
    'h_seconds_bucket{a="x",le="0.05"} 2',
    'h_seconds_bucket{a="x",le="0.1"} 2',
    'h_seconds_bucket{a="x",le="0.25"} 2',
    'h_seconds_bucket{a="x",le="0.5"} 3',
    'h_seconds_bucket{a="x",le="1"} 3',
    'h_seconds_bucket{a="x",le="2.5"} 3',
    'h_seconds_bucket{a="x",le="5"} 3',
    'h_seconds_bucket{a="x",le="10"} 3',
    'h_seconds_bucket{a="x",le="+Inf"} 4',
    'h_seconds_sum{a="x"} 11.511',
    'h_seconds_count{a="x"} 4',
  ]);
});

Deno.test("createGauge() reads its values when they are asked for", () => {
  let value = 1;
  const gauge = createGauge({ name: "g", help: "Shows.", labels: [] }, () => [[{}, value]]);
  value = 2;
  assertEquals(gauge.lines(), ["# HELP g Shows.", "# TYPE g gauge", "g 2"]);
});

Deno.test("GET /metrics counts grants by tenant and result, and tells when keys expire", async () => {
  const sts = stubFetch(stsReply(), stsError(403, "AccessDenied"));
  const { broker } = stubBroker(sts, LOCAL);
  for (let i = 0; i < 3; i++) await broker(askIn(SECRET)("form"));
  await broker(get("other-secret-canary"));
  const lines = await samples(broker);
  assertEquals(named(lines, "broker_grants_total"), [
    's3source_broker_grants_total{tenant="team",result="new"} 1',
    's3source_broker_grants_total{tenant="team",result="cached"} 2',
    's3source_broker_grants_total{tenant="other",result="failed"} 1',
  ]);
  assertEquals(named(lines, "broker_keys_expire"), [
    `s3source_broker_keys_expire_timestamp_seconds{tenant="team"} ${NOW / 1000 + 900}`,
  ]);
  assertEquals(named(lines, "broker_sts_request_duration_seconds_count"), [
    's3source_broker_sts_request_duration_seconds_count{result="ok"} 1',
    's3source_broker_sts_request_duration_seconds_count{result="failed"} 1',
  ]);
  assertEquals(named(lines, "broker_refusals_total"), []);
});

Deno.test("GET /metrics counts refusals by reason", async () => {
  const { broker } = stubBroker(stubFetch(), { ...LOCAL, maxFailuresPerMinute: 2 });
  const requests = [get("wrong"), get(undefined), get("wrong"), get(SECRET, "?allow=delete"), get(SECRET, "?x=1")];
  for (const request of requests) await broker(request);
  assertEquals(named(await samples(broker), "broker_refusals_total"), [
    's3source_broker_refusals_total{reason="unknown_caller"} 2',
    's3source_broker_refusals_total{reason="too_many_failures"} 1',
    's3source_broker_refusals_total{reason="asked_too_much"} 1',
    's3source_broker_refusals_total{reason="malformed"} 1',
  ]);
});

Deno.test("GET /metrics counts HTTP requests, of unknown paths and methods as others", async () => {
  const { broker } = stubBroker(stubFetch(), LOCAL);
  for (const path of ["/healthz", "/healthz", "/credentials/x", "/%22%0A", "/.env"]) {
    await broker(new Request(`https://broker.test${path}`));
  }
  await broker(new Request("https://broker.test/healthz", { method: "PROPFIND" }));
  const lines = await samples(broker);
  assertEquals(named(lines, "http_requests_total"), [
    's3source_http_requests_total{method="GET",route="/healthz",status="200"} 2',
    's3source_http_requests_total{method="GET",route="other",status="404"} 3',
    's3source_http_requests_total{method="other",route="/healthz",status="405"} 1',
  ]);
  assertEquals(named(lines, "http_request_duration_seconds_count"), [
    's3source_http_request_duration_seconds_count{method="GET",route="/healthz"} 2',
    's3source_http_request_duration_seconds_count{method="GET",route="other"} 3',
    's3source_http_request_duration_seconds_count{method="other",route="/healthz"} 1',
  ]);
});

Deno.test("GET /metrics counts fetches of issuers' keys", async () => {
  await using issuer = await openTestIssuer();
  const issuers = { cluster: { url: issuer.url, audiences: ["s3-broker"], fetch } };
  const { broker } = stubBroker(stubFetch(), { ...LOCAL, issuers, now: Date.now });
  await broker(get(await issuer.issue()));
  assertEquals(named(await samples(broker), "broker_jwks_fetches_total"), [
    's3source_broker_jwks_fetches_total{issuer="cluster",result="ok"} 1',
  ]);
});

Deno.test("GET /metrics tells version and runtime, in the text format 0.0.4", async () => {
  const { broker } = stubBroker(stubFetch(), LOCAL);
  const response = await broker(METRICS);
  assertEquals(response.headers.get("content-type"), "text/plain; version=0.0.4; charset=utf-8");
  const text = await response.text();
  assertStringIncludes(text, "# TYPE s3source_build_info gauge\n");
  assertStringIncludes(text, `s3source_build_info{version="${denoJson.version}",runtime="${navigator.userAgent}"} 1\n`);
  assertStringIncludes(text, "\ns3source_broker_config_last_reload_successful 1\n");
  assertMatch(text, /\n$/);
});

Deno.test("docs/operating.md has every metric, with its type and labels", async () => {
  const { broker } = stubBroker(stubFetch(stsReply()), LOCAL);
  await broker(askIn(SECRET)("container"));
  const text = await (await broker(METRICS)).text();
  const guide = await Deno.readTextFile(new URL("../../docs/operating.md", import.meta.url));
  const rows = [...guide.matchAll(/^\| `(s3source_(?!app_)\w+)` +\| (\w+) +\| ([^|]*?) +\|/gm)];
  const types = [...text.matchAll(/^# TYPE (\S+) (\S+)$/gm)].map(([, name, type]) => `${name} ${type}`);
  assertEquals(rows.map(([, name, type]) => `${name} ${type}`).toSorted(), types.toSorted());
  for (const [, name = "", type, labels = ""] of rows) {
    const [, shown = ""] = new RegExp(`^${name}(?:_count)?(?:\\{(.*)\\})? `, "m").exec(text) ?? [];
    const used = [...shown.matchAll(/(\w+)="/g)].map(([, label]) => label);
    const documented = [...labels.matchAll(/`(\w+)`/g)].map(([, label]) => label);
    // A family without values shows no labels.
    if (used.length > 0 || documented.length === 0) assertEquals(used, documented, `${name} ${type}`);
  }
});

Deno.test("GET /metrics answers HEAD, and refuses POST", async () => {
  const { broker } = stubBroker(stubFetch(), LOCAL);
  const ask = async (method: string) => (await broker(new Request(METRICS, { method }))).status;
  assertEquals([await ask("HEAD"), await ask("POST")], [200, 405]);
});

Deno.test("GET /metrics escapes the names of tenants", async () => {
  const { broker } = stubBroker(stubFetch(stsReply()), { ...LOCAL, tenants: { 'a"\\b': TEAM } });
  await broker(get(SECRET));
  assertEquals(named(await samples(broker), "broker_grants_total"), [
    's3source_broker_grants_total{tenant="a\\"\\\\b",result="new"} 1',
  ]);
});
