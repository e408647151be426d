import { CredentialsExpiredError, InvalidArgumentError } from "../errors.ts";
import type { Grant } from "../s3/grant.ts";
import { assertFilePath, baseName, encodeUriComponent } from "../s3/keys.ts";
import type { DownloadUrlOptions, SignedUrl } from "../types.ts";
import { keyOf, type OperationContext, quote } from "./context.ts";

/** A signed GET, which lives no longer than the credentials that sign it. */
export async function downloadUrl(
  context: OperationContext,
  path: string,
  options: DownloadUrlOptions = {},
): Promise<SignedUrl> {
  assertFilePath(path);
  const { expiresInSeconds = 300, filename = baseName(path), inline = false, signal } = options;
  if (!Number.isSafeInteger(expiresInSeconds) || expiresInSeconds < 1 || expiresInSeconds > MAX_EXPIRES_SECONDS) {
    throw new InvalidArgumentError(
      `Cannot sign a URL for ${
        quote(path)
      }: "expiresInSeconds" must be a whole number from 1 to ${MAX_EXPIRES_SECONDS}`,
      { path },
    );
  }
  const { grant, nowMs, leftSeconds } = await grantToSignWith(context, { path, expiresInSeconds, signal });
  const seconds = Math.min(expiresInSeconds, leftSeconds);
  const url = context.client.presign({
    method: "GET",
    grant,
    key: keyOf(context, grant, path),
    query: { "response-content-disposition": contentDisposition(inline ? "inline" : "attachment", filename) },
    expiresInSeconds: seconds,
    nowMs,
  });
  return { url, expiresAt: new Date(nowMs + seconds * 1000) };
}

/** A grant with at least a second left. One that ends while it is handed out is asked for once more. */
async function grantToSignWith(
  context: OperationContext,
  { path, expiresInSeconds, signal }: { path: string; expiresInSeconds: number; signal: AbortSignal | undefined },
): Promise<{ grant: Grant; nowMs: number; leftSeconds: number }> {
  for (let attempt = 1; attempt <= 2; attempt++) {
    const grant = await context.grants.get({ signal, lifeMs: expiresInSeconds * 1000 });
    // A signature counts in whole seconds, from a time in whole seconds.
    const nowMs = Math.floor(context.clock.now() / 1000) * 1000;
    const leftSeconds = Math.floor((grant.expiration - nowMs) / 1000);
    if (leftSeconds >= 1) return { grant, nowMs, leftSeconds };
  }
  throw new CredentialsExpiredError(`Cannot sign a URL for ${quote(path)}: the credentials end now`);
}

/**
 * A `Content-Disposition` with any file name: plain ASCII for old clients, the real one beside it where they differ.
 * https://www.rfc-editor.org/rfc/rfc6266
 */
export function contentDisposition(type: "attachment" | "inline", filename: string): string {
  const name = filename.toWellFormed();
  // Percent signs too: some browsers decode them in the plain form.
  const plain = name.replace(/[^\x20-\x7e]|["\\%]/g, "_");
  const extended = plain === name ? "" : `; filename*=UTF-8''${encodeUriComponent(name)}`;
  return `${type}; filename="${plain}"${extended}`;
}

/** https://docs.aws.amazon.com/AmazonS3/latest/userguide/using-presigned-url.html */
const MAX_EXPIRES_SECONDS = 604_800;
