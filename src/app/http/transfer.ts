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

/**
 * A link to a file that works without permissions until it expires: from the store, or through the app where the keys
 * of the source expire too early.
 */
export async function shareFile(
  c: AppRequest,
  context: AppContext,
  { name, source, path, expiresInSeconds, signal }: SharedFile,
): Promise<SignedUrl> {
  if (!isProxied(c, context, { name, source, way: "downloads" })) {
    const signed = await source.downloadUrl(path, { expiresInSeconds, signal });
    if (signed.expiresAt.getTime() > context.now() + expiresInSeconds * 1_000 - SLACK_MS) return signed;
  }
  return await shareThroughApp(c, context, { name, path, expiresInSeconds });
}

/** A smaller difference is not worth mentioning. */
export const SLACK_MS = 60_000;

/** A link through the app to a file or folder, which can be revoked. */
export async function shareThroughApp(
  c: AppRequest,
  { links, filesUrl, now }: AppContext,
  { name, path, expiresInSeconds }: Pick<SharedFile, "name" | "path" | "expiresInSeconds">,
): Promise<SignedUrl> {
  const { actor, login } = c.get("visitor");
  const expiresMs = now() + expiresInSeconds * 1_000;
  const token = await links.create({ source: name, path, actor, isOperator: login?.isOperator === true, expiresMs });
  return { url: new URL(`${filesUrl}/shared/${token}`, c.req.url).href, expiresAt: new Date(expiresMs) };
}
