import { contentDisposition } from "../s3/content_disposition.ts";
import { assertFilePath, baseName } from "../s3/keys.ts";
import { presignUrl } from "../s3/sign/signed_urls.ts";
import type { DownloadUrlOptions, SignedUrl } from "../types/files.ts";
import { keyOf, type OperationContext, quote } from "./operation_context.ts";
import { grantToSignWith } from "./signing_grant.ts";

/** Signs a GET, for no longer than the credentials live. */
export async function downloadUrl(
  context: OperationContext,
  path: string,
  options: DownloadUrlOptions = {},
): Promise<SignedUrl> {
  assertFilePath(path);
  const { expiresInSeconds = 300, filename = baseName(path), inline = false, signal } = options;
  const action = `sign a URL for ${quote(path)}`;
  const signing = await grantToSignWith(context, { action, expiresInSeconds, signal });
  const url = presignUrl(context.store, {
    ...signing,
    method: "GET",
    key: keyOf(context, signing.grant, path),
    query: { "response-content-disposition": contentDisposition(inline ? "inline" : "attachment", filename) },
  });
  return { url, expiresAt: signing.expiresAt };
}
