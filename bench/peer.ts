import type { PeerName } from "./names.ts";

/** Where the store is. */
export interface StoreConfig {
  /** URL of the S3 endpoint. */
  readonly endpointUrl: string;
  /** Bucket of the files. */
  readonly bucket: string;
  /** Access key id. */
  readonly accessKeyId: string;
  /** Secret access key that goes with it. */
  readonly secretAccessKey: string;
  /** The signed URL that the floor's cold process reads; signing it there would not be the floor. */
  readonly signedReadUrl?: string;
}

/** The region that everything is signed for. */
export const REGION = "us-east-1";

/** Part size of large uploads, the same for all. */
export const PART_SIZE_BYTES = 8 * 1024 * 1024;

/** Parts in flight, the same for all. */
export const CONCURRENCY = 4;

/** A client as the benchmark drives it. What it cannot do is absent; `PEERS` says why. */
export interface Peer {
  /** Facts of one file. */
  stat?(key: string): Promise<unknown>;
  /** The bytes of one file. */
  read?(key: string): Promise<Uint8Array | ArrayBuffer>;
  /** Stores a small file. */
  upload?(key: string, bytes: Uint8Array<ArrayBuffer>): Promise<unknown>;
  /** One page of 1,000 keys; how many there were, unless it does not look. */
  list?(prefix: string): Promise<number | undefined>;
  /** All files below a prefix; reports them as they come. */
  walk?(prefix: string, onFiles: (count: number) => void): Promise<void>;
  /** A signed GET URL. */
  signUrl?(key: string): Promise<unknown> | unknown;
  /** Stores a large file. */
  uploadStream?(key: string, body: ReadableStream<Uint8Array<ArrayBuffer>>, sizeBytes: number): Promise<unknown>;
  /** A large file's bytes as they arrive. */
  download?(key: string): Promise<ReadableStream<Uint8Array>>;
}

/** Every module in `peers/` exports this as `connect`. It does no I/O. */
export type Connect = (store: StoreConfig) => Peer;

/** Loads one client, and none of the others: what they load would count as its memory and start-up time. */
export async function connectPeer(name: PeerName, store: StoreConfig): Promise<Peer> {
  // Computed, because Deno also loads what a literal names.
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

/** The body of an answer, which must be good and have one. */
export function bodyOf(response: Response): ReadableStream<Uint8Array<ArrayBuffer>> {
  if (!response.ok || response.body === null) throw new Error(`There is no body: ${response.status}`);
  return response.body;
}
