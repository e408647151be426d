/**
 * A driver for [unstorage](https://unstorage.unjs.io) 1.17, and so for `useStorage` of Nitro and Nuxt: the keys
 * `a:b:c.txt` are the files `a/b/c.txt` of a source, whose credentials are renewed as always.
 *
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { createS3Source } from "@files/s3-source";
 * import { s3SourceDriver } from "@files/s3-source/adapters/unstorage";
 * import { createMemoryS3 } from "@files/s3-source/testing";
 * import { createStorage } from "unstorage";
 *
 * const s3 = createMemoryS3();
 * const source = createS3Source({ ...s3.config, prefix: "team" }, { fetch: s3.fetch });
 * const storage = createStorage({ driver: s3SourceDriver(source) });
 *
 * await storage.setItem("users:ada", { name: "Ada" });
 * assertEquals(await storage.getItem("users/ada"), { name: "Ada" });
 * assertEquals(s3.listKeys("bucket"), ["team/users/ada"]);
 * ```
 *
 * @module
 */
import { ConfigError, InvalidArgumentError } from "../errors.ts";
import type { FileInfo, FileStream, SignalOptions, UploadBody } from "../types/files.ts";
import type { S3Source } from "../types/source.ts";
import type { ItemMeta, KeysOptions, RawItemOptions, S3SourceDriver, SetItemOptions } from "./unstorage/driver.ts";
import { createQueue } from "./unstorage/queue.ts";

export type { ItemMeta, KeysOptions, RawItemOptions, S3SourceDriver, SetItemOptions };

/**
 * Creates a driver for `createStorage({ driver })`, `storage.mount(base, driver)`, or a driver module of Nitro.
 *
 * Keys are paths with `:` in place of `/`; empty segments are dropped. A key with a `.` or `..` segment fails with
 * `InvalidPathError`, so no key leads out of the source. For keys below a base, pass `source.folder("base")`.
 *
 * @param source The source, or a function that creates it when first needed. Nitro also calls a driver module while it
 * builds, where secrets may be missing.
 * @throws {ConfigError} If it is not a source, e.g. only the configuration of one.
 *
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { createS3Source } from "@files/s3-source";
 * import { s3SourceDriver } from "@files/s3-source/adapters/unstorage";
 * import { createMemoryS3 } from "@files/s3-source/testing";
 * import { createStorage } from "unstorage";
 *
 * const { config, fetch } = createMemoryS3();
 * const storage = createStorage();
 * storage.mount("files", s3SourceDriver(() => createS3Source(config, { fetch })));
 *
 * await storage.setItem("files:notes:a.txt", "Hello", { ttl: 60, contentType: "text/plain" });
 * assertEquals(await storage.getKeys("files:notes"), ["files:notes:a.txt"]);
 * ```
 */
