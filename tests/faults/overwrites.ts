import { assertEquals } from "@std/assert";
import { PreconditionFailedError, type S3Source } from "../../mod.ts";
import { createFaultyFetch } from "../../src/testing/fault_proxy.ts";
import { collect } from "../conformance/suite.ts";
import { printFigures } from "../figures.ts";
import type { FaultStore } from "./store.ts";

const TIMES = 100;
const SIZE = 400_000;

/** A file that is replaced all the time: whoever reads it gets one of its contents, never pieces of two. */
export function testOverwrites(store: FaultStore): void {
  const readers: [name: string, read: (source: S3Source) => Promise<Uint8Array>][] = [
    ["read()", (source) => source.read("a")],
    ["stream()", async (source) => await new Blob(await collect((await source.stream("a")).body)).bytes()],
  ];
  for (const [name, read] of readers) {
    Deno.test(`${name} never mixes two contents of a file that is overwritten [${store.name}]`, async () => {
      const prefix = `${crypto.randomUUID()}/`;
      const writer = store.open(prefix);
      const figures = { reads: 0, whole: 0, "PreconditionFailedError": 0, mixed: 0, "broken bodies": 0 };
      let version = 0;
      const overwrite = () => writer.upload("a", contentOf(++version));
      await overwrite();
      let isReading = true;
      const writing = (async () => {
        while (isReading) await overwrite();
      })();
      try {
        for (let index = 0; index < TIMES; index++) {
          // Without breaks nothing would ever have to go on, which is where contents could be mixed.
          const faulty = createFaultyFetch(store.fetch, {
            seed: index,
            plan: ({ index: request }) => request === 0 || index % 3 === 0 ? { kind: "resetInBody" } : undefined,
          });
          const source = store.open(prefix, { fetch: faulty.fetch, retry: { maxAttempts: 3, baseDelayMs: 0 } });
          const result = await read(source).catch((error) => error);
          figures.reads++;
          figures["broken bodies"] += faulty.injected.length;
          if (result instanceof PreconditionFailedError) figures.PreconditionFailedError++;
          else if (!(result instanceof Uint8Array)) assertEquals(result.code, "NetworkError");
          else if (isOneContent(result)) figures.whole++;
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

/** The same number all over, and a length that belongs to it. */
function contentOf(version: number): Uint8Array<ArrayBuffer> {
  return new Uint8Array(new Uint32Array(SIZE / 4 + version % 7).fill(version).buffer);
}

function isOneContent(bytes: Uint8Array): boolean {
  const words = new Uint32Array(bytes.slice().buffer);
  const [version = 0] = words;
  return bytes.byteLength === SIZE + version % 7 * 4 && words.every((word) => word === version);
}
