import { ConfigError } from "../errors.ts";

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
  /** Whether it is AWS. */
  readonly isAws: boolean;
}

/** Where addresses have the bucket: in the host name, or in the path. */
export type Addressing = "auto" | "virtual" | "path";

/**
 * By default virtual-hosted addresses on AWS; path-style ones with an `endpointUrl`, and for bucket names with dots,
 * which the certificate for `*.s3.REGION.amazonaws.com` does not cover.
 * https://docs.aws.amazon.com/AmazonS3/latest/userguide/VirtualHosting.html
 *
 * @throws {ConfigError} If `endpointUrl` is not an `http:` or `https:` URL, or has a query, a fragment or a user name; or if
 * buckets cannot be in its host name, which is an IP address.
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
    isAws: true,
  };
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
  return `s3.${region}.amazonaws.com${region.startsWith("cn-") ? ".cn" : ""}`;
}

function createFixedEndpoint(endpointUrl: string, addressing: Addressing): Endpoint {
  const problem = endpointProblem(endpointUrl);
  if (problem !== undefined) throw refusal(problem);
  const url = new URL(endpointUrl);
  const { origin, protocol, host } = url;
  const path = url.pathname.replace(/\/+$/, "");
  const isInPath = addressing !== "virtual";
  if (!isInPath && /^\[|^[\d.]+$/.test(url.hostname)) {
    throw refusal(
      'its host is an IP address, so that buckets cannot be in the host name: "store.addressing" must be "path"',
    );
  }
  return {
    url: () => origin + path,
    bucket: (name) => toAddress({ protocol, host, path }, name, { isInPath }),
    isAws: false,
  };
}

/** Why a text cannot be the URL of a store; `undefined` if it can. */
export function endpointProblem(text: string): string | undefined {
  const url = URL.parse(text);
  if (!url || !/^https?:$/.test(url.protocol)) return "it is not an http: or https: URL";
  if (url.username || url.password) return "it has a user name; keys go into accessKeyId and secretAccessKey";
  return /[?#]/.test(text) ? "it has a query or a fragment" : undefined;
}

function refusal(reason: string): ConfigError {
  return new ConfigError(`Cannot use the endpointUrl: ${reason}`);
}

/**
 * Whether this is a valid bucket name. A valid name is safe in a host name and in a URL's path.
 * https://docs.aws.amazon.com/AmazonS3/latest/userguide/bucketnamingrules.html
 */
export function isBucketName(name: string): boolean {
  return /^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$/.test(name) && !name.includes("..") && !/^\d+\.\d+\.\d+\.\d+$/.test(name);
}
