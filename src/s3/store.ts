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
  address(target: AddressTarget): Address;
  /** The same as browsers reach it, for signed URLs. */
  publicAddress(target: AddressTarget): Address;
}

/** An object, or without a key its bucket. */
interface AddressTarget {
  readonly grant: Grant;
  readonly key?: string | undefined;
}

interface Address {
  readonly origin: string;
  readonly host: string;
  readonly path: string;
}

/**
 * @param region The region of buckets until the store names another.
 * @param how `publicEndpoint`: where signed URLs lead. Default: to the endpoint.
 */
export function createStore(
  endpoint: Endpoint,
  region: string,
  { requesterPays = false, publicEndpoint = endpoint }: {
    readonly requesterPays?: boolean;
    readonly publicEndpoint?: Endpoint;
  } = {},
): Store {
  const regions = new Map<string, string>();
  const regionOf = (bucket: string) => regions.get(bucket) ?? region;
  const addressAt = (place: Endpoint, { grant: { bucket }, key }: AddressTarget): Address => {
    const { origin, host, basePath } = place.bucket(bucket, regionOf(bucket));
    return { origin, host, path: key === undefined ? basePath || "/" : `${basePath}/${encodeKey(key)}` };
  };
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
    address: (target) => addressAt(endpoint, target),
    publicAddress: (target) => addressAt(publicEndpoint, target),
  };
}

/** https://docs.aws.amazon.com/AmazonS3/latest/userguide/ObjectsinRequesterPaysBuckets.html */
const REQUESTER_PAYS = { "x-amz-request-payer": "requester" };
