import type { IssuerFiles } from "../config/broker_file.ts";
import { certificatesIn } from "./certificate.ts";
import { CommandError, describe, readFailure } from "./command_error.ts";
import type { FileReaders } from "./reloader.ts";

/**
 * Makes functions like `fetch` that use an issuer's files. The authorities are read at once, and the token before each
 * request, as Kubernetes replaces it.
 */
export function createIssuerFetches(): (files: IssuerFiles, readers: FileReaders) => typeof fetch {
  /** By PEM, so that a reload makes no new ones. */
  const clients = new Map<string, Deno.HttpClient>();

  function clientFor(path: string, { readTextFile }: FileReaders): Deno.HttpClient {
    try {
      const pem = readTextFile(path);
      certificatesIn(pem, path);
      const client = clients.get(pem) ?? Deno.createHttpClient({ caCerts: [pem] });
      clients.set(pem, client);
      return client;
    } catch (error) {
      throw error instanceof CommandError ? error : new CommandError(`Cannot use "${path}": ${describe(error)}`);
    }
  }

  return ({ caFile, tokenFile }, readers) => {
    const client = caFile === undefined ? {} : { client: clientFor(caFile, readers) };
    return async (input, init) => {
      const headers = new Headers(init?.headers);
      if (tokenFile !== undefined) headers.set("authorization", `Bearer ${await readToken(tokenFile)}`);
      return await fetch(input, { ...init, headers, ...client });
    };
  };
}

async function readToken(path: string): Promise<string> {
  try {
    return (await Deno.readTextFile(path)).trim();
  } catch (error) {
    throw readFailure(`"${path}"`, error);
  }
}
