import type { PeerName } from "./names.ts";

/** The store to measure on. */
export interface StoreConfig {
  /** URL of the S3 endpoint. */
  readonly endpointUrl: string;
  /** Bucket of the files. */
  readonly bucket: string;
  /** Access key id. */
  readonly accessKeyId: string;
  /** Secret access key that goes with it. */
  readonly secretAccessKey: string;
  /** The URL for the floor's cold process, signed beforehand because signing is not part of the floor. */
  readonly signedReadUrl?: string;
}

/** The region of all signatures. */
export const REGION = "us-east-1";

/** Part size of large uploads, for all clients. */
export const PART_SIZE_BYTES = 8 * 1024 * 1024;

/** Parts in flight, for all clients. */
export const CONCURRENCY = 4;

/** A client as the benchmark uses it. Methods that it does not support are absent; `PEERS` says why. */
export interface Peer {
  /** A file's metadata. */
  stat?(key: string): Promise<unknown>;
  /** The bytes of one file. */
  read?(key: string): Promise<Uint8Array | ArrayBuffer>;
  /** Stores a small file. */
  upload?(key: string, bytes: Uint8Array<ArrayBuffer>): Promise<unknown>;
  /** A page of 1,000 keys; returns their number, if the client counts them. */
  list?(prefix: string): Promise<number | undefined>;
  /** Lists all files below a prefix, so many pages at a time, and reports each. */
  walk?(prefix: string, onFiles: (count: number) => void, concurrency?: number): Promise<void>;
  /** A signed GET URL. */
  signUrl?(key: string): Promise<unknown> | unknown;
  /** Stores a large file. */
  uploadStream?(key: string, body: ReadableStream<Uint8Array<ArrayBuffer>>, sizeBytes: number): Promise<unknown>;
  /** The same without a hash of the whole file; absent if `uploadStream` computes none. */
  uploadUnhashed?: Peer["uploadStream"];
  /** A large file's bytes as they arrive. */
  download?(key: string): Promise<ReadableStream<Uint8Array>>;
}

/** Exported as `connect` by every module in `peers/`. It does no I/O. */
export type Connect = (store: StoreConfig) => Peer;

/** Loads one client only: others would count as its memory and start-up time. */
export async function connectPeer(name: PeerName, store: StoreConfig): Promise<Peer> {
  // Computed, because Deno preloads literal paths.
  const module: { connect: Connect } = await import(new URL(`./peers/${MODULES[name]}`, import.meta.url).href);
  return module.connect(store);
}

const MODULES: Readonly<Record<PeerName, string>> = {
  "s3-source": "s3_source.ts",
  floor: "floor.ts",
  s3mini: "s3mini.ts",
  aws4fetch: "aws4fetch.ts",
  "s3-lite": "s3_lite.ts",
  "aws-sdk": "aws_sdk.ts",
  "aws-sdk-fetch": "aws_sdk_fetch.ts",
  "bun-s3": "bun_s3.ts",
};

/** @throws {Error} If the response failed or has no body. */
export function bodyOf(response: Response): ReadableStream<Uint8Array<ArrayBuffer>> {
  if (!response.ok || response.body === null) throw new Error(`There is no body: ${response.status}`);
  return response.body;
}
