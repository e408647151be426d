/**
 * A `FileStorage` of [Remix](https://github.com/remix-run/remix/tree/main/packages/file-storage): `File`s in a store,
 * with their name, type and modification time, under keys of any text.
 *
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { createS3Source } from "@files/s3-source";
 * import { createFileStorage } from "@files/s3-source/adapters/remix";
 * import { createMemoryS3 } from "@files/s3-source/testing";
 *
 * const { config, fetch } = createMemoryS3();
 * const storage = createFileStorage(createS3Source(config, { fetch }));
 *
 * await storage.set("user:1/avatar", new File(["Hello"], "ines.txt", { type: "text/plain" }));
 * const file = await storage.get("user:1/avatar");
 * assertEquals([file?.name, file?.type, file?.size], ["ines.txt", "text/plain", 5]);
 * assertEquals(await new Response(file?.slice(1, 3).stream()).text(), "el");
 * ```
 *
 * @module
 */
import { InvalidArgumentError, show } from "../errors.ts";
import type { FileInfo } from "../types/files.ts";
import type { S3Source } from "../types/source.ts";
import { toKey, toPath, toPathBeginning } from "./remix/keys.ts";
import { createStoredFile, type FileFacts } from "./remix/stored_file.ts";
import type {
  FileKey,
  FileLike,
  FileMetadata,
  ListOptions,
  ListResult,
  SourceFileStorage,
  StoredBlob,
  StoredFile,
} from "./remix/types.ts";

export type { FileKey, FileLike, FileMetadata, ListOptions, ListResult, SourceFileStorage, StoredBlob, StoredFile };

/**
 * Creates a storage whose files are in a source. To keep them in a folder of it, pass `source.folder("uploads")`.
 *
 * Files that `@remix-run/file-storage-s3` has stored are found with all their facts, and it finds these, as long as keys
 * have no `%`, no `\` and no segment that is empty, `.` or `..`.
 *
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { createS3Source } from "@files/s3-source";
 * import { createFileStorage } from "@files/s3-source/adapters/remix";
 * import { createMemoryS3 } from "@files/s3-source/testing";
 *
 * const { config, fetch } = createMemoryS3();
 * const avatars = createFileStorage(createS3Source(config, { fetch }).folder("avatars"));
 *
 * await avatars.set("ines", new File(["Hello"], "me.png", { type: "image/png" }));
 * assertEquals(await avatars.list(), { files: [{ key: "ines" }] });
 * await avatars.remove("ines");
 * assertEquals([await avatars.has("ines"), await avatars.get("ines")], [false, null]);
 * ```
 */
export function createFileStorage(source: S3Source): SourceFileStorage {
  async function get(key: string): Promise<StoredFile | null> {
    const info = await source.stat(toPath(checkText(key, "key")));
    return info === null ? null : createStoredFile(source, info, factsOf(key, info));
  }

  async function put(key: string, file: FileLike): Promise<StoredFile> {
    const path = toPath(checkText(key, "key"));
    checkFile(key, file);
    const info = await source.upload(path, file instanceof Blob ? file : file.stream(), {
      size: file.size,
      contentType: isHeaderValue(file.type) ? file.type : "application/octet-stream",
      metadata: {
        [NAME]: encodeText(file.name),
        [LAST_MODIFIED]: String(file.lastModified),
        [TYPE]: encodeText(file.type),
      },
    });
    return createStoredFile(source, info, factsOf(key, info));
  }

  async function list<T extends ListOptions>(options?: T): Promise<ListResult<T>>;
  async function list(options: ListOptions = {}): Promise<ListResult<ListOptions>> {
    const { cursor, includeMetadata = false, limit = 32, prefix = "" } = options;
    const beginning = toPathBeginning(checkText(prefix, "prefix"));
    if (limit <= 0) return { files: [] };
    const page = await source.list({ prefix: beginning, cursor, limit: Math.min(limit, Number.MAX_SAFE_INTEGER) });
    const keys = page.files.map(({ path }) => toKey(path)).filter((key) => key !== undefined);
    const files = includeMetadata ? await describe(keys) : keys.map((key) => ({ key }));
    return { files, ...page.cursor !== null && { cursor: page.cursor } };
  }

  /** The facts about files; those that have been removed meanwhile are left out. */
  async function describe(keys: readonly string[]): Promise<FileMetadata[]> {
    const described: FileMetadata[] = [];
    for (let at = 0; at < keys.length; at += REQUESTS_AT_ONCE) {
      const files = await Promise.all(
        keys.slice(at, at + REQUESTS_AT_ONCE).map(async (key) => ({ key, file: await get(key) })),
      );
      for (const { key, file } of files) {
        if (file === null) continue;
        const { lastModified, name, size, type } = file;
        described.push({ key, lastModified, name, size, type });
      }
    }
    return described;
  }

  return {
    get,
    put,
    list,
    has: async (key) => await source.stat(toPath(checkText(key, "key"))) !== null,
    remove: async (key) => await source.delete(toPath(checkText(key, "key"))),
    async set(key, file) {
      await put(key, file);
    },
  };
}

/** Names of metadata; the first two are those of `@remix-run/file-storage-s3`. */
const NAME = "file-name";
const LAST_MODIFIED = "file-last-modified";
/** The type, exactly: a file without one has a `Content-Type` nevertheless. */
const TYPE = "file-type";

/** No text is encoded so. */
const EMPTY = "%";
const REQUESTS_AT_ONCE = 32;

function factsOf(key: string, { metadata, contentType, lastModified }: FileInfo): FileFacts {
  const { [NAME]: name, [TYPE]: type, [LAST_MODIFIED]: time = "" } = metadata;
  return {
    name: name === undefined ? key.slice(key.lastIndexOf("/") + 1) : decodeText(name),
    type: type === undefined ? contentType : decodeText(type),
    lastModified: /^-?\d+$/.test(time) ? Number(time) : lastModified?.getTime() ?? 0,
  };
}

/** SeaweedFS drops metadata that is empty. */
function encodeText(text: string): string {
  return encodeURIComponent(text.toWellFormed()) || EMPTY;
}

function decodeText(encoded: string): string {
  if (encoded === EMPTY) return "";
  try {
    return decodeURIComponent(encoded);
  } catch {
    return encoded;
  }
}

function isHeaderValue(text: string): boolean {
  return /^[!-~](?:[ -~]*[!-~])?$/.test(text);
}

function checkText(text: string, kind: "key" | "prefix"): string {
  if (typeof text === "string") return text;
  throw new InvalidArgumentError(`Cannot use the ${kind} ${show(text)}: it is not a string`);
}

function checkFile(key: string, file: FileLike): void {
  const { name, type, stream }: Partial<FileLike> = Object(file);
  if (typeof name === "string" && typeof type === "string" && typeof stream === "function") return;
  throw new InvalidArgumentError(`Cannot put ${show(key)}: it is not a File, or like one`);
}
