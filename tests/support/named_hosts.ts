import { createCertificate } from "./certificate.ts";

/** Servers under names of the internet, on this machine: a proxy for the environment of a program under test. */
export interface NamedHosts {
  /** What the program needs in its environment, to reach them by `https:`. */
  readonly env: Readonly<Record<string, string>>;
  /** The `host:port` of each connection that was asked for. */
  readonly asked: string[];
  /** Ends them. */
  stop(): Promise<void>;
}

/**
 * Answers every request to these hosts with one handler, over TLS with a certificate of their own.
 *
 * @throws {Error} If `openssl` cannot make the certificate.
 */
export async function startNamedHosts(
  names: readonly string[],
  handle: (request: Request) => Promise<Response> | Response,
): Promise<NamedHosts> {
  const folder = await Deno.makeTempDir({ prefix: "named-hosts-" });
  const { certPath, keyPath } = await createCertificate(folder, names);
  const [cert, key] = await Promise.all([Deno.readTextFile(certPath), Deno.readTextFile(keyPath)]);
  const server = Deno.serve({ ...QUIET, cert, key }, handle);
  const proxy = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const asked: string[] = [];
  const serving = (async () => {
    for await (const connection of proxy) {
      connect(connection, asked, server.addr.port).catch(() => {});
    }
  })();
  return {
    env: { HTTPS_PROXY: `http://127.0.0.1:${proxy.addr.port}`, DENO_CERT: certPath },
    asked,
    stop: async () => {
      proxy.close();
      await serving;
      await server.shutdown();
      await Deno.remove(folder, { recursive: true });
    },
  };
}

const QUIET = { hostname: "127.0.0.1", port: 0, onListen: () => {} } as const;

/** One `CONNECT`, from its request on. */
async function connect(client: Deno.TcpConn, asked: string[], port: number): Promise<void> {
  let head = "";
  const buffer = new Uint8Array(4_096);
  while (!head.endsWith("\r\n\r\n")) {
    const length = await client.read(buffer);
    if (length === null) return client.close();
    head += new TextDecoder().decode(buffer.subarray(0, length));
  }
  asked.push(/^CONNECT (\S+)/.exec(head)?.[1] ?? head);
  const server = await Deno.connect({ hostname: "127.0.0.1", port });
  await client.write(new TextEncoder().encode("HTTP/1.1 200 OK\r\n\r\n"));
  await Promise.allSettled([client.readable.pipeTo(server.writable), server.readable.pipeTo(client.writable)]);
}
