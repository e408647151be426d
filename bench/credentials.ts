import { createS3Source, type S3Source } from "../mod.ts";
import { combineFetch, createFakeBroker, type FakeBroker } from "../src/testing/mod.ts";
import { cpuSeconds } from "./cpu.ts";
import type { Figures } from "./metrics.ts";
import { percentile } from "./statistics.ts";
import type { Scale } from "./works.ts";

/**
 * The cost of a broker's credentials: the same operations on the same responses, with permanent keys and with a broker
 * that rotates its keys ten times. Nothing leaves the process.
 */
export async function measureCredentials({ credentialPasses }: Scale): Promise<Figures> {
  const costsUs: number[] = [];
  const calls: number[] = [];
  for (let pass = 0; pass <= credentialPasses; pass++) {
    // Alternately, so that a slowdown of the process affects both.
    const isBrokeredFirst = pass % 2 === 1;
    const first = await run({ isBrokered: isBrokeredFirst });
    const second = await run({ isBrokered: !isBrokeredFirst });
    const [fixed, brokered] = isBrokeredFirst ? [second, first] : [first, second];
    // The first pass only warms up.
    if (pass === 0) continue;
    costsUs.push((brokered.cpuSeconds - fixed.cpuSeconds) * 1e6 / OPERATIONS);
    calls.push(brokered.brokerCalls);
  }
  return { credentialsUs: percentile(costsUs, 0.5), brokerCalls: Math.max(...calls) };
}

async function run({ isBrokered }: { isBrokered: boolean }): Promise<{ cpuSeconds: number; brokerCalls: number }> {
  let nowMs = Date.UTC(2026, 0, 1);
  const now = () => nowMs;
  const keysUsed = new Set<string>();
  const broker = createFakeBroker({
    secret: "secret",
    now,
    grant: (call) => ({ accessKeyId: `KEY${call}`, s3Folder: `s3://${BUCKET}/${FOLDER}` }),
  });
  const fetch = combineFetch({
    "https://broker.test": broker.fetch,
    [ENDPOINT]: (_, init) => Promise.resolve(answer(new Headers(init?.headers), init?.method)),
  });
  const source = isBrokered ? brokeredSource(broker, { fetch, now }) : fixedSource({ fetch, now });
  await source.connect();
  const cpuBefore = cpuSeconds();
  for (let index = 0; index < OPERATIONS; index++) {
    // Into the window in which keys are refreshed before they expire.
    if (index > 0 && index % (OPERATIONS / ROTATIONS) === 0) nowMs += ROTATION_MS;
    await operate(source, index);
  }
  const cpu = cpuSeconds() - cpuBefore;
  if (isBrokered && keysUsed.size !== ROTATIONS) {
    throw new Error(`${keysUsed.size} access keys were used, not ${ROTATIONS}`);
  }
  return { cpuSeconds: cpu, brokerCalls: broker.calls.length };

  function answer(headers: Headers, method: string | undefined): Response {
    keysUsed.add(/Credential=([^/]+)/.exec(headers.get("authorization") ?? "")?.[1] ?? "");
    if (method === "DELETE") return new Response(null, { status: 204 });
    const length = method === "PUT" ? 0 : BYTES.byteLength;
    return new Response(method === "GET" ? BYTES : null, {
      headers: { ...FILE_HEADERS, "content-length": String(length) },
    });
  }
}

async function operate(source: S3Source, index: number): Promise<unknown> {
  const path = `file-${index % 100}.bin`;
  switch (index % 5) {
    case 0:
      return await source.stat(path);
    case 1:
      return await source.read(path);
    case 2:
      return await source.upload(path, BYTES);
    case 3:
      return await source.downloadUrl(path);
    default:
      return await source.delete(path);
  }
}

interface Surroundings {
  readonly fetch: typeof fetch;
  readonly now: () => number;
}

function brokeredSource(broker: FakeBroker, surroundings: Surroundings): S3Source {
  return createS3Source({ ...broker.config, endpointUrl: ENDPOINT }, surroundings);
}

function fixedSource(surroundings: Surroundings): S3Source {
  const keys = { accessKeyId: "KEY1", secretAccessKey: "memory-secret-key", sessionToken: "session-token" };
  return createS3Source({ ...keys, bucket: BUCKET, prefix: FOLDER, endpointUrl: ENDPOINT }, surroundings);
}

const OPERATIONS = 10_000;
const ROTATIONS = 10;
const ROTATION_MS = 50 * 60 * 1000;
const ENDPOINT = "https://s3.test";
const BUCKET = "bucket";
const FOLDER = "team/";
const BYTES = new Uint8Array(1024);
const FILE_HEADERS = { etag: '"0"', "last-modified": "Thu, 01 Jan 2026 00:00:00 GMT" };
