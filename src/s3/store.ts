import type { Endpoint } from "./endpoint.ts";
import type { Grant } from "./grant.ts";
import { encodeKey } from "./keys.ts";

/** A store and the known regions of its buckets. */
export interface Store {
  /** Whether it is AWS. */
  readonly isAws: boolean;
  /** Whether nobody else can answer in its place, or alter what is sent to it. */
  readonly isTrusted: boolean;
  /** What every request has to say about who pays for it. */
  readonly payment: Readonly<Record<string, string>>;
  /** The region of a bucket. */
  regionOf(bucket: string): string;
  /** Sets the region that the store names for a bucket. Returns whether it is valid and new. */
  learnRegion(bucket: string, region: string | undefined): boolean;
  /** The region of a bucket, and the store's URL there. */
  locate(bucket: string): { readonly region: string; readonly endpoint: string };
  /** The address of an object, or without a key of its bucket; `path` is percent-encoded. */
  address(
    target: { readonly grant: Grant; readonly key?: string | undefined },
  ): { readonly origin: string; readonly host: string; readonly path: string };
}

/** @param region The region of buckets until the store names another. */
export function createStore(endpoint: Endpoint, region: string, { requesterPays = false } = {}): Store {
  const regions = new Map<string, string>();
  const regionOf = (bucket: string) => regions.get(bucket) ?? region;
  return {
    isAws: endpoint.isAws,
    isTrusted: endpoint.isTrusted,
    payment: requesterPays ? REQUESTER_PAYS : {},
    regionOf,
    learnRegion(bucket, named) {
      if (named === undefined || !endpoint.takesRegion(named) || named === regionOf(bucket)) return false;
      regions.set(bucket, named);
      return true;
    },
    locate: (bucket) => ({ region: regionOf(bucket), endpoint: endpoint.url(regionOf(bucket)) }),
    address({ grant: { bucket }, key }) {
      const { origin, host, basePath } = endpoint.bucket(bucket, regionOf(bucket));
      return { origin, host, path: key === undefined ? basePath || "/" : `${basePath}/${encodeKey(key)}` };
    },
  };
}

/** https://docs.aws.amazon.com/AmazonS3/latest/userguide/ObjectsinRequesterPaysBuckets.html */
const REQUESTER_PAYS = { "x-amz-request-payer": "requester" };
