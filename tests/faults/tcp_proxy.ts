import { Buffer } from "node:buffer";
import { connect, createServer, type Socket } from "node:net";
import {
  completeFault,
  createSeededRandom,
  type Fault,
  type FaultKind,
  type FaultRequest,
  type InjectedFault,
  placeInBody,
} from "../../src/testing/faults/plan.ts";
import { flipBit } from "../../src/testing/faults/response.ts";

/** The kinds of faults that the proxy can cause: those of connections. */
export const SOCKET_KINDS: ReadonlySet<FaultKind> = new Set<FaultKind>([
  "resetBeforeHeaders",
  "resetInBody",
  "hang",
  "shortContentLength",
  "shortCloseDelimited",
  "flippedByte",
]);

/** A proxy that behaves like a bad network. */
export interface TcpProxy {
  /** The URL that it listens at. */
  readonly endpointUrl: string;
  /** The faults so far. */
  readonly injected: InjectedFault[];
  /** Ends all connections, and resolves when they are closed. */
  close(): Promise<void>;
}

/** The faults of a proxy. */
export interface TcpProxyOptions {
  readonly seed: number;
  /** Chooses the fault of a request; `undefined` for none. */
  readonly plan: (request: FaultRequest, injectedCount: number) => Fault | undefined;
}

/**
 * Forwards HTTP/1.1, one request per connection. It changes only the `Connection` header, which no signature covers.
 */
export async function createTcpProxy(storeUrl: string, { seed, plan }: TcpProxyOptions): Promise<TcpProxy> {
  const store = new URL(storeUrl);
  const random = createSeededRandom(seed);
  const injected: InjectedFault[] = [];
  const sockets = new Set<Socket>();
  let count = 0;

  const server = createServer((client) => {
    track(client);
    serve(client).catch(() => client.destroy());
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const address = server.address();
  if (address === null || typeof address === "string") throw new Error("The proxy has no port");
  const endpointUrl = `http://127.0.0.1:${address.port}`;

  async function serve(client: Socket): Promise<void> {
    const sent = await readMessage(client);
    if (sent === undefined) return void client.destroy();
    const [method = "", target = "/"] = sent.head.split(" ");
    const request = { index: count++, method, url: new URL(target, endpointUrl) };
    const chosen = plan(request, injected.length);
    if (chosen === undefined) return void client.end(toBuffer(await forward(sent)));
    const fault = completeFault(chosen, random);
    const note = () => void injected.push({ fault, request });

    if (fault.kind === "resetBeforeHeaders" || (fault.kind === "hang" && !(fault.isDelivered && fault.isInBody))) {
      note();
      if (fault.isDelivered) await forward(sent);
      if (fault.kind !== "hang") reset(client);
      return;
    }
    if (fault.kind === "flippedByte" && fault.direction === "request" && sent.body.byteLength > 0) {
      note();
      return void client.end(toBuffer(await forward({ ...sent, body: flipped(sent.body, fault) })));
    }
    const answer = await forward(sent);
    if (answer.body.byteLength === 0) return void client.end(toBuffer(answer));
    note();
    const begun = answer.body.subarray(0, placeInBody(fault, answer.body.byteLength));
    if (fault.kind === "flippedByte") {
      client.end(toBuffer({ ...answer, body: flipped(answer.body, fault) }));
    } else if (fault.kind === "shortContentLength") {
      client.end(toBuffer({ ...answer, body: begun }));
    } else if (fault.kind === "shortCloseDelimited") {
      client.end(toBuffer({ head: withoutHeader(answer.head, "content-length"), body: begun }));
    } else {
      client.write(toBuffer({ ...answer, body: begun }), () => fault.kind === "resetInBody" && reset(client));
    }
  }

  /** Sends a request to the store and reads the whole response. */
  async function forward({ head, body }: Message): Promise<Message> {
    const upstream = connect(Number(store.port), store.hostname);
    track(upstream);
    upstream.write(toBuffer({ head: `${withoutHeader(head, "connection")}\r\nConnection: close`, body }));
    const answer = await readMessage(upstream, { untilEnd: true });
    upstream.destroy();
    if (answer === undefined) throw new Error("The store closed the connection");
    if (/^transfer-encoding:/im.test(answer.head)) throw new Error("The proxy does not support chunked bodies");
    return answer;
  }

  function track(socket: Socket): void {
    sockets.add(socket);
    socket.on("error", () => socket.destroy());
    socket.on("close", () => sockets.delete(socket));
  }

  return {
    endpointUrl,
    injected,
    async close() {
      const closed = new Promise((resolve) => server.close(resolve));
      for (const socket of sockets) socket.destroy();
      await closed;
    },
  };
}

/** A request or response; the head is without its empty line. */
interface Message {
  readonly head: string;
  readonly body: Uint8Array<ArrayBuffer>;
}

/** Reads as many bytes as the head declares, or to the end; `undefined` if the connection ends early. */
function readMessage(socket: Socket, { untilEnd = false } = {}): Promise<Message | undefined> {
  return new Promise((resolve) => {
    const chunks: Buffer[] = [];
    let size = 0;
    let bodyAt = -1;
    let needed = Infinity;
    const finish = () => {
      const whole = Buffer.concat(chunks);
      const head = whole.subarray(0, bodyAt - 4).toString("latin1");
      resolve(bodyAt < 0 ? undefined : { head, body: Uint8Array.from(whole.subarray(bodyAt)) });
    };
    socket.on("data", (chunk: Buffer) => {
      chunks.push(chunk);
      size += chunk.byteLength;
      if (bodyAt < 0) {
        const seen = Buffer.concat(chunks);
        const end = seen.indexOf("\r\n\r\n");
        if (end < 0) return;
        bodyAt = end + 4;
        const length = /^content-length: *(\d+)/im.exec(seen.subarray(0, end).toString("latin1"))?.[1];
        needed = bodyAt + Number(length ?? 0);
      }
      if (!untilEnd && size >= needed) finish();
    });
    socket.on("end", finish);
    socket.on("close", () => resolve(undefined));
  });
}

function toBuffer({ head, body }: Message): Buffer {
  return Buffer.concat([Buffer.from(`${head}\r\n\r\n`, "latin1"), body]);
}

function withoutHeader(head: string, name: string): string {
  return head.split("\r\n").filter((line) => !line.toLowerCase().startsWith(`${name}:`)).join("\r\n");
}

function flipped(body: Uint8Array<ArrayBuffer>, fault: Required<Fault>): Uint8Array<ArrayBuffer> {
  return flipBit(body, placeInBody(fault, body.byteLength), fault.bit);
}

/** Ends a connection with RST, as a crashed peer does. */
function reset(socket: Socket): void {
  socket.resetAndDestroy();
}
