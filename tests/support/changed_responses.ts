import { createS3Source, type S3Source } from "../../mod.ts";
import { createMemoryS3, type MemoryS3 } from "../../src/testing/mod.ts";

/** Changes a response of a store on its way. */
export type Change = (response: Response, request: Request) => Response | Promise<Response>;

/** A store whose responses are changed on their way. */
export interface ChangedStore {
  readonly s3: MemoryS3;
  /** Requests: method, `Accept-Encoding` or `any`, `Range`, and `as stored` for a response without Content-Encoding. */
  readonly sent: string[];
  readonly fetch: typeof fetch;
  readonly source: S3Source;
}

/** The content of the file `a`. */
export const TEXT = "hello ".repeat(100);

/** Opens an S3 in memory, with the file `a`. */
export function openChanged(change: Change): ChangedStore {
  const s3 = createMemoryS3();
  const sent: string[] = [];
  const fetch: typeof globalThis.fetch = async (input, init) => {
    const request = new Request(input, { ...init, signal: null });
    const { searchParams } = new URL(request.url);
    const asked = request.headers.get("accept-encoding") ?? "any";
    const query = searchParams.has("response-content-encoding") ? " as stored" : "";
    sent.push([request.method, asked, request.headers.get("range") ?? "", query].join(" ").replace(/ +/g, " ").trim());
    return await change(await s3.fetch(input, init), request);
  };
  s3.putObject({ bucket: "bucket", key: "a", body: TEXT });
  return { s3, sent, fetch, source: createS3Source(s3.config, { fetch, retry: { baseDelayMs: 0 } }) };
}

/** All ways of reading the file, which must agree. */
export async function readings(source: S3Source) {
  const text = (bytes: Uint8Array) => new TextDecoder().decode(bytes);
  const { info, range, body } = await source.stream("a");
  const part = await source.stream("a", { range: { offset: 6, length: 5 } });
  const served = async (method: string, headers: HeadersInit = {}) =>
    await (await source.serveFile(new Request("http://host.test/", { method, headers }), "a")).text();
  return {
    sizes: [(await source.stat("a"))?.size, (await source.read("a")).byteLength, info.size, range.length],
    read: text(await source.read("a")),
    limited: text(await source.read("a", { maxBytes: 600 })),
    streamed: await new Response(body).text(),
    parts: [
      await source.read("a", { range: { offset: 6, length: 5 } }),
      await source.read("a", { range: { offset: 595 } }),
      await source.read("a", { range: { suffixLength: 3 } }),
    ].map(text),
    streamedPart: [part.range, await new Response(part.body).text()],
    served: [await served("GET"), await served("HEAD")],
  };
}

/** What they are for {@link TEXT}. */
export const READINGS = {
  sizes: [600, 600, 600, 600],
  read: TEXT,
  limited: TEXT,
  streamed: TEXT,
  parts: ["hello", "ello ", "lo "],
  streamedPart: [{ offset: 6, length: 5 }, "hello"],
  served: [TEXT, ""],
};
