import { readFile } from "node:fs/promises";
import type { IssuerFiles } from "../config/broker_file.ts";
import { certificatesIn } from "./certificate.ts";
import { CommandError, describe, readFailure } from "./command_error.ts";
import type { FileReaders } from "./reloader.ts";
import { createTrustingFetch } from "./trusting_fetch.ts";

/**
 * Makes a function like `fetch` that uses an issuer's files. The authorities are read at once, and the token before
 * each request, as Kubernetes replaces it.
 */
export function createIssuerFetch({ caFile, tokenFile }: IssuerFiles, readers: FileReaders): typeof fetch {
  const send = caFile === undefined ? fetch : fetchTrusting(caFile, readers);
  return async (input, init) => {
    const headers = new Headers(init?.headers);
    if (tokenFile !== undefined) headers.set("authorization", `Bearer ${await readToken(tokenFile)}`);
    return await send(input, { ...init, headers });
  };
}

function fetchTrusting(path: string, { readTextFile }: FileReaders): typeof fetch {
  try {
    const pem = readTextFile(path);
    certificatesIn(pem, path);
    return createTrustingFetch(pem);
  } catch (error) {
    throw error instanceof CommandError ? error : new CommandError(`Cannot use "${path}": ${describe(error)}`);
  }
}

async function readToken(path: string): Promise<string> {
  try {
    return (await readFile(path, "utf8")).trim();
  } catch (error) {
    throw readFailure(`"${path}"`, error);
  }
}
