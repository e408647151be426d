import { assertEquals } from "@std/assert";
import { PreconditionFailedError, type S3Source } from "../../mod.ts";
import { createFaultyFetch } from "../../src/testing/faults/proxy.ts";
import { collect } from "../conformance/suite.ts";
import { printFigures } from "../support/figures.ts";
import type { FaultStore } from "./store.ts";
import { pause } from "./watch.ts";

/** `download.partSizeBytes`, by default. */
const SLICE_BYTES = 8 * 1024 ** 2;

const TIMES = 100;
const SIZE = 400_000;
/** Enough for three slices. */
const LARGE_SIZE = 2 * SLICE_BYTES + 400_000;

/** How often files are read. */
export interface OverwriteOptions {
  /** How often a file of several slices is read, which takes much longer. Other files are read 100 times. */
  readonly slicedReads: number;
}

/** Reading a file that is constantly replaced: each read returns one of its contents, never pieces of two. */
export function testOverwrites(store: FaultStore, { slicedReads }: OverwriteOptions): void {
  const read = (source: S3Source) => source.read("a");
  const stream = async (source: S3Source) => await new Blob(await collect((await source.stream("a")).body)).bytes();
  for (
    const { name, read: readOnce, size, times } of [
      { name: "read()", read, size: SIZE, times: TIMES },
      { name: "read() in slices", read, size: LARGE_SIZE, times: slicedReads },
      { name: "stream()", read: stream, size: SIZE, times: TIMES },
    ]
  ) {
    Deno.test(`${name} never mixes two contents of a file that is overwritten [${store.name}]`, async () => {
      const prefix = `${crypto.randomUUID()}/`;
      const writer = store.open(prefix);
      const figures = { reads: 0, whole: 0, "PreconditionFailedError": 0, mixed: 0, "broken bodies": 0 };
      let version = 0;
      const overwrite = () => writer.upload("a", contentOf(++version, size));
      await overwrite();
      let isReading = true;
      const writing = (async () => {
        while (isReading) {
          await overwrite();
          // A store in memory answers without letting timers and other readers have a turn.
          await pause(0);
        }
      })();
      try {
        for (let index = 0; index < times; index++) {
          // Broken bodies force reads to resume, which is where contents could be mixed.
          const faulty = createFaultyFetch(store.fetch, {
            seed: index,
            plan: ({ index: request }) => request === 0 || index % 3 === 0 ? { kind: "resetInBody" } : undefined,
          });
          const source = store.open(prefix, { fetch: faulty.fetch, retry: { maxAttempts: 3, baseDelayMs: 0 } });
          const result = await readOnce(source).catch((error) => error);
          figures.reads++;
          figures["broken bodies"] += faulty.injected.length;
          if (result instanceof PreconditionFailedError) figures.PreconditionFailedError++;
          else if (!(result instanceof Uint8Array)) assertEquals(result.code, "NetworkError");
          else if (isOneContent(result, size)) figures.whole++;
          else figures.mixed++;
        }
      } finally {
        isReading = false;
        await writing;
      }
      printFigures(`overwritten during ${name} [${store.name}]`, { ...figures, overwrites: version });
      assertEquals(figures.mixed, 0);
    });
  }
}

/** One number, repeated to a length that depends on it. */
function contentOf(version: number, size: number): Uint8Array<ArrayBuffer> {
  return new Uint8Array(new Uint32Array(size / 4 + version % 7).fill(version).buffer);
}

function isOneContent(bytes: Uint8Array, size: number): boolean {
  const words = new Uint32Array(bytes.slice().buffer);
  const [version = 0] = words;
  return bytes.byteLength === size + version % 7 * 4 && words.every((word) => word === version);
}
