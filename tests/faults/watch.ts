import type { S3Source, S3SourceOptions } from "../../mod.ts";

/** The requests of an upload. */
export type UploadRequest =
  | "CreateMultipartUpload"
  | "UploadPart"
  | "CompleteMultipartUpload"
  | "AbortMultipartUpload"
  | "PutObject";

/** A store, and the requests in progress there. Close it. */
export interface WatchedStore {
  /** A source of a folder, all of whose requests are watched. */
  open(prefix: string, options?: S3SourceOptions): S3Source;
  /** The requests that have no response yet. */
  underWay(): UploadRequest[];
  /** Waits until the store has handled all requests, even those of clients that have gone. */
  settle(): Promise<void>;
  close(): Promise<void>;
}

/** How a store is watched. */
export interface WatchOptions {
  /** Called when a request begins. */
  readonly onRequest: (request: UploadRequest) => void;
  /** Called when a request has its response. */
  readonly onAnswer?: (request: UploadRequest) => void;
  /** How long a request, and then its response, is delayed. */
  readonly delayMs: () => number;
}

/** The kind of a request, if it belongs to an upload. */
export function uploadRequestOf(method: string, target: string): UploadRequest | undefined {
  const { searchParams } = new URL(target, "http://store.test");
  const isOfUpload = searchParams.has("uploadId");
  if (method === "PUT") return isOfUpload ? "UploadPart" : "PutObject";
  if (method === "DELETE" && isOfUpload) return "AbortMultipartUpload";
  if (method !== "POST") return undefined;
  if (searchParams.has("uploads")) return "CreateMultipartUpload";
  return isOfUpload ? "CompleteMultipartUpload" : undefined;
}

/** Watches the requests of a `fetch` whose store has finished when it responds. */
export function watchFetch(fetch: typeof globalThis.fetch, { onRequest, onAnswer, delayMs }: WatchOptions) {
  const underWay = new Set<{ name: UploadRequest }>();
  const all: Promise<unknown>[] = [];

  async function send(input: RequestInfo | URL, init: RequestInit | undefined): Promise<Response> {
    const url = input instanceof Request ? input.url : String(input);
    const name = uploadRequestOf(init?.method ?? "GET", url);
    if (name === undefined) return await fetch(input, init);
    const entry = { name };
    underWay.add(entry);
    onRequest(name);
    try {
      await pause(delayMs());
      const response = await fetch(input, init);
      await pause(delayMs());
      return response;
    } finally {
      underWay.delete(entry);
      onAnswer?.(name);
    }
  }

  const watched: typeof globalThis.fetch = (input, init) => {
    const answer = send(input, init);
    all.push(answer.catch(() => {}));
    return answer;
  };
  return {
    fetch: watched,
    underWay: () => Array.from(underWay, ({ name }) => name),
    settle: async () => void await Promise.all(all),
  };
}

/** Waits. */
export function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}
