import { assert, assertEquals, assertStringIncludes, assertThrows } from "@std/assert";
import { parseXmlDocument } from "slimdom";
import { runBenchmark, schedule } from "../../bench/benchmark.ts";
import { collectParts, generateBody } from "../../bench/bodies.ts";
import { formatComparison } from "../../bench/comparison.ts";
import type { Figures } from "../../bench/metrics.ts";
import { measureYoung } from "../../bench/measure.ts";
import { type NetworkName, PEER_NAMES, type PeerName, type RuntimeName, type WorkName } from "../../bench/names.ts";
import { readOptions } from "../../bench/options.ts";
import { connectPeer, type Peer } from "../../bench/peer.ts";
import { PEERS } from "../../bench/peers.ts";
import { plotRun } from "../../bench/plot.ts";
import { sharesOf } from "../../bench/profile.ts";
import { formatRun } from "../../bench/report.ts";
import { parseRun, type Run, type Sample } from "../../bench/run.ts";
import { percentile, ratioOf, spreadOf } from "../../bench/statistics.ts";
import { formatTable } from "../../bench/table.ts";
import { formatVerdict, judge } from "../../bench/targets.ts";
import { FULL_SCALE } from "../../bench/works.ts";

const read = { work: "read", runtime: "deno" } as const;

function sampleOf(
  peer: PeerName,
  figures: Figures,
  { work, runtime, round = 1 }: { work: WorkName; runtime: RuntimeName; round?: number } = read,
): Sample {
  return { runtime, peer, work, round, figures };
}

function runOf(samples: readonly Sample[], network: NetworkName = "loopback"): Run {
  const date = "2026-01-02T03:04:05Z";
  return { date, surroundings: {}, rounds: 3, network, scale: FULL_SCALE, samples, failures: [] };
}

Deno.test("percentile() interpolates between two values", () => {
  assertEquals(percentile([4, 1, 3, 2], 0.5), 2.5);
  assertEquals(percentile([10, 20, 30, 40, 50], 0.95), 48);
  assertThrows(() => percentile([], 0.5), RangeError);
});

Deno.test("spreadOf() returns the median and the quartiles", () => {
  assertEquals(spreadOf([5, 1, 4, 2, 3]), { low: 2, median: 3, high: 4 });
  assertEquals(spreadOf([]), undefined);
});

Deno.test("ratioOf() compares within rounds, so that a slow round does not count twice", () => {
  const ours = [{ round: 1, value: 2 }, { round: 2, value: 20 }, { round: 3, value: 2 }];
  const theirs = [{ round: 2, value: 10 }, { round: 1, value: 1 }];
  assertEquals(ratioOf(ours, theirs), { low: 2, median: 2, high: 2 });
});

Deno.test("formatTable() aligns names left and figures right", () => {
  assertEquals(
    formatTable([["", "ms"], ["floor", "1.25"], ["s3mini", "10.5"]]),
    "          ms\nfloor   1.25\ns3mini  10.5",
  );
});

Deno.test("judge() compares with the best client that a target names", () => {
  const run = runOf([
    sampleOf("s3-source", { cpuMs: 0.3 }),
    sampleOf("floor", { cpuMs: 0.25 }),
    sampleOf("s3mini", { cpuMs: 0.6 }),
    sampleOf("aws4fetch", { cpuMs: 0.4 }),
  ]);
  const lines = judge(run, "read", "deno").map(formatVerdict);
  assertEquals(lines, [
    "met          CPU ms/op 1.20 × floor (1.20–1.20), at most 1.35",
    "not met      CPU ms/op 0.75 × aws4fetch (0.75–0.75), at most 0.65",
    "not measured CPU ms/op × aws-sdk, aws-sdk-fetch, at most 0.25",
  ]);
});

Deno.test("judge() prefers more throughput and less memory", () => {
  const transfer = { work: "download-large", runtime: "bun" } as const;
  const run = runOf([
    sampleOf("s3-source", { megabytesPerSecond: 96, growthMiB: 20 }, transfer),
    sampleOf("floor", { megabytesPerSecond: 100 }, transfer),
    sampleOf("bun-s3", { megabytesPerSecond: 120 }, transfer),
    sampleOf("s3-source", { growthMiB: 64 }, { work: "download-huge", runtime: "bun" }),
  ]);
  assertEquals(judge(run, "download-large", "bun").map(({ isMet }) => isMet), [true, false]);
  assertEquals(judge(run, "download-huge", "bun").map(formatVerdict), [
    "met          growth MiB 64 (64–64), at most 64",
    "not met      growth MiB 3.20 × download-large (3.20–3.20), at most 1.15",
  ]);
});

