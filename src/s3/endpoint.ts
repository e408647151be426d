import { ConfigError, show } from "../errors.ts";
import { awsBucketProblem, bucketNameProblem, isHostBucket } from "./bucket_name.ts";
import { isAwsHost, partitionOf } from "./partitions.ts";

/** The address of a bucket. */
export interface BucketAddress {
  /** Scheme and host, e.g. `https://media.s3.eu-west-1.amazonaws.com`. */
  readonly origin: string;
  /** The `Host` header. */
  readonly host: string;
  /** The URL's path before `/key`: empty if the host names the bucket. */
  readonly basePath: string;
}

/** AWS, or a store that speaks S3 at a URL. */
export interface Endpoint {
  /** The store's URL in a region, without bucket or trailing slash. */
  url(region: string): string;
  /** The address of one bucket. */
  bucket(name: string, region: string): BucketAddress;
  /** Why it cannot have a bucket of this name. */
  bucketProblem(name: string): string | undefined;
  /** Why its URL cannot be right with this bucket: it has the bucket in it. */
  urlProblem(bucket: string): string | undefined;
  /** Whether it can have a region of this name. */
  takesRegion(name: string): boolean;
  /** Whether it is AWS. */
  readonly isAws: boolean;
  /**
   * Whether nobody else can answer in its place: it has a certificate, or is on this machine.
   * https://w3c.github.io/webappsec-secure-contexts/#is-origin-trustworthy
   */
  readonly isTrusted: boolean;
}

/** Where addresses have the bucket: in the host name, or in the path. */
export type Addressing = "auto" | "virtual" | "path";

/**
 * By default virtual-hosted addresses on AWS; path-style ones with an `endpointUrl`, and for bucket names with dots,
 * which the certificate for `*.s3.REGION.amazonaws.com` does not cover.
 * https://docs.aws.amazon.com/AmazonS3/latest/userguide/VirtualHosting.html
 *
 * @throws {ConfigError} If `endpointUrl` is not an `http:` or `https:` URL, or has a query, a fragment or a user name; or
 * if buckets cannot be in its host name, which is an IP address.
 */
export function createEndpoint(endpointUrl?: string, addressing: Addressing = "auto"): Endpoint {
  return endpointUrl === undefined ? createAwsEndpoint(addressing) : createFixedEndpoint(endpointUrl, addressing);
}

function createAwsEndpoint(addressing: Addressing): Endpoint {
  return {
    url: (region) => `https://${awsHost(region)}`,
    bucket(name, region) {
      const isInPath = addressing === "path" || (addressing === "auto" && name.includes("."));
      return toAddress({ protocol: "https:", host: awsHost(region), path: "" }, name, { isInPath });
    },
    bucketProblem: awsBucketProblem,
    urlProblem: () => undefined,
    takesRegion: isAwsRegion,
    isAws: true,
    isTrusted: true,
  };
}

/**
 * Whether text can be the name of a region of AWS. A valid name is safe in a host name.
 * https://docs.aws.amazon.com/general/latest/gr/s3.html
 */
function isAwsRegion(name: string): boolean {
  return /^[a-z0-9-]{1,63}$/.test(name);
}

/** Whether text can be the name of a region of any store, such as OpenStack's `RegionOne`. It is in signatures only. */
export function isRegion(name: string): boolean {
  return /^[\w.:-]{1,128}$/.test(name);
}

function toAddress(
  { protocol, host, path }: { protocol: string; host: string; path: string },
  bucket: string,
  { isInPath }: { isInPath: boolean },
): BucketAddress {
  if (isInPath) return { origin: `${protocol}//${host}`, host, basePath: `${path}/${bucket}` };
  return { origin: `${protocol}//${bucket}.${host}`, host: `${bucket}.${host}`, basePath: path };
}

function awsHost(region: string): string {
  return `s3.${region}.${partitionOf(region).domain}`;
}

