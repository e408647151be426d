import type { IncomingMessage } from "node:http";
import { request } from "node:https";
import { rootCertificates } from "node:tls";

/**
 * Makes a function like `fetch` that trusts further authorities: the runtimes have no option in common for that. It
 * takes `https:` only, and follows no redirects.
 *
 * @param pem Their certificates.
 */
export function createTrustingFetch(pem: string): typeof fetch {
  // Deno 2.5 takes no list.
  const ca = [...rootCertificates, pem].join("\n");
  return async (input, init) => {
    const { url, method, headers, body, signal } = new Request(input, init);
    const bytes = body === null ? undefined : new Uint8Array(await new Response(body).arrayBuffer());
    const incoming = await new Promise<IncomingMessage>((resolve, reject) => {
      const outgoing = request(url, { method, headers: Object.fromEntries(headers), ca, signal });
      outgoing.on("response", resolve).on("error", reject).end(bytes);
    });
    const answer = new Headers();
    const { statusCode: status = 0, rawHeaders } = incoming;
    for (let i = 0; i + 1 < rawHeaders.length; i += 2) answer.append(rawHeaders[i] ?? "", rawHeaders[i + 1] ?? "");
    const hasBody = method !== "HEAD" && ![204, 205, 304].includes(status);
    return new Response(hasBody ? ReadableStream.from<Uint8Array<ArrayBuffer>>(incoming) : null, {
      status,
      headers: answer,
    });
  };
}
