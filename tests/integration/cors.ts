import { type CORSRule, DeleteBucketCorsCommand, PutBucketCorsCommand } from "@aws-sdk/client-s3";
import { assert, assertEquals } from "@std/assert";
import { createS3Source, type S3Source } from "../../mod.ts";
import { allowOrigins, appOrigins } from "../../tools/cors.ts";
import type { LimitedTest } from "../conformance/limited_tests.ts";
import type { TestStore } from "./test_store.ts";

/** Registers the tests of the CORS configuration in docs/browser_uploads.md, which the dev server uses. */
export function testCors({ config, bucket, sdk }: TestStore, test: LimitedTest): void {
  const open = () => createS3Source({ ...config, prefix: crypto.randomUUID() });

  test("direct uploads and downloads work for a page of the origin that the documented CORS configuration allows", async () => {
    const CORSRules = await documentedRules();
    await sdk.send(new PutBucketCorsCommand({ Bucket: bucket, CORSConfiguration: { CORSRules } }));
    assertEquals(await preflightAll(open(), "https://app.example.com"), ALL_PASS);
    assertEquals(await preflightAll(open(), "https://elsewhere.example.com"), NONE_PASSES);
    await sdk.send(new DeleteBucketCorsCommand({ Bucket: bucket }));
  });

  test("an allowed page may read the answer to its upload, and the ETag in it", async () => {
    const CORSRules = await documentedRules();
    await sdk.send(new PutBucketCorsCommand({ Bucket: bucket, CORSConfiguration: { CORSRules } }));
    const source = open();
    const { url, headers } = await source.prepareUpload("a", { size: 1 });
    const page = { origin: "https://app.example.com" };
    const response = await fetch(url, { method: "PUT", headers: { ...headers, ...page }, body: "x" });
    await response.body?.cancel();
    assertEquals(response.headers.get("access-control-allow-origin"), page.origin);
    const exposed = (response.headers.get("access-control-expose-headers") ?? "").toLowerCase().split(/,\s*/);
    assert(exposed.includes("etag"), exposed.join());
    assertEquals(response.headers.get("etag"), (await source.stat("a"))?.etag);
    await sdk.send(new DeleteBucketCorsCommand({ Bucket: bucket }));
  });

  test("allowOrigins() lets the app's own pages use the store, and no others", async () => {
    const pages = ["http://127.0.0.1:8001", "http://localhost:8001"];
    await allowOrigins(config, { bucket, origins: appOrigins(8001) });
    for (const origin of pages) assertEquals(await preflightAll(open(), origin), ALL_PASS);
    for (const origin of ["http://localhost:8002", "https://localhost:8001"]) {
      assertEquals(await preflightAll(open(), origin), NONE_PASSES);
    }
    await sdk.send(new DeleteBucketCorsCommand({ Bucket: bucket }));
  });
}

/** The rules of docs/browser_uploads.md. */
export async function documentedRules(): Promise<CORSRule[]> {
  const guide = await Deno.readTextFile(new URL("../../docs/browser_uploads.md", import.meta.url));
  return JSON.parse(/```json\n(\[\n[^]*?\n\])\n```/.exec(guide)?.[1] ?? "");
}

/** Whether a browser would send each kind of request that a page can be given for the store. */
export async function preflightAll(source: S3Source, origin: string): Promise<Record<string, boolean>> {
  const metadata = { colour: "blue" };
  const attributes = {
    metadata,
    cacheControl: "no-cache",
    contentDisposition: "inline",
    storageClass: "STANDARD",
    encryption: { algorithm: "aws:kms", kmsKeyId: "k" },
  } as const;
  const put = await source.prepareUpload("a", { size: 1, ...attributes, ifNoneMatch: "*" });
  const form = await source.prepareUpload("a", { method: "POST", size: 1, metadata });
  const upload = await source.prepareMultipartUpload("b", { size: 1 });
  const part = await upload.partUrl(1);
  const download = await source.downloadUrl("a");
  await upload.abort();
  return {
    put: await preflight(put.url, { origin, method: "PUT", headers: Object.keys(put.headers) }),
    form: await preflight(form.url, { origin, method: "POST", headers: [] }),
    part: await preflight(part.url, { origin, method: "PUT", headers: [] }),
    download: await preflight(download.url, { origin, method: "GET", headers: [] }),
  };
}

/** All of them. */
export const ALL_PASS = { put: true, form: true, part: true, download: true };
const NONE_PASSES = { put: false, form: false, part: false, download: false };

/** Whether the preflight succeeds. https://fetch.spec.whatwg.org/#cors-preflight-fetch */
async function preflight(
  url: string,
  { origin, method, headers }: { origin: string; method: string; headers: string[] },
): Promise<boolean> {
  const response = await fetch(url, {
    method: "OPTIONS",
    headers: {
      origin,
      "access-control-request-method": method,
      ...headers.length > 0 && { "access-control-request-headers": headers.toSorted().join(",") },
    },
  });
  await response.body?.cancel();
  const allowed = (name: string) => (response.headers.get(name) ?? "").toLowerCase().split(/,\s*/);
  return response.ok && response.headers.get("access-control-allow-origin") === origin &&
    allowed("access-control-allow-methods").includes(method.toLowerCase()) &&
    headers.every((name) => allowed("access-control-allow-headers").includes(name));
}
