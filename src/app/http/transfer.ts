import type { SignedUrl } from "../../types/files.ts";
import type { AppContext, AppRequest } from "../context.ts";
import type { NamedSource } from "../permissions/background_facts.ts";

/** Whether files of a source travel through the app, rather than between browser and store. */
export function isProxied(
  c: AppRequest,
  { transfers }: Pick<AppContext, "transfers">,
  { name, source, way }: NamedSource & { readonly way: "downloads" | "uploads" },
): boolean {
  const { canGenerateSignedUrls, requiresProxyDownload } = source.capabilities;
  if (!canGenerateSignedUrls || (way === "downloads" && requiresProxyDownload)) return true;
  const transfer = transfers[way](name);
  return transfer === "auto" ? cannotReach(c, name) : transfer === "proxied";
}

/** Whether a page has found out that its browser cannot reach the store, as `reach.js` remembers it. */
function cannotReach(c: AppRequest, name: string): boolean {
  const [, reach = ""] = /(?:^|;\s*)files-reach=([^;]*)/.exec(c.req.header("cookie") ?? "") ?? [];
  return reach.split("/").includes(`-${encodeURIComponent(name)}`);
}

/** A file, and how long a link to it should work. */
export interface SharedFile extends NamedSource {
  readonly path: string;
  readonly expiresInSeconds: number;
  readonly signal: AbortSignal;
}

/** A link to a file that works without permissions until it expires. */
export async function shareFile(
  c: AppRequest,
  context: AppContext,
  { name, source, path, expiresInSeconds, signal }: SharedFile,
): Promise<SignedUrl> {
  if (!isProxied(c, context, { name, source, way: "downloads" })) {
    return await source.downloadUrl(path, { expiresInSeconds, signal });
  }
  const expiresMs = context.now() + expiresInSeconds * 1_000;
  const token = await context.tokens.sign({ purpose: "link", expiresMs, source: name, path });
  return { url: new URL(`${context.filesUrl}/shared/${token}`, c.req.url).href, expiresAt: new Date(expiresMs) };
}
