import type { SignalOptions, UploadBody, UploadOptions } from "../../types/files.ts";
import type { S3Source } from "../../types/source.ts";

/** Options of `getItemRaw`. */
export interface RawItemOptions extends SignalOptions {
  /** `"stream"`: the bytes as they arrive, for large values. Default: all bytes. */
  type?: string | undefined;
}

/** Options of `getKeys`. */
export interface KeysOptions extends SignalOptions {
  /** The most `:` in a key. Default: any number. */
  maxDepth?: number | undefined;
}

/** Options of `setItem` and `setItemRaw`: some of {@link UploadOptions}. Others are ignored, as by all drivers. */
export interface SetItemOptions
  extends Pick<UploadOptions, "signal" | "contentType" | "cacheControl" | "metadata" | "ifMatch" | "ifNoneMatch"> {
  /**
   * Seconds after which the item is missing for this driver. Its file and its key in `getKeys` stay until it is replaced
   * or removed, and `ifNoneMatch` finds it. Default, and 0: it does not expire.
   */
  ttl?: number | undefined;
}

/** What `getMeta` returns: facts about the file, and its user metadata. */
export interface ItemMeta {
  /** When it was last written; absent if the store does not say. */
  readonly mtime?: Date;
  /** Seconds until it expires; absent if it was stored without `ttl`. */
  readonly ttl?: number;
  /** Bytes in it. */
  readonly size: number;
  /** Media type. */
  readonly contentType: string;
  /** The store's tag for this content, for `ifMatch`; `null` if the store sends none. */
  readonly etag: string | null;
  /** User metadata, unless it has one of the names above. */
  readonly [name: string]: string | number | Date | null | undefined;
}

/**
 * A `Driver` of unstorage. Every method rejects as those of {@link S3Source} do, except that a missing file is `null` or
 * `false`. It has no `watch`, as S3 has no events, so unstorage itself reports its own writes; and no `dispose`, as
 * there is nothing to close.
 */
export interface S3SourceDriver {
  /** The driver's name. */
  readonly name: "s3-source";
  /** It heeds `ttl`. */
  readonly flags: { readonly ttl: true };
  /** Returns the source, e.g. for `downloadUrl`. */
  getInstance(): S3Source;
  /** Whether an item exists. */
  hasItem(key: string, options?: SignalOptions): Promise<boolean>;
  /** Returns an item as text, which unstorage parses; `null` if it does not exist. Invalid UTF-8 is replaced. */
  getItem(key: string, options?: SignalOptions): Promise<string | null>;
  /** Returns an item's bytes; `null` if it does not exist. */
  getItemRaw(
    key: string,
    options?: RawItemOptions,
  ): Promise<Uint8Array<ArrayBuffer> | ReadableStream<Uint8Array<ArrayBuffer>> | null>;
  /** Stores text. */
  setItem(key: string, value: string, options?: SetItemOptions): Promise<void>;
  /** Stores anything that {@link S3Source.upload} takes: bytes, text, a `Blob`, a stream. */
  setItemRaw(key: string, value: UploadBody, options?: SetItemOptions): Promise<void>;
  /** Removes an item, if it exists. */
  removeItem(key: string, options?: SignalOptions): Promise<void>;
  /** Returns the facts about an item; `null` if it does not exist. */
  getMeta(key: string, options?: SignalOptions): Promise<ItemMeta | null>;
  /** Returns the keys of all items below `base`. Files are left out whose paths no key stands for, such as `a:b`. */
  getKeys(base?: string, options?: KeysOptions): Promise<string[]>;
  /** Deletes all files below `base`, also those without a key. */
  clear(base?: string, options?: SignalOptions): Promise<void>;
}