export function s3SourceDriver(source: S3Source | (() => S3Source)): S3SourceDriver {
  let opened = typeof source === "function" ? undefined : checked(source);
  const getInstance = (): S3Source => opened ??= checked(typeof source === "function" ? source() : source);
  const queue = createQueue(REQUESTS_AT_A_TIME);

  /** The file of an item that exists. */
  async function open(key: string, { signal }: SignalOptions): Promise<FileStream | null> {
    try {
      const file = await getInstance().stream(toPath(key), { signal });
      if (secondsLeft(file.info) > 0) return file;
      await file.body.cancel();
    } catch (error) {
      // By its name: a bundle may have another copy of the class.
      if (!(error instanceof Error && error.name === "FileNotFoundError")) throw error;
    }
    return null;
  }

  async function stat(key: string, { signal }: SignalOptions): Promise<FileInfo | null> {
    const info = await getInstance().stat(toPath(key), { signal });
    return info !== null && secondsLeft(info) > 0 ? info : null;
  }

  async function* pathsBelow(base: string, signal?: AbortSignal): AsyncGenerator<string> {
    const folder = toPath(base);
    for await (const { path } of getInstance().walk({ prefix: folder && `${folder}/`, signal })) yield path;
  }

  async function store(key: string, value: UploadBody, options: SetItemOptions): Promise<void> {
    // Not all of them: unstorage passes the same options to every driver.
    const { ttl, metadata, signal, contentType, cacheControl, ifMatch, ifNoneMatch } = options;
    const life = ttl === undefined || ttl === 0 ? {} : { [EXPIRES_AT]: expiry(key, ttl) };
    await getInstance().upload(toPath(key), value, {
      ...{ signal, contentType, cacheControl, ifMatch, ifNoneMatch },
      metadata: { ...metadata, ...life },
    });
  }

  return {
    name: "s3-source",
    flags: { ttl: true },
    getInstance,
    hasItem: (key, options = {}) => queue(async () => await stat(key, options) !== null),
    getItem: (key, options = {}) =>
      queue(async () => {
        const file = await open(key, options);
        return file === null ? null : await new Response(file.body).text();
      }),
    getItemRaw: (key, options = {}) =>
      queue(async () => {
        const file = await open(key, options);
        if (file === null || options.type === "stream") return file?.body ?? null;
        return new Uint8Array(await new Response(file.body).arrayBuffer());
      }),
    setItem: (key, value, options = {}) => queue(() => store(key, value, options)),
    setItemRaw: (key, value, options = {}) => queue(() => store(key, value, options)),
    removeItem: (key, { signal } = {}) => queue(() => getInstance().delete(toPath(key), { signal })),
    getMeta: (key, options = {}) =>
      queue(async () => {
        const info = await stat(key, options);
        return info === null ? null : toMeta(info);
      }),
    async getKeys(base = "", { signal, maxDepth = Infinity } = {}) {
      const keys: string[] = [];
      for await (const path of pathsBelow(base, signal)) {
        const segments = path.split("/");
        const key = segments.join(":");
        // unstorage cuts keys at "?".
        if (segments.length <= maxDepth + 1 && toPath(key) === path && !path.includes("?")) keys.push(key);
      }
      return keys;
    },
    async clear(base = "", { signal } = {}) {
      const { errors: [error] } = await getInstance().deleteMany(pathsBelow(base, signal), { signal });
      if (error !== undefined) throw error;
    },
  };
}

/** unstorage starts all those of a snapshot, `getItems` or `setItems` at once. */
const REQUESTS_AT_A_TIME = 32;

/** The user metadata with the end of an item's life. */
const EXPIRES_AT = "unstorage-expires-at";

function checked(source: S3Source): S3Source {
  if (typeof source?.stream === "function") return source;
  throw new ConfigError("Cannot create the driver: pass what createS3Source returns, or a function that returns it");
}

function toPath(key: string): string {
  return key.split(/[:/\\]+/).filter((segment) => segment !== "").join("/");
}

function expiry(key: string, ttl: number): string {
  const date = new Date(Date.now() + ttl * 1000);
  if (typeof ttl === "number" && ttl > 0 && !Number.isNaN(date.getTime())) return date.toISOString();
  throw new InvalidArgumentError(`Cannot store "${key}": "ttl" must be a number of seconds greater than 0`);
}

/** Seconds until an item expires; `Infinity` if it does not. */
function secondsLeft({ metadata: { [EXPIRES_AT]: expiresAt = "" } }: FileInfo): number {
  const seconds = Math.ceil((Date.parse(expiresAt) - Date.now()) / 1000);
  return Number.isNaN(seconds) ? Infinity : seconds;
}

function toMeta(info: FileInfo): ItemMeta {
  const { metadata: { [EXPIRES_AT]: _, ...metadata }, size, contentType, etag, lastModified } = info;
  const ttl = secondsLeft(info);
  return {
    ...metadata,
    ...{ size, contentType, etag },
    ...(lastModified === null ? {} : { mtime: lastModified }),
    ...(ttl === Infinity ? {} : { ttl }),
  };
}
