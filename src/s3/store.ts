import type { Endpoint } from "./endpoint.ts";
import type { Grant } from "./grant.ts";
import { encodeKey } from "./keys.ts";

/** A store, with the regions of its buckets as far as they are known. */
export interface Store {
  /** Whether it is AWS. */
  readonly isAws: boolean;
  /** The region of a bucket. */
  regionOf(bucket: string): string;
  /** Takes over the region that the store names for a bucket. Returns whether it is another than before, and can be one. */
  learnRegion(bucket: string, region: string | undefined): boolean;
  /** Where a bucket is: its region, and the URL requests go to, without the bucket. */
  locate(bucket: string): { readonly region: string; readonly endpoint: string };
  /** Where the requests for an object go, or without a key those for its bucket; `path` is percent-encoded. */
  address(
    target: { readonly grant: Grant; readonly key?: string | undefined },
  ): { readonly origin: string; readonly host: string; readonly path: string };
}

/** @param region The one to begin with. */
export function createStore(endpoint: Endpoint, region: string): Store {
  const regions = new Map<string, string>();
  const regionOf = (bucket: string) => regions.get(bucket) ?? region;
  return {
    isAws: endpoint.isAws,
    regionOf,
    learnRegion(bucket, named) {
      if (named === undefined || !isRegion(named) || named === regionOf(bucket)) return false;
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

/** Whether a text can be the name of a region, which makes it safe in a host name. https://docs.aws.amazon.com/general/latest/gr/s3.html */
export function isRegion(text: string): boolean {
  return /^[a-z0-9-]{1,63}$/.test(text);
}
