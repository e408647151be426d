import { createServer as createHttpServer, type IncomingMessage, type ServerResponse } from "node:http";
import { createServer, type Server } from "node:net";
import { pipeline } from "node:stream/promises";
import { createSecureContext, TLSSocket } from "node:tls";
import { isForbidden } from "../options/malformed_request.ts";
import { type Certificate, type CertificatePaths, readCertificate } from "./certificate.ts";
import type { LogEntry } from "./log.ts";
import { createReloader, type Reloader } from "./reloader.ts";
import { type Handler, STREAMING } from "./running_requests.ts";
import type { HttpServer, HttpServerOptions } from "./runtime.ts";

/** Starts a server whose certificate is read from files, and again when they change. */
export async function startWithCertificate(
  handle: Handler,
  { tls, log, ...options }: HttpServerOptions & {
    readonly tls: CertificatePaths;
    readonly log: (entry: LogEntry) => void;
  },
): Promise<HttpServer & { readonly certificate: Reloader }> {
  const certificate = createReloader({
    name: tls.certPath,
    what: "certificate",
    load: ({ readTextFile }) => readCertificate(tls, readTextFile),
    use: (read) => server.replace(read),
    log,
  });
  const server = await startNodeServer(handle, { ...options, certificate: certificate.first });
  return { ...server, certificate };
}

/** A server that can replace its certificate. */
export interface NodeServer extends HttpServer {
  /** Uses another certificate for new connections; the others stay. */
  replace(certificate: Certificate): void;
}

/** How a server listens. */
export interface NodeServerOptions extends HttpServerOptions {
  /** For HTTPS; absent for plain HTTP. */
  readonly certificate?: Certificate;
}

/**
 * Serves HTTP or HTTPS with Node's API. The certificate can be replaced: servers of Deno and Bun read it once, and two
 * servers on one port would lose the connections that one has not accepted yet when it stops.
 *
 * @throws {Error} If it cannot listen, with Node's `code`.
 */
export async function startNodeServer(handle: Handler, options: NodeServerOptions): Promise<NodeServer> {
  const { hostname, port, certificate, onError } = options;
  const scheme = certificate === undefined ? "http" : "https";
  const http = createHttpServer(async (incoming, outgoing) => {
    const disconnected = new AbortController();
    outgoing.on("close", () => outgoing.writableFinished || disconnected.abort());
    const request = toRequest(incoming, scheme, disconnected.signal);
    const address = incoming.socket.remoteAddress ?? "";
    const response = request === undefined
      ? new Response("Bad request.\n", { status: isForbidden(incoming.method ?? "") ? 405 : 400, headers: CLOSING })
      : await handle(request, address).catch(onError);
    await send(response, outgoing, incoming.method === "HEAD").catch((error) => {
      // An error that nobody takes would end the process, with all other requests.
      onError(error);
      outgoing.destroy();
    });
    discardRest(incoming);
  });
  // A request may take as long as its body does, as with `Deno.serve`; the headers have a minute.
  http.requestTimeout = 0;
  let secureContext = createSecureContext(certificate);
  // Bun's HTTPS server cannot replace its certificate, and neither can its TLS server before 1.4.5.
  const server = certificate === undefined ? http : createServer((socket) => {
    const secured = new TLSSocket(socket, { isServer: true, secureContext, ALPNProtocols: ["http/1.1"] });
    secured.on("error", () => socket.destroy());
    http.emit("connection", secured);
  });
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject);
    server.listen(port, hostname, resolve);
  });
  // From then on it limits the time for headers, and knows which connections are idle.
  if (server !== http) http.emit("listening");
  return {
    port: portOf(server),
    replace: (certificate) => void (secureContext = createSecureContext(certificate)),
    shutdown: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        http.closeIdleConnections();
        if (server !== http) http.close();
      }),
  };
}

const CLOSING = { allow: "GET, HEAD, POST", connection: "close" };

function portOf(server: Server): number {
  const address = server.address();
  return typeof address === "object" && address !== null ? address.port : 0;
}

/** `undefined` if `Request` does not take it. */
function toRequest(incoming: IncomingMessage, scheme: string, signal: AbortSignal): Request | undefined {
  const { url = "", method = "GET", headers: { host = "localhost" }, rawHeaders } = incoming;
  const headers = new Headers();
  try {
    for (let i = 0; i + 1 < rawHeaders.length; i += 2) headers.append(rawHeaders[i] ?? "", rawHeaders[i + 1] ?? "");
    const body = method === "GET" || method === "HEAD" ? null : bodyOf(incoming);
    // Not with a base, for which `//a/b` would be another host.
    const init = { method, headers, body, signal, ...STREAMING };
    return new Request(url.startsWith("/") ? `${scheme}://${host}${url}` : url, init);
  } catch {
    return undefined;
  }
}

/** Reading on is up to the handler; when it stops, the connection stays for the response. */
function bodyOf(incoming: IncomingMessage): ReadableStream<Uint8Array<ArrayBuffer>> {
  return ReadableStream.from<Uint8Array<ArrayBuffer>>(incoming.iterator({ destroyOnReturn: false }));
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
  for (const emitter of [incoming, incoming.socket]) emitter.once("close", () => clearTimeout(timer));
  incoming.resume();
}

const DISCARD_MS = 30_000;
