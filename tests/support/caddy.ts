import { findFreePorts } from "../../tools/free_ports.ts";
import { startServer } from "../../tools/server_process.ts";
import type { CertificatePaths } from "../../src/command/certificate.ts";
import { waitForPorts } from "./wait_for_ports.ts";

/** A Caddy for a test. */
export interface Caddy {
  /** Where it listens, by https. */
  readonly url: string;
  /** Stops it and removes its files. */
  stop(): Promise<void>;
}

/**
 * Starts Caddy in front of another server.
 *
 * @param program From `findOrInstallCaddy`.
 * @param directives Of its site, as in a Caddyfile.
 */
export async function startCaddy(
  program: string,
  { certPath, keyPath }: CertificatePaths,
  directives: string,
): Promise<Caddy> {
  const folder = await Deno.makeTempDir({ prefix: "caddy-" });
  const [port = 0] = findFreePorts(1);
  const path = `${folder}/Caddyfile`;
  await Deno.writeTextFile(
    path,
    `{
      admin off
      auto_https disable_redirects
      storage file_system ${folder}
    }
    https://127.0.0.1:${port} {
      bind 127.0.0.1
      tls ${certPath} ${keyPath}
      ${directives}
    }`,
  );
  const env = { HOME: folder, XDG_CONFIG_HOME: folder, XDG_DATA_HOME: folder };
  const command = [program, "run", "--adapter", "caddyfile", "--config", path];
  const server = startServer({ name: "caddy", command, env, logFile: `${folder}/log`, leftovers: [folder] });
  await waitForPorts([port], { name: "Caddy", server, logFile: `${folder}/log` });
  return { url: `https://127.0.0.1:${port}`, stop: server.stop };
}
