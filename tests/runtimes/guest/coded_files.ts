import { assertEquals } from "@std/assert";
import { createS3Source, type S3Source } from "@files/s3-source";
import { isSame, someBytes } from "../../conformance/suite.ts";
import type { GuestSetup, GuestTests } from "./setup.ts";

/** Files that are compressed on their way, or stored compressed. */
export interface CodedFiles {
  /** Proxies of all kinds in front of the store; none without nginx. */
  readonly proxyUrls: readonly string[];
  /** A store with `a.txt`, stored as gzip, which it decodes in the bucket `transcoding` only. */
  readonly codedUrl: string;
  /** The bytes of that file, which is also in the real store, as `stored gzip/a.txt`. */
  readonly gzip: readonly number[];
}

/** The content of the file. */
export const CODED_TEXT = "hello ".repeat(1_000);

/** Tests of reading what is compressed. */
export function codedFileTests({ store, codedFiles: { proxyUrls, codedUrl, gzip } }: GuestSetup): GuestTests {
  const gzipBytes = Uint8Array.from(gzip);
  const large = someBytes(17 * 1024 ** 2);
  const codedIn = (bucket: string) => createS3Source({ ...store, endpointUrl: codedUrl, bucket });

  return new Map(Object.entries({
    async "files behind proxies that compress"() {
      for (const endpointUrl of proxyUrls) {
        const source = createS3Source({ ...store, endpointUrl, prefix: crypto.randomUUID() });
        const { etag } = await source.upload("a.txt", CODED_TEXT);
        await assertReadable(source, new TextEncoder().encode(CODED_TEXT));
        await source.upload("b.txt", CODED_TEXT, { ifNoneMatch: "*" });
        await source.upload("a.txt", CODED_TEXT, { ifMatch: etag ?? "" });
        assertEquals((await source.move("a.txt", "c.txt")).size, CODED_TEXT.length);
        await source.upload("large.bin", large);
        assertEquals(isSame(await source.read("large.bin"), large), true);
      }
    },
    async "a stored gzip file, also behind proxies that compress"() {
      for (const endpointUrl of [store.endpointUrl, ...proxyUrls]) {
        const source = createS3Source({ ...store, endpointUrl, prefix: "stored gzip" });
        // The last proxy tries to decode the part, and closes the connection.
        await assertReadable(source, gzipBytes, { parts: endpointUrl !== proxyUrls.at(-1) });
      }
    },
    async "a gzip file that the store decodes"() {
      await assertReadable(codedIn("transcoding"), new TextEncoder().encode(CODED_TEXT));
    },
    async "a gzip file that cannot be had as it is stored"() {
      await assertReadable(codedIn("encoded"), new TextEncoder().encode(CODED_TEXT));
    },
  }));
}

/** All ways of reading agree. */
async function assertReadable(source: S3Source, bytes: Uint8Array, { parts = true } = {}): Promise<void> {
  const size = bytes.byteLength;
  assertEquals((await source.stat("a.txt"))?.size, size);
  assertEquals(isSame(await source.read("a.txt"), bytes), true);
  const { info, body } = await source.stream("a.txt");
  assertEquals(info.size, size);
  assertEquals(isSame(new Uint8Array(await new Response(body).arrayBuffer()), bytes), true);
  if (!parts) return;
  const part = await source.read("a.txt", { range: { offset: 6, length: 5 } });
  assertEquals([...part], [...bytes.subarray(6, 11)]);
  const streamed = await source.stream("a.txt", { range: { offset: 6 } });
  assertEquals(streamed.range, { offset: 6, length: size - 6 });
  const rest = new Uint8Array(await new Response(streamed.body).arrayBuffer());
  assertEquals(isSame(rest, bytes.subarray(6)), true);
}
