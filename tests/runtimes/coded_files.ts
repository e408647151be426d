import { PutObjectCommand } from "@aws-sdk/client-s3";
import { findOrInstallNginx } from "../../tools/nginx.ts";
import { startCompressingProxies } from "../integration/compressing_proxies.ts";
import type { SeaweedFs } from "../integration/seaweedfs.ts";
import { orSkip } from "../support/or_skip.ts";
import { CODED_TEXT, type CodedFiles } from "./guest/coded_files.ts";

/** Serves files that are compressed on their way, or stored compressed. Stop it. */
export async function openCodedFiles(weed: SeaweedFs): Promise<{ setup: CodedFiles; stop(): Promise<void> }> {
  const gzip = await compress(CODED_TEXT);
  const Key = "stored gzip/a.txt";
  await weed.sdk.send(new PutObjectCommand({ Bucket: weed.bucket, Key, Body: gzip, ContentEncoding: "gzip" }));
  const proxies = await orSkip("files behind nginx that compresses", async () => {
    return await startCompressingProxies(await findOrInstallNginx(), weed.config.endpointUrl);
  });
  const server = Deno.serve({ hostname: "127.0.0.1", port: 0, onListen: () => {} }, (request) => {
    const { pathname } = new URL(request.url);
    return pathname.startsWith("/transcoding/") ? transcoded(request, gzip) : encoded(request, gzip);
  });
  return {
    setup: {
      proxyUrls: Object.values(proxies?.endpoints ?? {}),
      codedUrl: `http://127.0.0.1:${server.addr.port}`,
      gzip: [...gzip],
    },
    async stop() {
      await server.shutdown();
      await proxies?.stop();
    },
  };
}

/** As Cloud Storage does, which decodes unless it is asked for gzip. */
function transcoded({ method, headers }: Request, gzip: Uint8Array<ArrayBuffer>): Response {
  const facts = { "x-goog-stored-content-encoding": "gzip", "x-goog-stored-content-length": `${gzip.byteLength}` };
  const isGzip = headers.get("accept-encoding")?.includes("gzip") ?? false;
  const coded = { "content-encoding": "gzip", "content-length": `${gzip.byteLength}`, etag: '"e1"' };
  // A stream has no length.
  const body = method === "HEAD" ? null : isGzip ? gzip : new Blob([CODED_TEXT]).stream();
  return new Response(body, { headers: isGzip ? { ...facts, ...coded } : facts });
}

/** As a store does that cannot leave out `Content-Encoding`. */
function encoded({ method, headers }: Request, gzip: Uint8Array<ArrayBuffer>): Response {
  const [, first = "", last] = /^bytes=(\d+)-(\d*)$/.exec(headers.get("range") ?? "") ?? [];
  const part = gzip.subarray(Number(first), last ? Number(last) + 1 : undefined);
  const end = Number(first) + part.byteLength - 1;
  return new Response(method === "HEAD" ? null : part, {
    status: first === "" ? 200 : 206,
    headers: {
      etag: '"e1"',
      "content-encoding": "gzip",
      "content-length": `${part.byteLength}`,
      ...first !== "" && { "content-range": `bytes ${first}-${end}/${gzip.byteLength}` },
    },
  });
}

async function compress(text: string): Promise<Uint8Array<ArrayBuffer>> {
  return await new Response(new Blob([text]).stream().pipeThrough(new CompressionStream("gzip"))).bytes();
}
