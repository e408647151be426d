import { escapeXml, XML_NAMESPACE } from "../src/s3/xml/xml.ts";
import { requestStore, type StoreAccess } from "./store_request.ts";

/** A rule of a bucket's CORS configuration, in the JSON of the AWS tools. */
export interface CorsRule {
  readonly AllowedOrigins: readonly string[];
  readonly AllowedMethods: readonly string[];
  readonly AllowedHeaders: readonly string[];
  readonly ExposeHeaders: readonly string[];
  readonly MaxAgeSeconds: number;
}

/** The origins of the app on the loopback interface. */
export function appOrigins(port: number): string[] {
  return [`http://127.0.0.1:${port}`, `http://localhost:${port}`];
}

/**
 * The rules that pages need for `prepareUpload`, `partUrl` and `downloadUrl`; docs/browser_uploads.md has the same.
 * https://docs.aws.amazon.com/AmazonS3/latest/userguide/ManageCorsUsing.html
 */
export function corsRules(origins: readonly string[]): CorsRule[] {
  return [{
    AllowedOrigins: origins,
    AllowedMethods: ["GET", "HEAD", "POST", "PUT"],
    AllowedHeaders: ["cache-control", "content-disposition", "content-type", "if-none-match", "x-amz-*"],
    ExposeHeaders: ["ETag"],
    MaxAgeSeconds: 3600,
  }];
}

/**
 * The rules that pages need for every operation of a source; docs/runtimes.md has the same.
 *
 * @param metadata Names of the files' metadata, without `x-amz-meta-`: a store exposes no wildcard.
 */
export function sourceCorsRules(origins: readonly string[], metadata: readonly string[] = []): CorsRule[] {
  return [{
    AllowedOrigins: origins,
    AllowedMethods: ["GET", "HEAD", "PUT", "POST", "DELETE"],
    AllowedHeaders: ["*"],
    ExposeHeaders: [...EXPOSED_HEADERS, ...metadata.map((name) => `x-amz-meta-${name}`)],
    MaxAgeSeconds: 3600,
  }];
}

/** What a source reads in a response, beside what scripts may read anyway. */
const EXPOSED_HEADERS = [
  ...["ETag", "Date", "Retry-After", "Content-Range", "Content-Encoding", "Content-Disposition"],
  ...["x-amz-request-id", "x-amz-bucket-region", "x-amz-meta-sha256", "x-amz-checksum-type"],
  // What a copy keeps.
  ...["x-amz-storage-class", "x-amz-server-side-encryption", "x-amz-server-side-encryption-aws-kms-key-id"],
  ...["x-amz-website-redirect-location", "x-amz-tagging-count"],
  ...["sha256", "sha1", "crc64nvme", "crc32c", "crc32"].map((name) => `x-amz-checksum-${name}`),
];

/**
 * Lets only pages of these origins use a bucket; by default, SeaweedFS lets pages of every origin. PutBucketCors.
 * https://docs.aws.amazon.com/AmazonS3/latest/API/API_PutBucketCors.html
 *
 * @throws {Error} If the store refuses.
 */
export async function allowOrigins(
  store: StoreAccess,
  { bucket, origins, rules = corsRules }: {
    bucket: string;
    origins: readonly string[];
    rules?: (origins: readonly string[]) => CorsRule[];
  },
): Promise<void> {
  const body = toXml(rules(origins));
  const problem = await requestStore(store, { method: "PUT", path: `/${bucket}`, query: { cors: "" }, body });
  if (problem !== undefined) throw new Error(`Cannot let pages use the bucket "${bucket}": ${problem}`);
}

function toXml(rules: readonly CorsRule[]): string {
  const elements = (name: string, values: readonly (string | number)[]) =>
    values.map((value) => `<${name}>${escapeXml(String(value))}</${name}>`).join("");
  const rulesXml = rules.map((rule) =>
    "<CORSRule>" + elements("AllowedOrigin", rule.AllowedOrigins) + elements("AllowedMethod", rule.AllowedMethods) +
    elements("AllowedHeader", rule.AllowedHeaders) + elements("ExposeHeader", rule.ExposeHeaders) +
    elements("MaxAgeSeconds", [rule.MaxAgeSeconds]) + "</CORSRule>"
  );
  return `<CORSConfiguration xmlns="${XML_NAMESPACE}">${rulesXml.join("")}</CORSConfiguration>`;
}
