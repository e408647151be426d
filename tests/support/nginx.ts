import { findFreePorts } from "../../tools/free_ports.ts";
import { startServer } from "../../tools/server_process.ts";

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
 * @param shared Directives for all of them, such as an upstream.
 */
export async function startNginx(
  program: string,
  count: number,
  servers: (urls: readonly string[]) => readonly string[],
  shared = "",
): Promise<Nginx> {
  const folder = await Deno.makeTempDir({ prefix: "nginx-" });
  const ports = findFreePorts(count);
  const urls = ports.map((port) => `http://127.0.0.1:${port}`);
  const temporary = ["client_body", "proxy", "fastcgi", "uwsgi", "scgi"].map((name) => `${name}_temp_path ${folder};`);
  const blocks = servers(urls).map((directives, index) => `server { listen 127.0.0.1:${ports[index]}; ${directives} }`);
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
  const { stop, exit } = startServer({ name: "nginx", command, logFile: `${folder}/log`, leftovers: [folder] });
  const ended = exit.then(() => true);
  for (let tries = 0; tries < 100; tries++) {
    const answers = await Promise.all(ports.map(isOpen));
    if (answers.every(Boolean)) return { urls, stop };
    const hasEnded = await Promise.race([ended, new Promise<false>((resolve) => setTimeout(resolve, 100, false))]);
    if (hasEnded) break;
  }
  const log = await Deno.readTextFile(`${folder}/log`).catch(String);
  await stop();
  throw new Error(`Cannot start nginx:\n${log}`);
}

async function isOpen(port: number): Promise<boolean> {
  try {
    (await Deno.connect({ hostname: "127.0.0.1", port })).close();
    return true;
  } catch {
    return false;
  }
}
