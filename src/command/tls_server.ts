import { createServer, type Server } from "node:https";
import type { IncomingMessage, ServerResponse } from "node:http";
import { pipeline } from "node:stream/promises";
import { type Certificate, type CertificatePaths, readCertificate } from "./certificate.ts";
import type { LogEntry } from "./log.ts";
import { createReloader, type Reloader } from "./reloader.ts";
import type { Handler } from "./running_requests.ts";

/** Starts a server whose certificate is read from files, and again when they change. */
export async function startWithCertificate(
  handle: Handler,
  { tls, log, ...options }: Omit<TlsServerOptions, "certificate"> & {
    readonly tls: CertificatePaths;
    readonly log: (entry: LogEntry) => void;
  },
): Promise<{ readonly server: TlsServer; readonly certificate: Reloader }> {
  const certificate = createReloader({
    name: tls.certPath,
    what: "certificate",
    load: ({ readTextFile }) => readCertificate(tls, readTextFile),
    use: (read) => server.replace(read),
    log,
  });
  const server = await startTlsServer(handle, { ...options, certificate: certificate.first });
  return { server, certificate };
}

/** An HTTPS server. */
export interface TlsServer {
  /** Its port. */
  readonly port: number;
  /** Uses another certificate for new connections; the others stay. */
  replace(certificate: Certificate): void;
  /** Accepts no more connections, and resolves once the others have ended. */
  shutdown(): Promise<void>;
}

/** How an HTTPS server listens. */
export interface TlsServerOptions {
  readonly hostname: string;
  readonly port: number;
  readonly certificate: Certificate;
  /** Answers what the handler throws. */
  readonly onError: (error: unknown) => Response;
}

/**
 * Serves HTTPS with Node's API, whose certificate can be replaced: `Deno.serve` reads it once, and two servers on one
 * port would lose the connections that one has not accepted yet when it stops.
 *
 * @throws {Error} If it cannot listen, with Node's `code`.
 */
export async function startTlsServer(handle: Handler, options: TlsServerOptions): Promise<TlsServer> {
  const { hostname, port, certificate, onError } = options;
  const server = createServer({ ...certificate, ALPNProtocols: ["http/1.1"] }, async (incoming, outgoing) => {
    const disconnected = new AbortController();
    outgoing.on("close", () => outgoing.writableFinished || disconnected.abort());
    const request = toRequest(incoming, disconnected.signal);
    const address = incoming.socket.remoteAddress ?? "";
    const response = request === undefined
      ? new Response("Bad request.\n", { status: 400, headers: { connection: "close" } })
      : await handle(request, address).catch(onError);
    await send(response, outgoing, incoming.method === "HEAD");
    discardRest(incoming);
  });
  // A request may take as long as its body does, as with `Deno.serve`; the headers have a minute.
  server.requestTimeout = 0;
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject);
    server.listen(port, hostname, resolve);
  });
  return {
    port: portOf(server),
    replace: (certificate) => server.setSecureContext(certificate),
    shutdown: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeIdleConnections();
      }),
  };
}

function portOf(server: Server): number {
  const address = server.address();
  return typeof address === "object" && address !== null ? address.port : 0;
}

/** `undefined` if `Request` does not take it. */
function toRequest(incoming: IncomingMessage, signal: AbortSignal): Request | undefined {
  const { url = "", method = "GET", headers: { host = "localhost" }, rawHeaders } = incoming;
  const headers = new Headers();
  try {
    for (let i = 0; i + 1 < rawHeaders.length; i += 2) headers.append(rawHeaders[i] ?? "", rawHeaders[i + 1] ?? "");
    const hasBody = method !== "GET" && method !== "HEAD";
    const body = hasBody ? ReadableStream.from<Uint8Array<ArrayBuffer>>(bodyOf(incoming)) : null;
    // Not with a base, for which `//a/b` would be another host.
    return new Request(url.startsWith("/") ? `https://${host}${url}` : url, { method, headers, body, signal });
  } catch {
    return undefined;
  }
}

/** Reading on is up to the handler; when it stops, the connection stays for the response. */
function bodyOf(incoming: IncomingMessage): AsyncIterable<Uint8Array<ArrayBuffer>> {
  return incoming.iterator({ destroyOnReturn: false });
}

async function send(response: Response, outgoing: ServerResponse, isHead: boolean): Promise<void> {
  const { status, statusText, headers, body } = response;
  outgoing.writeHead(status, statusText, [...headers].flat());
  if (body === null || isHead) {
    await body?.cancel();
    outgoing.end();
    return;
  }
  // It fails if the client disconnects, which ends the response's body, or the other way round.
  await pipeline(body, outgoing).catch(() => {});
}

/** What a client still sends after an early answer: it may read the answer only then. */
function discardRest(incoming: IncomingMessage): void {
  if (incoming.complete) return;
  const timer = setTimeout(() => incoming.destroy(), DISCARD_MS);
  incoming.on("close", () => clearTimeout(timer)).resume();
}

const DISCARD_MS = 30_000;