Deno.test("judge() has other targets for another network", () => {
  const transfer = { work: "download-large", runtime: "deno" } as const;
  const samples = [
    sampleOf("s3-source", { megabytesPerSecond: 200 }, transfer),
    sampleOf("floor", { megabytesPerSecond: 50 }, transfer),
    sampleOf("s3mini", { megabytesPerSecond: 80 }, transfer),
  ];
  assertEquals(judge(runOf(samples, "wan"), "download-large", "deno").map(formatVerdict), [
    "met          MB/s 4.00 × floor (4.00–4.00), at least 3.5",
    "not met      MB/s 2.50 × s3mini (2.50–2.50), at least 3",
  ]);
  const walks = (["walk", "walk-parallel"] as const).map((work, index) =>
    sampleOf("s3-source", { seconds: 4 - 3 * index }, { work, runtime: "deno" })
  );
  assertEquals(judge(runOf(walks, "wan"), "walk-parallel", "deno").map(formatVerdict), [
    "met          seconds 0.25 × walk (0.25–0.25), at most 0.25",
  ]);
});

Deno.test("judge() has other targets after few operations than after many", () => {
  const samples = (["stat", "stat-40"] as const).flatMap((work) => [
    sampleOf("s3-source", { cpuMs: 0.32 }, { work, runtime: "bun" }),
    sampleOf("floor", { cpuMs: 0.2 }, { work, runtime: "bun" }),
    sampleOf("s3mini", { cpuMs: 0.2 }, { work, runtime: "bun" }),
  ]);
  const verdicts = (work: WorkName) => judge(runOf(samples), work, "bun").map(formatVerdict);
  assertEquals(verdicts("stat")[0], "not met      CPU ms/op 1.60 × floor (1.60–1.60), at most 1.3");
  assertEquals(verdicts("stat-40"), [
    "met          CPU ms/op 1.60 × floor (1.60–1.60), at most 1.8",
    "not met      CPU ms/op 1.60 × s3mini (1.60–1.60), at most 1.5",
  ]);
});

Deno.test("measureYoung() leaves out the first 40 operations, and runs one after another", async () => {
  let begun = 0;
  let running = 0;
  const figures = await measureYoung(async () => {
    assertEquals(++running, 1);
    const isFirst = ++begun <= 40;
    await (isFirst ? new Promise((resolve) => setTimeout(resolve, 2)) : Promise.resolve());
    running--;
  });
  assertEquals(begun, 240);
  assert((figures.latencyMs ?? NaN) < 1);
});

Deno.test("schedule() reverses the peers in every second round", () => {
  const deno = { name: "deno", version: "", command: () => new Deno.Command("") } as const;
  const plan = { works: ["stat"], rounds: 2, runtimes: [deno], peers: PEER_NAMES } as const;
  const turns = [...schedule(plan)].map(({ peer }) => peer);
  const peers = PEER_NAMES.filter((peer) => !PEERS[peer].isBunOnly);
  assertEquals(turns, [...peers, ...peers.toReversed()]);
});

Deno.test("PEERS lists for each client what it cannot do, and why", async () => {
  const methods: Partial<Record<WorkName, keyof Peer>> = {
    stat: "stat",
    read: "read",
    upload: "upload",
    list: "list",
    walk: "walk",
    "upload-large": "uploadStream",
    "download-large": "download",
  };
  const store = { endpointUrl: "http://127.0.0.1:1", bucket: "bucket", accessKeyId: "a", secretAccessKey: "s" };
  for (const name of PEER_NAMES.filter((name) => !PEERS[name].isBunOnly)) {
    const peer = await connectPeer(name, store);
    for (const [work, method] of Object.entries(methods)) {
      const reason = Object.entries(PEERS[name].cannot).find(([key]) => key === work)?.[1] ?? "";
      const isAbsent = reason !== "" && !reason.startsWith("measured");
      assertEquals(peer[method] === undefined, isAbsent, `${name}, ${work}`);
    }
  }
});

Deno.test("collectParts() gives each part of a body to one of the loops", async () => {
  const parts = collectParts(generateBody(300_000), 131_072);
  const taken: [number, number][] = [];
  await Promise.all([1, 2].map(async () => {
    for await (const { number, bytes } of parts) taken.push([number, bytes.byteLength]);
  }));
  assertEquals(taken.sort(([a], [b]) => a - b), [[1, 131_072], [2, 131_072], [3, 37_856]]);
});

Deno.test("readOptions() returns the works in order, by default without the extra ones", () => {
  assertEquals(readOptions(["--only", "read", "--only", "stat", "--rounds", "3"])?.works, ["stat", "read"]);
  assertEquals(readOptions([])?.works.includes("upload-huge"), false);
  assertEquals(readOptions([])?.rounds, 7);
  assertEquals(readOptions(["--quick"])?.rounds, 1);
  assertEquals([readOptions([])?.network, readOptions(["--network", "wan"])?.network], ["loopback", "wan"]);
  const far = readOptions(["--network", "wan"]);
  assertEquals([far?.works, far?.rounds], [["parallel", "walk", "walk-parallel", "download-large"], 3]);
  assertEquals(readOptions(["--help"]), undefined);
});

