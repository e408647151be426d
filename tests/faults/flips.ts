import { assertEquals } from "@std/assert";
import { IntegrityError, S3SourceError } from "../../mod.ts";
import { createFaultyFetch } from "../../src/testing/fault_proxy.ts";
import { printFigures } from "../figures.ts";
import { isSame, PART_BYTES, someBytes, toStream } from "../conformance/suite.ts";
import type { FaultStore } from "./store.ts";

const OFFSETS = 100;

/** How thoroughly flips are tried. */
export interface FlipOptions {
  /** At how many places of a file of several parts, which takes much longer; of others it is 100. */
  readonly partedOffsets: number;
}

/** One bit turned over at places all over a body: where there is a checksum, it is never missed. */
export function testFlips(store: FaultStore, { partedOffsets }: FlipOptions): void {
  const bytes = someBytes(200_003);
  const large = someBytes(PART_BYTES + 200_003);

  Deno.test(`read() detects each of ${OFFSETS} flipped bytes [${store.name}]`, async () => {
    const prefix = `${crypto.randomUUID()}/`;
    await store.open(prefix).upload("a", bytes);
    let detected = 0;
    for (let index = 0; index < OFFSETS; index++) {
      const once = flipping(store, prefix, { direction: "response", index, times: 1, offsets: OFFSETS });
      assertEquals(isSame(await once.source.read("a"), bytes), true);
      const always = flipping(store, prefix, { direction: "response", index, times: Infinity, offsets: OFFSETS });
      const failure = await always.source.read("a").catch((error) => error);
      detected += Number(failure instanceof IntegrityError);
      assertEquals([once.injected.length, always.injected.length], [1, 2]);
    }
    printFigures(`flipped bytes, read() [${store.name}]`, { flipped: OFFSETS, detected });
    assertEquals(detected, OFFSETS);
  });

  for (
    const [name, body, offsets] of [["of one part", bytes, OFFSETS], [
      "of several parts",
      large,
      partedOffsets,
    ]] as const
  ) {
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

/** A source whose requests of file content have a bit turned over. */
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
