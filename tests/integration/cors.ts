import { DeleteBucketCorsCommand, PutBucketCorsCommand } from "@aws-sdk/client-s3";
import { assertEquals } from "@std/assert";
import { createS3Source } from "../../mod.ts";
import type { SeaweedFs } from "./seaweedfs.ts";

/** Registers the test of the CORS configuration that the README tells to use. */
export function testCors({ config, bucket, sdk }: SeaweedFs): void {
  Deno.test("prepareUpload() and partUrl() work for a page of the origin that the README's CORS configuration allows", async () => {
    const readme = await Deno.readTextFile(new URL("../../README.md", import.meta.url));
    const CORSRules = JSON.parse(/```json\n(\[\n[^]*?\n\])\n```/.exec(readme)?.[1] ?? "");
    await sdk.send(new PutBucketCorsCommand({ Bucket: bucket, CORSConfiguration: { CORSRules } }));
    const source = createS3Source({ ...config, prefix: crypto.randomUUID() });
    const metadata = { colour: "blue" };
    const put = await source.prepareUpload("a", { size: 1, metadata });
    const form = await source.prepareUpload("a", { method: "POST", size: 1, metadata });
    const upload = await source.prepareMultipartUpload("b", { size: 1 });
    const part = await upload.partUrl(1);
    const outcomes = [];
    for (const origin of ["https://app.example.com", "https://elsewhere.example.com"]) {
      outcomes.push([
        await preflight(put.url, { origin, method: "PUT", headers: Object.keys(put.headers) }),
        await preflight(form.url, { origin, method: "POST", headers: [] }),
        await preflight(part.url, { origin, method: "PUT", headers: [] }),
      ]);
    }
    assertEquals(outcomes, [[true, true, true], [false, false, false]]);
    const response = await fetch(part.url, {
      method: "PUT",
      headers: { origin: "https://app.example.com" },
      body: "x",
    });
    await response.body?.cancel();
    assertEquals(response.headers.get("access-control-allow-origin"), "https://app.example.com");
    await upload.abort();
    await sdk.send(new DeleteBucketCorsCommand({ Bucket: bucket }));
  });
}

/** Whether a browser would go on. https://fetch.spec.whatwg.org/#cors-preflight-fetch */
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