function createFixedEndpoint(endpointUrl: string, addressing: Addressing): Endpoint {
  const problem = endpointProblem(endpointUrl);
  if (problem !== undefined) throw refusal(problem);
  const url = new URL(endpointUrl);
  const { origin, protocol, hostname } = url;
  // This host answers only for buckets of its own region, and redirects for others.
  const isGlobal = url.host === "s3.amazonaws.com";
  const hostOf = (region: string) => isGlobal && region !== GLOBAL_REGION ? awsHost(region) : url.host;
  const isAws = isAwsHost(hostname);
  const path = url.pathname.replace(/\/+$/, "");
  const isInPath = addressing !== "virtual";
  if (!isInPath && isIpAddress(hostname)) {
    throw refusal(
      'its host is an IP address, so that buckets cannot be in the host name: "store.addressing" must be "path"',
    );
  }
  return {
    url: (region) => isGlobal ? `${protocol}//${hostOf(region)}${path}` : origin + path,
    bucket: (name, region) => toAddress({ protocol, host: hostOf(region), path }, name, { isInPath }),
    bucketProblem(name) {
      if (isAws && isInPath) {
        return bucketNameProblem(name) ?? (isHostBucket(name) ? awsBucketProblem(name) : undefined);
      }
      if (isAws) return awsBucketProblem(name);
      const problem = bucketNameProblem(name);
      if (problem !== undefined || isInPath || isHostBucket(name)) return problem;
      return `${show(name)} cannot be in a host name; "store.addressing" must be "path"`;
    },
    urlProblem(bucket) {
      const right = addressing === "path" ? undefined : withoutBucket(endpointUrl, bucket);
      if (right === undefined) return undefined;
      const wayOut = 'set "store.addressing" to "path" if this is the store\'s own URL';
      return `it has the bucket in it; write ${show(right)}, or ${wayOut}`;
    },
    takesRegion: isGlobal ? isAwsRegion : isRegion,
    isAws,
    isTrusted: protocol === "https:" || isLoopback(hostname) || hostname.endsWith(".localhost"),
  };
}

/** Whether a host name is this machine's own: `localhost`, `127.0.0.0/8`, `[::1]`. */
export function isLoopback(hostname: string): boolean {
  return hostname === "localhost" || hostname === "[::1]" || /^127\.\d+\.\d+\.\d+$/.test(hostname);
}

const GLOBAL_REGION = "us-east-1";

function isIpAddress(hostname: string): boolean {
  return /^\[|^[\d.]+$/.test(hostname);
}

/** Why a text cannot be the URL of a store; `undefined` if it can. */
export function endpointProblem(text: string): string | undefined {
  const url = URL.parse(text);
  if (!url || !/^https?:$/.test(url.protocol)) return "it is not an http: or https: URL";
  if (url.username || url.password) return "it has a user name; keys go into accessKeyId and secretAccessKey";
  if (/[?#]/.test(text)) return "it has a query or a fragment";
  return isAwsHost(url.hostname) ? awsHostProblem(url.hostname) : undefined;
}

/** A bucket in the host is right only for the hosts of interface endpoints, which begin with `bucket.vpce-`. */
function awsHostProblem(hostname: string): string | undefined {
  if (/(?:^|\.)s3express-/.test(hostname)) {
    return "it is of S3 Express, which has an API of its own; leave it out, and use a general purpose bucket";
  }
  if (/(?:^|\.)(?:s3-accesspoint|accesspoint\.s3-global)/.test(hostname)) {
    return "it is of an access point; leave it out, and write the alias that ends in -s3alias as the bucket";
  }
  if (!/.\.s3[.-]/.test(hostname) || hostname.includes(".vpce.")) return undefined;
  return 'it has a bucket in it; leave it out, and set "bucket" and "region"';
}

/**
 * The URL without the bucket, if it ends in the bucket or its host begins with it.
 *
 * A host of two labels after the bucket is taken for the store's own name, e.g. `storage.example.com`.
 */
function withoutBucket(endpointUrl: string, bucket: string): string | undefined {
  const { protocol, host, hostname, pathname } = new URL(endpointUrl);
  const path = pathname.replace(/\/+$/, "");
  if (path.endsWith(`/${bucket}`)) return `${protocol}//${host}${path.slice(0, -bucket.length - 1)}`;
  const rest = host.slice(bucket.length + 1);
  const isInHost = host.startsWith(`${bucket}.`) && rest.split(".").length > 2 && !isIpAddress(hostname);
  return isInHost ? `${protocol}//${rest}${path}` : undefined;
}

function refusal(reason: string): ConfigError {
  return new ConfigError(`Cannot use the endpointUrl: ${reason}`);
}
