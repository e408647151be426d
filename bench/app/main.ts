// deno-lint-ignore-file no-console -- It is a command: people read what it prints.
/**
 * Measures the files app beside bare handlers: `deno task bench:app`. bench/README.md says how.
 *
 * @module
 */
import { parseArgs } from "node:util";
import { prepareFixtures } from "../fixtures.ts";
import { readRounds } from "../options.ts";
import type { StoreConfig } from "../peer.ts";
import { percentile } from "../statistics.ts";
import { QUICK_SCALE } from "../works.ts";
import { type Server, SERVER_NAMES, type ServerName, startServer } from "./servers.ts";
import {
  type Bytes,
  UPLOADER_NAMES,
  type UploaderName,
  uploadToApp,
  uploadToBare,
  uploadWithModule,
} from "./uploads.ts";
import { prepareVisits, VISIT_NAMES, type VisitName } from "./visits.ts";

const { values } = parseArgs({ options: { rounds: { type: "string", default: "7" }, quick: { type: "boolean" } } });
const rounds = values.quick ? 1 : readRounds(values.rounds);
const seconds = values.quick ? 0.5 : 2;
const file = new Uint8Array((values.quick ? 64 : 256) * 1024 ** 2);
const AT_ONCE = 8;

const TITLES: Readonly<Record<VisitName, string>> = {
  folder: "a folder of 1,000 rows, in five pages",
  download: "1 KiB through the server",
  redirect: "1 KiB by a redirect to the store",
};
/** At least this share of the module's MB/s. */
const UPLOAD_TARGET = 0.9;

interface Figures {
  readonly ms: readonly number[];
  readonly cpuMs: number;
  readonly perSecond: number;
}

const fixtures = await prepareFixtures(["list", "upload-large"], { scale: QUICK_SCALE, network: "loopback" });
const servers = { app: await startServer("app", fixtures.store), bare: await startServer("bare", fixtures.store) };
try {
  const visits = {
    app: await prepareVisits("app", servers.app),
    bare: await prepareVisits("bare", servers.bare),
  };
  for (const visit of VISIT_NAMES) {
    const all: Record<ServerName, Figures[]> = { app: [], bare: [] };
    // The first round only warms up.
    for (let round = 0; round <= rounds; round++) {
      for (const name of inTurn(SERVER_NAMES, round)) {
        const figures = await measure(servers[name], visits[name][visit]);
        if (round > 0) all[name].push(figures);
      }
    }
    showVisit(visit, all);
  }
  const rates: Record<UploaderName, number[]> = { app: [], bare: [], module: [] };
  for (let round = 0; round <= rounds; round++) {
    for (const name of inTurn(UPLOADER_NAMES, round)) {
      // A bucket of its own, whose space the store frees at once.
      const rate = await fixtures.withBucket((store) => measureUpload(name, store));
      if (round > 0) rates[name].push(rate);
    }
  }
  showUploads(rates);
} finally {
  await Promise.all(Object.values(servers).map((server) => server.stop()));
  await fixtures.stop();
}

/** The next round runs in the opposite order. */
function inTurn<Name>(names: readonly Name[], round: number): readonly Name[] {
  return round % 2 === 0 ? names : names.toReversed();
}

/** Times and the server's CPU of visits one after another, then how many a second several visitors get. */
async function measure(server: Server, visit: () => Promise<void>): Promise<Figures> {
  const cpuMs = server.cpuMs();
  const ms = await repeat(visit, 1);
  const cpuEachMs = (server.cpuMs() - cpuMs) / ms.length;
  return { ms, cpuMs: cpuEachMs, perSecond: (await repeat(visit, AT_ONCE)).length / seconds };
}

async function repeat(visit: () => Promise<void>, lanes: number): Promise<number[]> {
  const ms: number[] = [];
  const endMs = performance.now() + seconds * 1000;
  await Promise.all(Array.from({ length: lanes }, async () => {
    for (let now = performance.now(); now < endMs;) {
      await visit();
      const after = performance.now();
      ms.push(after - now);
      now = after;
    }
  }));
  return ms;
}

/** Megabytes per second, after a smaller upload to warm up. */
async function measureUpload(name: UploaderName, store: StoreConfig): Promise<number> {
  const server = name === "module" ? undefined : await startServer(name, store);
  const upload = server === undefined
    ? (bytes: Bytes) => uploadWithModule(store, "uploaded.bin", bytes)
    : (bytes: Bytes) => (name === "app" ? uploadToApp : uploadToBare)(server, "uploaded.bin", bytes);
  try {
    await upload(file.subarray(0, file.byteLength / 2));
    const began = performance.now();
    await upload(file);
    return file.byteLength / 1000 / (performance.now() - began);
  } finally {
    await server?.stop();
  }
}

function showVisit(visit: VisitName, all: Readonly<Record<ServerName, readonly Figures[]>>): void {
  console.log(`\n${TITLES[visit].padEnd(40)}${row(["p50", "p99", "server CPU", "a second"])}`);
  for (const name of SERVER_NAMES) {
    const ms = all[name].flatMap((figures) => figures.ms);
    const [cpuMs, perSecond] = (["cpuMs", "perSecond"] as const).map((key) => median(all[name].map((one) => one[key])));
    const cells = [percentile(ms, 0.5), percentile(ms, 0.99), cpuMs ?? 0].map((value) => `${value.toFixed(2)} ms`);
    console.log(`${name.padEnd(40)}${row([...cells, String(Math.round(perSecond ?? 0))])}`);
  }
  const ratio = (of: (figures: Figures) => number) => {
    return `${median(all.app.map((figures, round) => of(figures) / of(all.bare[round] ?? figures))).toFixed(2)} ×`;
  };
  const percentiles = [0.5, 0.99].map((fraction) => ratio(({ ms }) => percentile(ms, fraction)));
  console.log(
    `${"app / bare".padEnd(40)}${row([...percentiles, ratio(({ cpuMs }) => cpuMs), ratio((one) => one.perSecond)])}`,
  );
}

function showUploads(rates: Readonly<Record<UploaderName, readonly number[]>>): void {
  console.log(`\n${`upload of ${file.byteLength / 1024 ** 2} MiB`.padEnd(40)}${row(["MB/s", "× module"])}`);
  for (const name of UPLOADER_NAMES) {
    const ratio = median(rates[name].map((rate, round) => rate / (rates.module[round] ?? rate)));
    const target = name === "app" ? `   target ≥ ${UPLOAD_TARGET}: ${ratio < UPLOAD_TARGET ? "not met" : "met"}` : "";
    console.log(`${name.padEnd(40)}${row([String(Math.round(median(rates[name]))), ratio.toFixed(2)])}${target}`);
  }
}

function median(values: readonly number[]): number {
  return percentile(values, 0.5);
}

function row(cells: readonly string[]): string {
  return cells.map((cell) => cell.padStart(12)).join("");
}
