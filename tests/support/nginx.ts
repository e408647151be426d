import { findFreePorts } from "../../tools/free_ports.ts";
import { startServer } from "../../tools/server_process.ts";
import type { CertificatePaths } from "../../src/command/certificate.ts";
import { waitForPorts } from "./wait_for_ports.ts";

/** An nginx for a test. */
export interface Nginx {
  /** The URLs of its servers, in order. */
  readonly urls: readonly string[];
  /** Stops it and removes its files. */
  stop(): Promise<void>;
}

/**
 * Starts nginx in front of another server.
 *
 * @param program From `findOrInstallNginx`.
 * @param servers The directives of each server, which get the URLs of all of them.
 * @param how `tls`: their certificate, default none; `shared`: directives for all of them, such as an upstream.
 */
export async function startNginx(
  program: string,
  count: number,
  servers: (urls: readonly string[]) => readonly string[],
  { tls, shared = "" }: { readonly tls?: CertificatePaths | undefined; readonly shared?: string } = {},
): Promise<Nginx> {
  const certificate = tls ? `ssl_certificate ${tls.certPath}; ssl_certificate_key ${tls.keyPath};` : "";
  const folder = await Deno.makeTempDir({ prefix: "nginx-" });
  const ports = findFreePorts(count);
  const urls = ports.map((port) => `${tls ? "https" : "http"}://127.0.0.1:${port}`);
  const temporary = ["client_body", "proxy", "fastcgi", "uwsgi", "scgi"].map((name) => `${name}_temp_path ${folder};`);
  const blocks = servers(urls).map((directives, index) =>
    `server { listen 127.0.0.1:${ports[index]}${tls ? " ssl" : ""}; ${certificate} ${directives} }`
  );

  const http = [
    ...["access_log off", "client_max_body_size 0", "proxy_request_buffering off"],
    // Otherwise it drops metadata with such names.
    "underscores_in_headers on",
  ].join("; ");
  const path = `${folder}/nginx.conf`;
  await Deno.writeTextFile(
    path,
    `daemon off; master_process off; pid ${folder}/pid; events {}\nhttp { ${http}; ${temporary.join(" ")}\n${shared}\n${
      blocks.join("\n")
    } }\n`,
  );
  const command = [program, "-e", "stderr", "-c", path];
  const server = startServer({ name: "nginx", command, logFile: `${folder}/log`, leftovers: [folder] });
  await waitForPorts(ports, { name: "nginx", server, logFile: `${folder}/log` });
  return { urls, stop: server.stop };
}
