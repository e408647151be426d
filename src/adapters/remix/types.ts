/** Fits `FileStorage` of `@remix-run/file-storage`. Its methods reject as those of the source do. */
export interface SourceFileStorage {
  /** The file with this key, or `null` if there is none. Reads its facts; its bytes when they are asked for. */
  get(key: string): Promise<StoredFile | null>;
  /** Whether there is a file with this key. */
  has(key: string): Promise<boolean>;
  /**
   * A page of keys, ordered as by `S3Source.list`. A file that something else has stored is listed under its path, but
   * left out if its path is not how a key is stored, e.g. because it has a `%`.
   */
  list<T extends ListOptions>(options?: T): Promise<ListResult<T>>;
  /** Stores a file, replacing one with the same key, and returns the stored one. */
  put(key: string, file: FileLike): Promise<StoredFile>;
  /** Removes the file with this key, if there is one. */
  remove(key: string): Promise<void>;
  /**
   * Stores a file, replacing one with the same key. A large one is read and sent in parts, so memory holds some of
   * them; it appears whole, with its name and type, or not at all.
   */
  set(key: string, file: FileLike): Promise<void>;
}

/** A `File` to store, or what is like one: a `LazyFile`, or a {@link StoredFile} of this or another storage. */
export type FileLike = Pick<File, "name" | "type" | "size" | "lastModified" | "stream">;

/** Options of {@link SourceFileStorage.list}. */
export interface ListOptions {
  /** The `cursor` of the previous page. Default: the first page. */
  cursor?: string | undefined;
  /** Whether to add the facts about each file, which takes a request each. Default `false`. */
  includeMetadata?: boolean | undefined;
  /** Most files on a page; a page may have fewer. Default 32. */
  limit?: number | undefined;
  /** List only keys that begin with this. Default: all. */
  prefix?: string | undefined;
}

/** A page of {@link SourceFileStorage.list}. */
export interface ListResult<T extends ListOptions> {
  /** Cursor of the next page; absent on the last. */
  cursor?: string;
  /** The keys, with the files' facts if `includeMetadata` is `true`. */
  files: (T extends { includeMetadata: true } ? FileMetadata : FileKey)[];
}

/** A key in a listing. */
export interface FileKey {
  /** The key. */
  key: string;
}

/** A key in a listing, with the facts about its file. */
export interface FileMetadata extends FileKey {
  /** The `File`'s own modification time, in milliseconds since 1970. */
  lastModified: number;
  /** The `File`'s name. */
  name: string;
  /** Bytes in the file. */
  size: number;
  /** The `File`'s media type, exactly as it was stored. */
  type: string;
}

/** A `Blob` whose bytes are in the store and are read when they are asked for. */
export interface StoredBlob extends Blob {
  /** A part of it; reads nothing yet. */
  slice(start?: number, end?: number, contentType?: string): StoredBlob;
  /** Reads all of it into memory, for what needs a `Blob` of the runtime, such as `FormData`. */
  toBlob(): Promise<Blob>;
  /**
   * Fails always: otherwise `new Response(file)` would send the text `[object Object]`.
   *
   * @throws {TypeError} Always; it says what to use.
   */
  toString(): never;
}

/**
 * A `File` whose bytes are in the store and are read when they are asked for: whole by `bytes()`, `arrayBuffer()` and
 * `text()`, in bounded memory by `stream()`, in part by `slice()`. It is the version that was there when it was looked
 * up: if the file is replaced, reading fails with `PreconditionFailedError`; if it is removed, with `FileNotFoundError`.
 *
 * As with Remix's `LazyFile`, it is no `File` of the runtime: give `new Response()` its `stream()`, and `FormData` the
 * `toFile()`.
 */
export interface StoredFile extends File, StoredBlob {
  /** A part of it; reads nothing yet. */
  slice(start?: number, end?: number, contentType?: string): StoredBlob;
  /** Reads all of it into memory, for what needs a `File` of the runtime, such as `FormData`. */
  toFile(): Promise<File>;
}
