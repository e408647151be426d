import { assertEquals } from "@std/assert";
import { IntegrityError, type S3Source, S3SourceError } from "../../mod.ts";
import { createFaultyFetch } from "../../src/testing/faults/proxy.ts";
import { printFigures } from "../support/figures.ts";
import { collect, isSame, PART_BYTES, someBytes, toStream } from "../conformance/suite.ts";
import type { FaultStore } from "./store.ts";

const OFFSETS = 100;

/** How many flips to try. */
export interface FlipOptions {
  /** How many flips in a file that is uploaded in parts, which takes much longer. Other files get 100. */
  readonly partedOffsets: number;
}

/** One bit is flipped at places throughout a body: a checksum always detects it. */
export function testFlips(store: FaultStore, { partedOffsets }: FlipOptions): void {
  const bytes = someBytes(200_003);
  const large = someBytes(PART_BYTES + 200_003);

  const files = [["of one part", bytes, OFFSETS], ["of several parts", large, partedOffsets]] as const;
  const readers: Record<string, (source: S3Source) => Promise<Uint8Array>> = {
    "read()": (source) => source.read("a"),
    "stream()": async (source) => await new Blob(await collect((await source.stream("a")).body)).bytes(),
  };

  for (const [reader, read] of Object.entries(readers)) {
    for (const [name, body] of files) {
      Deno.test(`${reader} ${name} detects each of ${OFFSETS} flipped bytes [${store.name}]`, async () => {
        const prefix = `${crypto.randomUUID()}/`;
        await store.open(prefix, { upload: { partSizeBytes: PART_BYTES } }).upload("a", body);
        let detected = 0;
        for (let index = 0; index < OFFSETS; index++) {
          const always = flipping(store, prefix, { direction: "response", index, times: Infinity, offsets: OFFSETS });
          const failure = await read(always.source).catch((error) => error);
          detected += Number(failure instanceof IntegrityError);
          // A stream has already handed out the bytes that it would have to read again.
          assertEquals(always.injected.length, reader === "read()" ? 2 : 1);
        }
        printFigures(`flipped bytes, ${reader} ${name} [${store.name}]`, { flipped: OFFSETS, detected });
        assertEquals(detected, OFFSETS);
      });
    }
  }

  for (const [name, body] of files) {
    Deno.test(`read() ${name} reads again when a byte was flipped [${store.name}]`, async () => {
      const prefix = `${crypto.randomUUID()}/`;
      await store.open(prefix, { upload: { partSizeBytes: PART_BYTES } }).upload("a", body);
      for (let index = 0; index < OFFSETS; index += 9) {
        const once = flipping(store, prefix, { direction: "response", index, times: 1, offsets: OFFSETS });
        assertEquals(isSame(await once.source.read("a"), body), true);
        assertEquals(once.injected.length, 1);
      }
    });
  }

  for (const [name, body, offsets] of files) {
    Deno.test(`upload() ${name} detects each of ${offsets} flipped bytes [${store.name}]`, async () => {
      const prefix = `${crypto.randomUUID()}/`;
      await store.open(prefix).upload("a", "before");
      let detected = 0;
      for (let index = 0; index < offsets; index++) {
        const times = index % 2 === 0 ? 1 : Infinity;
        const { source, injected } = flipping(store, prefix, { direction: "request", index, times, offsets });
        const result = await source.upload("a", toStream(body)).catch((error) => error);
        const stored = await store.peek(`${prefix}a`);
        if (times === 1) detected += Number(injected.length > 0 && isSame(stored ?? new Uint8Array(), body));
        else detected += Number(result instanceof S3SourceError && injected.length > 0);
        if (times === 1) await store.open(prefix).upload("a", "before");
        else assertEquals(new TextDecoder().decode(stored), "before");
      }
      printFigures(`flipped bytes, upload() ${name} [${store.name}]`, { flipped: offsets, detected });
      assertEquals(detected, offsets);
      assertEquals(await store.listUploads(prefix), []);
    });
  }
}

/** A source on whose file content one bit is flipped. */
function flipping(
  store: FaultStore,
  prefix: string,
  { direction, index, times, offsets }: {
    direction: "request" | "response";
    index: number;
    times: number;
    offsets: number;
  },
) {
  const faulty = createFaultyFetch(store.fetch, {
    seed: index,
    plan: ({ method }) => {
      const isContent = method === (direction === "request" ? "PUT" : "GET");
      if (!isContent || faulty.injected.length >= times) return undefined;
      return { kind: "flippedByte", direction, at: index / (offsets - 1) };
    },
  });
  const source = store.open(prefix, {
    fetch: faulty.fetch,
    retry: { maxAttempts: 2, baseDelayMs: 0 },
    upload: { partSizeBytes: PART_BYTES },
  });
  return { source, injected: faulty.injected };
}
