import { startStore, type StoreServer } from "../store_server.ts";

/** A store, with how to install and start it. */
export interface StorePackage {
  /** The store's name. */
  readonly name: string;
  /** The tested release; the list of differences is for this one. */
  readonly version: string;
  /** The path of its program; installs it if it is missing. */
  findOrInstall(): Promise<string>;
  /** Returns the command that serves a folder, and may put files beside the folder. */
  serve(program: string, place: StorePlace): StoreCommand | Promise<StoreCommand>;
}

/** A store's folder, ports and keys. */
export interface StorePlace {
  /** An empty folder for its data. */
  readonly dataDir: string;
  /** Buckets that will be created over S3, unless they exist. */
  readonly buckets: readonly string[];
  /** Port of the loopback interface for S3. */
  readonly port: number;
  /** Another port, for anything else it serves. */
  readonly otherPort: number;
  /** Access key id that may do everything. */
  readonly accessKeyId: string;
  /** Secret access key that goes with it. */
  readonly secretAccessKey: string;
}

/** A command and its environment. */
export interface StoreCommand {
  /** The program and its arguments. */
  readonly command: readonly string[];
  /** Added to the environment. */
  readonly env: Readonly<Record<string, string>>;
}

/**
 * Starts a store on the loopback interface, in a temporary folder, and installs it if it is missing.
 *
 * @throws {Error} If it cannot be installed or started; the message says what to do.
 */
export async function startThrowawayStore(
  store: StorePackage,
  { buckets }: { buckets: readonly string[] },
): Promise<StoreServer> {
  const program = await store.findOrInstall();
  return await startStore(2, async ([port = 0, otherPort = 0]) => {
    const folder = await Deno.makeTempDir({ prefix: "s3-source-store-" });
    const dataDir = `${folder}/data`;
    await Deno.mkdir(dataDir);
    // A secret of its own: another store, on a port that this one was to have, must not pass for it.
    const keys = { accessKeyId: "store-access-key", secretAccessKey: crypto.randomUUID() };
    const server = {
      name: store.name,
      logFile: `${folder}/log`,
      leftovers: [folder],
      ...await store.serve(program, { dataDir, buckets, port, otherPort, ...keys }),
    };
    return { server, access: { endpointUrl: `http://127.0.0.1:${port}`, ...keys }, buckets };
  });
}
