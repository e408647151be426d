import { connect, createServer, type Socket } from "node:net";
import { pause, type UploadRequest, uploadRequestOf, type WatchedStore, type WatchOptions } from "./watch.ts";

/** Forwards connections unchanged, and reports the requests on them. */
export interface Relay extends Omit<WatchedStore, "open"> {
  /** The URL that it listens at. */
  readonly endpointUrl: string;
}

/** Relies on stores and clients that do not pipeline. */
export async function createRelay(storeUrl: string, { onRequest, onAnswer, delayMs }: WatchOptions): Promise<Relay> {
  const store = new URL(storeUrl);
  const lines = new Set<Line>();

  const server = createServer((client) => {
    const upstream = connect(Number(store.port), store.hostname);
    const line: Line = { client, upstream, request: undefined, done: closed(upstream) };
    lines.add(line);
    void line.done.then(() => lines.delete(line));
    let passed = Promise.resolve();
    client.on("data", (chunk) => {
      const [, method, target] = REQUEST_LINE.exec(chunk.subarray(0, 4_096).toString("latin1")) ?? [];
      const isHead = method !== undefined && target !== undefined;
      if (isHead) {
        line.request = uploadRequestOf(method, target);
        if (line.request !== undefined) onRequest(line.request);
      }
      client.pause();
      passed = passed.then(() => pause(isHead ? delayMs() : 0)).then(() => send(upstream, chunk))
        .then(() => void client.resume());
    });
    upstream.on("data", async (chunk) => {
      await pause(delayMs());
      const { request } = line;
      line.request = undefined;
      if (request !== undefined) onAnswer?.(request);
      if (!client.destroyed) client.write(chunk);
    });
    // As on a network, bytes that the client has sent still reach the store.
    client.on("close", () => void passed.then(() => upstream.end()));
    upstream.on("close", () => client.destroy());
    for (const socket of [client, upstream]) socket.on("error", () => socket.destroy());
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const address = server.address();
  if (address === null || typeof address === "string") throw new Error("The relay has no port");

  return {
    endpointUrl: `http://127.0.0.1:${address.port}`,
    underWay: () =>
      Array.from(lines).flatMap(({ client, request }) => client.destroyed || request === undefined ? [] : [request]),
    async settle() {
      // A client's last bytes may not have arrived here yet.
      await pause(20);
      for (const endMs = Date.now() + SETTLE_MS; Array.from(lines).some(({ request }) => request !== undefined);) {
        if (Date.now() > endMs) throw new Error("The store neither responds nor closes the connection");
        await pause(5);
      }
    },
    async close() {
      const ended = new Promise((resolve) => server.close(resolve));
      for (const { client, upstream } of lines) {
        client.destroy();
        upstream.destroy();
      }
      await Promise.all([ended, ...Array.from(lines, ({ done }) => done)]);
    },
  };
}

/** A client's connection, and the matching one to the store. */
interface Line {
  readonly client: Socket;
  readonly upstream: Socket;
  /** The request on it. */
  request: UploadRequest | undefined;
  /** Resolves when the store has handled everything and closed it. */
  readonly done: Promise<void>;
}

const SETTLE_MS = 30_000;
const REQUEST_LINE = /^(GET|HEAD|PUT|POST|DELETE) (\S+) HTTP\/1\.1\r\n/;

function closed(socket: Socket): Promise<void> {
  return new Promise((resolve) => void socket.on("close", () => resolve()));
}

async function send(socket: Socket, chunk: Uint8Array): Promise<void> {
  if (socket.destroyed || socket.write(chunk)) return;
  await Promise.race([closed(socket), new Promise<void>((resolve) => void socket.once("drain", resolve))]);
}
