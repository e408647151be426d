/** How a network differs from loopback. */
export interface Network {
  /** Bytes a second that each connection carries in each direction. */
  readonly bytesPerSecond: number;
  /** Time until the answer to a byte arrives, in milliseconds. Opening a connection takes as long. */
  readonly roundTripMs: number;
}

/** A network like that between a client and S3. */
export const WAN: Network = { bytesPerSecond: 50_000_000, roundTripMs: 30 };

/** A network in words. */
export function describeNetwork({ bytesPerSecond, roundTripMs }: Network): string {
  return `${bytesPerSecond / 1e6} MB/s for each connection and ${roundTripMs} ms for a round trip`;
}

/** A proxy for TCP on loopback. */
export interface SlowNetwork extends AsyncDisposable {
  /** Its address, in place of the server's. */
  readonly url: string;
  /** Connections that clients have opened. */
  readonly connections: number;
}

/** Puts a network between clients and a server on loopback; connections do not share its rate. */
export function startSlowNetwork(serverUrl: string, network: Network): SlowNetwork {
  const { hostname, port } = new URL(serverUrl);
  const listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const open = new Map<Deno.TcpConn, Promise<void>>();
  const stopped = new AbortController();
  let connections = 0;

  async function relay(client: Deno.TcpConn): Promise<void> {
    await pause(network.roundTripMs, stopped.signal);
    const server = await Deno.connect({ hostname, port: Number(port) });
    server.setNoDelay();
    client.setNoDelay();
    const stop = () => {
      close(client);
      close(server);
    };
    stopped.signal.addEventListener("abort", stop);
    if (stopped.signal.aborted) stop();
    const up = carry(client, server, { ...network, signal: stopped.signal });
    // The server notices at once when the client has gone, as on a real network.
    const down = carry(server, client, { ...network, signal: stopped.signal }).catch(stop);
    await Promise.allSettled([up, down]);
    stopped.signal.removeEventListener("abort", stop);
    stop();
  }

  const accepting = (async () => {
    for await (const client of listener) {
      connections++;
      const relayed = relay(client).catch(() => close(client)).finally(() => open.delete(client));
      open.set(client, relayed);
    }
  })();

  return {
    url: `http://127.0.0.1:${listener.addr.port}`,
    get connections() {
      return connections;
    },
    async [Symbol.asyncDispose]() {
      listener.close();
      await accepting;
      stopped.abort();
      await Promise.all(open.values());
    },
  };
}

/** Carries bytes one way; each arrives when the line had time for those before it, and half a round trip later. */
async function carry(
  from: Deno.TcpConn,
  to: Deno.TcpConn,
  { bytesPerSecond, roundTripMs, signal }: Network & { signal: AbortSignal },
): Promise<void> {
  const capacity = bytesPerSecond * roundTripMs / 1000 + 2 * CHUNK_BYTES;
  const spare: Uint8Array[] = [];
  let sentMs = 0;
  let onTheWay = 0;
  let last = Promise.resolve();
  while (true) {
    const buffer = spare.pop() ?? new Uint8Array(CHUNK_BYTES);
    const length = await from.read(buffer);
    if (length === null) break;
    const nowMs = performance.now();
    // A line that was idle no longer than a timer is late makes up for it.
    if (nowMs - sentMs > TIMER_MS) sentMs = nowMs;
    sentMs += length / bytesPerSecond * 1000;
    const arrivesMs = sentMs + roundTripMs / 2;
    onTheWay += length;
    last = last.then(async () => {
      await pause(arrivesMs - performance.now(), signal);
      await writeAll(to, buffer.subarray(0, length));
      spare.push(buffer);
      onTheWay -= length;
    });
    last.catch(() => {});
    // Rarely and much at a time, as each chunk costs the processor time that clients and server need.
    await pause(sentMs - performance.now(), signal);
    // The receiver takes less than the line carries, or nothing.
    if (onTheWay > capacity) await last;
  }
  await last;
  await to.closeWrite();
}

async function writeAll(to: Deno.TcpConn, bytes: Uint8Array): Promise<void> {
  for (let written = 0; written < bytes.byteLength;) written += await to.write(bytes.subarray(written));
}

function pause(ms: number, signal: AbortSignal): Promise<void> {
  if (ms <= 0 || signal.aborted) return Promise.resolve();
  return new Promise((resolve) => {
    const done = () => {
      clearTimeout(timer);
      signal.removeEventListener("abort", done);
      resolve();
    };
    const timer = setTimeout(done, ms);
    signal.addEventListener("abort", done);
  });
}

function close(connection: Deno.TcpConn): void {
  try {
    connection.close();
  } catch {
    // It has been closed.
  }
}

const CHUNK_BYTES = 256 * 1024;
/** Timers fire late, by up to this. */
const TIMER_MS = 5;
