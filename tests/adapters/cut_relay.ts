import { connect, createServer, type Socket } from "node:net";

/** A network between everyone and a store, which can break. It changes no byte. */
export interface CutRelay {
  /** The URL that it listens at. */
  readonly endpointUrl: string;
  /** Bytes that clients have sent. */
  sentBytes(): number;
  /** Heads of requests, and all responses. */
  readonly seen: string[];
  /** Ends all connections with RST. */
  cut(): void;
  /** Refuses all connections for this long. */
  stopFor(ms: number): void;
  close(): Promise<void>;
}

/** @param cutEveryBytes After so many bytes from clients, all connections end. */
export async function createCutRelay(storeUrl: string, { cutEveryBytes = Infinity } = {}): Promise<CutRelay> {
  const store = new URL(storeUrl);
  const sockets = new Set<Socket>();
  const seen: string[] = [];
  let sentBytes = 0;
  let downUntilMs = 0;
  let nextCut = cutEveryBytes;

  function cut(): void {
    for (const socket of sockets) socket.resetAndDestroy();
  }

  const server = createServer((client) => {
    if (Date.now() < downUntilMs) return void client.resetAndDestroy();
    const upstream = connect(Number(store.port), store.hostname);
    for (const [socket, other] of [[client, upstream], [upstream, client]] as const) {
      sockets.add(socket);
      socket.on("error", () => socket.destroy());
      socket.on("close", () => {
        sockets.delete(socket);
        other.destroy();
      });
    }
    client.on("data", (chunk) => {
      sentBytes += chunk.byteLength;
      const head = chunk.subarray(0, 8_192).toString("latin1");
      if (/^[A-Z]+ \/\S* HTTP\/1\.1\r\n/.test(head)) seen.push(head);
      if (sentBytes >= nextCut) {
        nextCut += cutEveryBytes;
        return cut();
      }
      if (!upstream.write(chunk)) client.pause();
    });
    upstream.on("drain", () => client.resume());
    upstream.on("data", (chunk) => {
      seen.push(chunk.subarray(0, 65_536).toString("latin1"));
      if (!client.destroyed) client.write(chunk);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const address = server.address();
  if (address === null || typeof address === "string") throw new Error("The relay has no port");
  return {
    endpointUrl: `http://127.0.0.1:${address.port}`,
    sentBytes: () => sentBytes,
    seen,
    cut,
    stopFor(ms) {
      downUntilMs = Date.now() + ms;
      cut();
    },
    async close() {
      const closed = new Promise((resolve) => server.close(resolve));
      for (const socket of sockets) socket.destroy();
      await closed;
    },
  };
}
