import { S3Failure } from "./failure.ts";

/** A parsed request. */
export interface ParsedRequest {
  /** HTTP method. */
  readonly method: string;
  /** URL of the request. */
  readonly url: URL;
  /** Decoded path. */
  readonly path: string;
  /** Decoded names and values, in order. */
  readonly query: ReadonlyMap<string, string>;
  /** Request headers. */
  readonly headers: Headers;
  /** Empty if the request is not for a bucket. */
  readonly bucket: string;
  /** Empty if the request is for the bucket. */
  readonly key: string;
  /** The whole body. */
  readonly body: Uint8Array<ArrayBuffer>;
}

/** A request whose credentials are known. */
export interface PermittedRequest extends ParsedRequest {
  /** Whether the credentials permit access to a key of the bucket. */
  readonly isPermitted: (key: string) => boolean;
}

/**
 * Parses a request, with the bucket in its path or in its host.
 * https://docs.aws.amazon.com/AmazonS3/latest/userguide/VirtualHosting.html
 *
 * @throws {TypeError} If the host is neither the in-memory S3's nor AWS's, as `fetch` does for an unreachable host.
 */
export function parseRequest(request: Request, endpointUrl: string): Omit<ParsedRequest, "body"> {
  const url = new URL(request.url);
  const bucketInHost = virtualBucket(url, endpointUrl);
  const path = decode(url.pathname);
  const [, bucketInPath = "", keyInPath = ""] = /^\/([^/]*)\/?(.*)$/s.exec(path) ?? [];
  return {
    method: request.method,
    url,
    path,
    query: parseQuery(url.search),
    headers: request.headers,
    bucket: bucketInHost ?? bucketInPath,
    key: bucketInHost === undefined ? keyInPath : path.slice(1),
  };
}

/** Reads a body to its end, unless the signal aborts. */
export async function readBody(
  body: ReadableStream<Uint8Array<ArrayBuffer>> | null,
  signal: AbortSignal | null | undefined,
): Promise<Uint8Array<ArrayBuffer>> {
  if (body === null) return new Uint8Array();
  const reader = body.getReader();
  const onAbort = () => void reader.cancel(signal?.reason).catch(() => {});
  signal?.addEventListener("abort", onAbort);
  try {
    // Copies, as a chunk may be a view into a far larger buffer.
    const chunks: Uint8Array<ArrayBuffer>[] = [];
    for (let next = await reader.read(); !next.done; next = await reader.read()) chunks.push(next.value.slice());
    // A cancelled stream looks like one that has ended.
    signal?.throwIfAborted();
    return concatBytes(chunks);
  } finally {
    signal?.removeEventListener("abort", onAbort);
  }
}

/** Concatenates chunks. */
export function concatBytes(chunks: readonly Uint8Array[]): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(chunks.reduce((size, chunk) => size + chunk.byteLength, 0));
  let offset = 0;
  for (const chunk of chunks) {
    bytes.set(chunk, offset);
    offset += chunk.byteLength;
  }
  return bytes;
}

/** An integer from the query. @throws {S3Failure} `InvalidArgument`. */
export function integerParameter(request: ParsedRequest, name: string, fallback: number): number {
  const text = request.query.get(name);
  if (text === undefined) return fallback;
  if (!/^\d{1,9}$/.test(text)) {
    throw new S3Failure("InvalidArgument", `Provided ${name} not an integer or within integer range`, {
      details: { ArgumentName: name, ArgumentValue: text },
    });
  }
  return Number(text);
}

function virtualBucket(url: URL, endpointUrl: string): string | undefined {
  const endpoint = new URL(endpointUrl);
  if (url.origin === endpoint.origin) return undefined;
  const isBelow = url.protocol === endpoint.protocol && url.host.endsWith(`.${endpoint.host}`);
  if (isBelow) return url.host.slice(0, -endpoint.host.length - 1);
  const aws = AWS_HOST.exec(url.hostname);
  if (aws === null) throw new TypeError(`fetch failed: the in-memory S3 does not answer for ${url.origin}`);
  return aws[1];
}

/** In all partitions: https://github.com/boto/botocore/blob/develop/botocore/data/partitions.json */
const AWS_DOMAINS = [
  "amazonaws.com",
  "amazonaws.com.cn",
  "amazonaws.eu",
  "c2s.ic.gov",
  "cloud.adc-e.uk",
  "csp.hci.ic.gov",
  "sc2s.sgov.gov",
];
const AWS_HOST = new RegExp(
  `^(?:(.+)\\.)?s3(?:[.-][a-z0-9-]+)*\\.(?:${AWS_DOMAINS.join("|").replaceAll(".", "\\.")})$`,
);

function parseQuery(search: string): Map<string, string> {
  const query = new Map<string, string>();
  for (const pair of search.slice(1).split("&")) {
    if (pair === "") continue;
    const [name = "", ...value] = pair.split("=");
    query.set(decode(name.replaceAll("+", "%20")), decode(value.join("=").replaceAll("+", "%20")));
  }
  return query;
}

function decode(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    throw new S3Failure("InvalidURI", "Couldn't parse the specified URI.");
  }
}
