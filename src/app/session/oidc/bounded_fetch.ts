import { collectBytes, openChunks } from "../../../async/collect_bytes.ts";

/** How long a provider may take to answer, in milliseconds. */
export const REQUEST_MS = 5_000;

/** What the libraries send. */
interface ProviderRequest {
  readonly method: string;
  readonly headers: HeadersInit;
  readonly body?: BodyInit | null | undefined;
  readonly signal?: AbortSignal | undefined;
}

/** Limits how much a provider can send. Redirects are not followed: they would take a code or a secret along. */
export function createBoundedFetch(
  fetch: typeof globalThis.fetch,
): (url: string, request: ProviderRequest) => Promise<Response> {
  return async (url, { method, headers: sent, body: content, signal }) => {
    const init = { method, headers: sent, redirect: "manual", signal: signal ?? null, body: content ?? null } as const;
    const { status, headers, body } = await fetch(url, init);
    const chunks = openChunks(body);
    const bytes = await collectBytes(chunks.next, { maxBytes: MAX_BYTES });
    if (bytes.byteLength > MAX_BYTES) {
      await chunks.cancel();
      throw new RangeError(`its answer is larger than ${MAX_BYTES / 1024} KiB`);
    }
    // Browsers show a redirect that is not followed as 0.
    return new Response(NO_BODY.has(status) ? null : bytes, { status: status === 0 ? 302 : status, headers });
  };
}

const MAX_BYTES = 256 * 1024;
const NO_BODY: ReadonlySet<number> = new Set([204, 205, 304]);
