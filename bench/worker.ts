import process from "node:process";
import { measureCredentials } from "./credentials.ts";
import { generateBody, randomBytes } from "./bodies.ts";
import { KEYS } from "./keys.ts";
import { measureOnce, measureOperations, measureYoung } from "./measure.ts";
import type { Figures } from "./metrics.ts";
import { connectPeer, type Peer, type StoreConfig } from "./peer.ts";
import type { Task } from "./works.ts";

/** The input of one measurement's process. */
export interface WorkerTask extends Task {
  readonly store: StoreConfig;
}

async function work({ work, peer: name, scale, store }: WorkerTask): Promise<Figures> {
  if (work === "credentials") return await measureCredentials(scale);
  const peer = await connectPeer(name, store);
  switch (work) {
    case "stat":
      return await measureOperations(() => able(peer.stat)(KEYS.small), { scale });
    case "stat-40":
      return await measureYoung(() => able(peer.stat)(KEYS.small));
    case "read":
      return await measureOperations(() => readSmall(peer), { scale });
    case "read-40":
      return await measureYoung(() => readSmall(peer));
    case "parallel":
      return await measureOperations(() => readSmall(peer), { scale, lanes: 16 });
    case "upload":
      return await measureOperations(uploadsSmall(peer), { scale });
    case "upload-40":
      return await measureYoung(uploadsSmall(peer));
    case "list":
      return await measureOperations(() => listPage(peer), { scale, share: 0.05 });
    case "list-40":
      return await measureYoung(() => listPage(peer));
    case "sign":
      return await measureOperations(() => able(peer.signUrl)(KEYS.small), { scale });
    case "walk":
      return await walk(peer, scale.walkKeys);
    case "walk-parallel":
      return await walk(peer, scale.walkKeys, 16);
    case "upload-large":
      return await uploadLarge(peer, scale.largeBytes);
    case "upload-unhashed":
      return await uploadLarge(peer, scale.largeBytes, peer.uploadUnhashed);
    case "upload-huge":
      return await uploadLarge(peer, scale.hugeBytes);
    case "download-large":
      return await downloadLarge(peer, KEYS.large, scale.largeBytes);
    case "download-huge":
      return await downloadLarge(peer, KEYS.huge, scale.hugeBytes);
    case "slow-reader":
      return await readSlowly(peer, scale.slowSeconds);
    case "cold":
    case "bundle":
      throw new Error(`The work "${work}" has a process of another kind`);
  }
}

async function readSmall(peer: Peer): Promise<void> {
  const { byteLength } = await able(peer.read)(KEYS.small);
  if (byteLength !== 1024) throw new Error(`${byteLength} bytes were read, not 1,024`);
}

function uploadsSmall(peer: Peer): () => Promise<unknown> {
  const bytes = randomBytes(1024);
  let turn = 0;
  return () => able(peer.upload)(`${KEYS.uploaded}${turn++ % 16}`, bytes);
}

async function listPage(peer: Peer): Promise<void> {
  const count = await able(peer.list)(KEYS.listed) ?? 1000;
  if (count !== 1000) throw new Error(`There are ${count} keys in the list, not 1,000`);
}

async function walk(peer: Peer, keys: number, concurrency = 1): Promise<Figures> {
  // One page first, as a warm-up.
  await peer.list?.(KEYS.listed);
  let count = 0;
  let halfGrowthMiB = NaN;
  const figures = await measureOnce(async (memory) => {
    await able(peer.walk)(KEYS.walked, (more) => {
      const isPastHalf = count < keys / 2 && count + more >= keys / 2;
      count += more;
      if (isPastHalf) halfGrowthMiB = memory.growthMiB();
    }, concurrency);
  });
  if (count !== keys) throw new Error(`${count} keys were found, not ${keys}`);
  return { ...figures, laterGrowth: figures.growthMiB / halfGrowthMiB };
}

async function uploadLarge(peer: Peer, sizeBytes: number, upload = peer.uploadStream): Promise<Figures> {
  await peer.stat?.(KEYS.small).catch(() => {});
  const figures = await measureOnce(() => able(upload)(KEYS.uploaded, generateBody(sizeBytes), sizeBytes));
  return { ...figures, megabytesPerSecond: sizeBytes / 1e6 / figures.seconds };
}

async function downloadLarge(peer: Peer, key: string, sizeBytes: number): Promise<Figures> {
  await readSmall(peer);
  const figures = await measureOnce(async () => {
    let received = 0;
    for await (const chunk of await able(peer.download)(key)) received += chunk.byteLength;
    if (received !== sizeBytes) throw new Error(`${received} bytes arrived, not ${sizeBytes}`);
  });
  return { ...figures, megabytesPerSecond: sizeBytes / 1e6 / figures.seconds };
}

/** Reads a file at 1 MiB per second, far below the possible speed. */
async function readSlowly(peer: Peer, seconds: number): Promise<Figures> {
  await readSmall(peer);
  return await measureOnce(async () => {
    const reader = (await able(peer.download)(KEYS.large)).getReader();
    const began = performance.now();
    for (let received = 0; received < seconds * BYTES_PER_SECOND;) {
      const { done, value } = await reader.read();
      if (done) throw new Error("The file ended before the slow reader was through");
      received += value.byteLength;
      const dueMs = began + received / BYTES_PER_SECOND * 1000;
      await new Promise((resolve) => setTimeout(resolve, dueMs - performance.now()));
    }
    await reader.cancel();
  });
}

/** A method of the client that, according to `PEERS`, exists. */
function able<Method>(method: Method | undefined): Method {
  if (method === undefined) throw new Error("This peer cannot do that");
  return method;
}

const BYTES_PER_SECOND = 1024 * 1024;

if (import.meta.main) {
  const figures = await work(JSON.parse(process.argv[2] ?? ""));
  // A connection that is kept alive would keep the process running.
  process.stdout.write(`${JSON.stringify(figures)}\n`, () => process.exit(0));
}