Deno.test("readOptions() refuses unknown values", () => {
  assertThrows(() => readOptions(["--only", "reed"]), Error, 'There is no --only "reed"');
  assertThrows(() => readOptions(["--runtime", "node"]), Error, 'There is no --runtime "node"');
  assertThrows(() => readOptions(["--peer", "curl"]), Error, 'There is no --peer "curl"');
  assertThrows(() => readOptions(["--network", "moon"]), Error, 'There is no --network "moon"');
  assertThrows(() => readOptions(["--rounds", "0"]), Error, "--rounds must be");
  assertThrows(() => readOptions(["--fast"]), TypeError, "--fast");
});

Deno.test("parseRun() reads the output of --json and refuses other files", () => {
  const run = runOf([sampleOf("floor", { cpuMs: 0.25 })]);
  assertEquals(parseRun(JSON.stringify(run)), run);
  // Earlier runs do not say.
  assertEquals(parseRun(JSON.stringify({ ...run, network: undefined })), run);
  for (const other of ["{}", "null", '{"rounds":1,"samples":[{"peer":"curl"}]}']) {
    assertThrows(() => parseRun(other), Error, "not written by --json");
  }
});

Deno.test("formatComparison() excludes the floor's change", () => {
  const then = runOf([sampleOf("s3-source", { cpuMs: 0.4 }), sampleOf("floor", { cpuMs: 0.2 })]);
  const now = runOf([sampleOf("s3-source", { cpuMs: 0.6 }), sampleOf("floor", { cpuMs: 0.4 })]);
  const line = formatComparison(now, then).split("\n").at(-1) ?? "";
  assertEquals(line.split(/\s{2,}/), ["read, deno, CPU ms/op", "0.400", "0.600", "1.50", "2.00", "0.75"]);
});

Deno.test("formatRun() shows figures, failures and the number of met targets", () => {
  const run = runOf([sampleOf("s3-source", { cpuMs: 0.3 }), sampleOf("floor", { cpuMs: 0.25 })]);
  const text = formatRun({ ...run, failures: [{ ...read, peer: "s3mini", round: 2, reason: "it hung" }] });
  assertStringIncludes(text, "0.300 (0.300–0.300)");
  assertEquals(text.includes("network:"), false);
  const wan = "network: 50 MB/s for each connection and 30 ms for a round trip";
  assertStringIncludes(formatRun({ ...run, network: "wan" }), wan);
  assertStringIncludes(text, "FAILED: read, deno, s3mini, round 2: it hung");
  assertStringIncludes(text, "1 of 1 targets met, 2 not measured; 2 measurements, 1 failed.");
});

Deno.test("plotRun() draws a bar per peer, as well-formed SVG with the reader's colour scheme", () => {
  const run = runOf([sampleOf("s3-source", { cpuMs: 0.3 }), sampleOf("floor", { cpuMs: 0.25 })]);
  const svg = parseXmlDocument(plotRun(run));
  const bars = svg.getElementsByTagName("rect").filter((rect) => rect.getAttribute("class") !== "ground");
  assertEquals(bars.map((bar) => [bar.getAttribute("class"), bar.getAttribute("width")]), [["ours", "240"], [
    "floor",
    "200",
  ]]);
  assertStringIncludes(plotRun(run), "prefers-color-scheme:dark");
});

Deno.test("runBenchmark() counts the broker's calls across rotations", async () => {
  const options = {
    works: ["credentials"],
    rounds: 1,
    isQuick: true,
    runtimes: ["deno"],
    peers: PEER_NAMES,
    network: "loopback",
  } as const;
  const { signal } = new AbortController();
  const run = await runBenchmark(options, { report: () => {}, signal });
  assertEquals(run.failures, []);
  assertEquals(run.samples.map(({ figures }) => figures.brokerCalls), [10]);
  assert(Number.isFinite(run.samples[0]?.figures.credentialsUs));
});

Deno.test("sharesOf() returns shares of the time without waiting, by purpose", () => {
  const node = (id: number, functionName: string, url = "") => ({ id, callFrame: { functionName, url } });
  const shares = sharesOf({
    nodes: [
      node(1, "(idle)"),
      node(2, "sign", "file:///s3-source/src/s3/sign/sign.ts"),
      node(3, "op_fetch"),
      node(4, "(garbage collector)"),
    ],
    samples: [1, 2, 3, 3, 4],
    timeDeltas: [1000, 10, 20, 60, 10],
  });
  assertEquals(Object.fromEntries(shares), {
    "our signing": 0.1,
    "fetch of the runtime": 0.8,
    "garbage collection": 0.1,
  });
});
