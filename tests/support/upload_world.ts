import type { Sent, Ticket, UploadItem, UploadWorld } from "../../src/app/browser/client_types.ts";
import { createMeter } from "../../src/app/browser/transfer_rate.js";

/** A server and a store as an upload sees them, all made up. */
export interface FakeWorld extends UploadWorld {
  /** Uploads that a later tab could continue, by name. */
  readonly unfinished: Map<string, Ticket>;
  /** What was asked and sent, in order. */
  readonly log: string[];
  /** What the API answers, by action. */
  readonly answers: Record<string, (body: Record<string, unknown>) => unknown>;
  /** What requests with bytes end with; a success by default. */
  onSend: (url: string, body: Blob, signal: AbortSignal) => Sent | Promise<Sent>;
}

/** How the API refuses. */
export function refusal(status: number, code = "", extra: object = {}): Error {
  return Object.assign(new Error(`Refused: ${code || status}`), {
    status,
    details: { code, ...extra },
    isTemporary: status === 0 || status >= 500,
  });
}

/** Makes a world in which uploads go straight to a store, and in parts of 4 bytes beyond 8. */
export function createFakeWorld(): FakeWorld {
  const log: string[] = [];
  let tokens = 0;
  const world: FakeWorld = {
    log,
    isDirect: true,
    directWorks: false,
    mayProxy: true,
    answers: {
      prepare: ({ size, direct }) => {
        const upload_token = `tok_${++tokens}`;
        if (Number(size) > 8) return { upload_token, parts: { size_bytes: 4, count: Math.ceil(Number(size) / 4) } };
        return { upload_token, upload_url: direct ? "https://store/file" : "/app/file", upload_headers: { a: "b" } };
      },
      "part-urls": ({ numbers }) => ({ urls: numbersOf(numbers).map(partUrl), uploaded: [] }),
      complete: () => ({ file: { path: "done" } }),
      abort: () => ({ ok: true }),
    },
    onSend: () => ({ status: 200, text: "" }),
    post: async (action, body) => {
      log.push(`${action} ${JSON.stringify(body)}`);
      return await world.answers[action]?.({ ...body });
    },
    send: async (url, { method, body, onProgress, signal }) => {
      log.push(`${method} ${url} ${body.size}`);
      onProgress(body.size);
      return await world.onSend(url, body, signal);
    },
    unfinished: new Map(),
    resume: ({ name }) => Promise.resolve(world.unfinished.get(name)),
    remember: ({ name, ticket }) => void (ticket?.parts && world.unfinished.set(name, ticket)),
    forget: ({ name }) => void world.unfinished.delete(name),
    decide: () => Promise.resolve("keep_both"),
    choiceForAll: () => undefined,
    wait: ({ status }, delayMs) => {
      log.push(`wait ${status} ${delayMs >= 500}`);
      return Promise.resolve();
    },
    now: () => 0,
  };
  return world;
}

/** A URL for a part, good for a minute. */
export function partUrl(number: number) {
  const offset = (number - 1) * 4;
  return { number, url: `https://store/${number}`, offset, size: 4, expires_at: new Date(60_000).toISOString() };
}

/** The numbers that were asked for. */
export function numbersOf(value: unknown): number[] {
  return Array.isArray(value) ? value.filter((number) => typeof number === "number") : [];
}

/** A file on its way into `in/`. */
export function createItem(text: string, name = "x.txt"): UploadItem {
  const blob = new Blob([text], { type: "text/plain" });
  return {
    name,
    path: name,
    folder: "in/",
    blob,
    size: blob.size,
    meter: createMeter(() => 0),
    state: "running",
    loaded: 0,
    batch: {},
    isFinishing: false,
    canRetry: true,
    note: "",
    sent: new Set(),
  };
}
