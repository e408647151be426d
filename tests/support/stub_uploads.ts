import { type SentRequest, type StubFetch, stubFetch, stubSource } from "./stub_fetch.ts";

export const SHA256_OF_HELLO = "2cf24dba5fb0a30e26e83b2ac5b9e29e1b161e5c1fa7425e73043362938b9824";

/** PutObject's answer. */
export function stored(): Response {
  return new Response("", { headers: { etag: '"tag"' } });
}

/** A store that takes multipart uploads; `refuse` answers a request instead. */
export function multipartStore(
  refuse: (request: SentRequest, query: URLSearchParams) => Response | undefined = () => undefined,
): StubFetch {
  return stubFetch((request) => {
    const query = new URL(request.url).searchParams;
    const refusal = refuse(request, query);
    if (refusal !== undefined) return refusal;
    if (query.has("uploads")) return new Response("<R><UploadId>upload-1</UploadId></R>");
    if (query.has("partNumber")) return new Response("", { headers: { etag: `"part-${query.get("partNumber")}"` } });
    if (request.method === "DELETE") return new Response(null, { status: 204 });
    return new Response('<R><ETag>"whole-2"</ETag></R>');
  });
}

/** The requests, each as its method and query. */
export function steps({ requests }: StubFetch): string[] {
  return requests.map(({ method, url }) => `${method} ${url.slice(url.indexOf("?") + 1)}`);
}

/** A store that takes everything, one request at a time, and a source on it. */
export function takingAll(onRequest: () => void = () => {}, sendChecksums = true) {
  const begun = "<InitiateMultipartUploadResult><UploadId>u</UploadId></InitiateMultipartUploadResult>";
  const store = stubFetch(({ url, method }) => {
    onRequest();
    if (url.includes("?uploads")) return new Response(begun);
    const completed = "<CompleteMultipartUploadResult><ETag>e</ETag></CompleteMultipartUploadResult>";
    return new Response(method === "POST" ? completed : "", { headers: { etag: '"e"' } });
  });
  return {
    source: stubSource(store, { store: { checksums: sendChecksums ? "sha256" : "none" } }, {
      upload: { concurrency: 1 },
    }),
    ...store,
  };
}

/** A body of chunks of zeros. */
export async function* pieces(...sizes: number[]): AsyncGenerator<Uint8Array> {
  for (const size of sizes) yield await Promise.resolve(new Uint8Array(size));
}
