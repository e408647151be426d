import { FileNotFoundError, PreconditionFailedError } from "../../errors.ts";
import { contentDisposition } from "../../s3/content_disposition.ts";
import { DEFAULT_CONTENT_TYPE } from "../../operations/media_type.ts";
import { baseName } from "../../s3/keys.ts";
import type { S3Source } from "../../types/source.ts";
import type { AppRequest } from "../context.ts";
import { contentTypeOf, inlineTypeOf } from "../files/media_types.ts";

/** Options of {@link fileContent}. */
export interface FileContentOptions {
  /** Relative to the source. */
  readonly path: string;
  /** Whether browsers show the file if that is safe, or save it. */
  readonly inline: boolean;
}

/** Responds with the bytes of a file as they come from the store. Nothing in them can run on the app's origin. */
export async function fileContent(
  c: AppRequest,
  source: S3Source,
  { path, inline }: FileContentOptions,
): Promise<Response> {
  const response = await source.serveFile(c.req.raw, path);
  const { status, headers } = response;
  if (status === 404) throw new FileNotFoundError(`Cannot read "${path}": it does not exist`);
  if (status === 412) throw new PreconditionFailedError(`Cannot read "${path}": it is another version`);
  if (!response.ok) return response;
  const file = { name: baseName(path), contentType: headers.get("content-type") ?? "" };
  const shown = inline ? inlineTypeOf(file) : undefined;
  // Chrome's viewer does not work in a sandbox. A PDF's own scripts cannot reach the page.
  const sandbox = shown === "application/pdf" ? "" : "sandbox; ";
  headers.set("content-type", shown ?? contentTypeOf(file) ?? DEFAULT_CONTENT_TYPE);
  if (shown !== undefined) headers.set("content-disposition", contentDisposition("inline", file.name));
  headers.set(
    "content-security-policy",
    `${sandbox}default-src 'none'; style-src 'unsafe-inline'; img-src data:; frame-ancestors 'self'`,
  );
  headers.set("x-frame-options", "SAMEORIGIN");
  headers.set("referrer-policy", "no-referrer");
  return response;
}
