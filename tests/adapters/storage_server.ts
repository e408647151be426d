import { createServer } from "node:http";
import { createStorage, type Storage } from "unstorage";
import httpDriver from "unstorage/drivers/http";
import { createStorageServer } from "unstorage/server";

/** A storage behind unstorage's HTTP server. */
export interface StorageServer extends AsyncDisposable {
  readonly url: string;
  /** unstorage's client of it. */
  readonly remote: Storage;
}

/** Starts it on a free port. */
export async function startStorageServer(storage: Storage): Promise<StorageServer> {
  const server = createServer(createStorageServer(storage).handle);
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const address = server.address();
  if (address === null || typeof address === "string") throw new Error("the server has no port");
  const url = `http://127.0.0.1:${address.port}`;
  return {
    url,
    remote: createStorage({ driver: httpDriver({ base: url }) }),
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
