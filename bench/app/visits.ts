import { KEYS } from "../keys.ts";
import type { Server, ServerName } from "./servers.ts";

/** What a visitor waits for. */
export const VISIT_NAMES = ["folder", "download", "redirect"] as const;
export type VisitName = typeof VISIT_NAMES[number];

/** Prepares the visits of a server; each resolves when the visitor has everything. */
export async function prepareVisits(name: ServerName, server: Server): Promise<Record<VisitName, () => Promise<void>>> {
  const urls = await (name === "app" ? appUrls : bareUrls)(server.origin);
  return {
    // One after another, as the page's script loads them.
    folder: async () => {
      for (const url of urls.pages) await load(url);
    },
    download: () => load(urls.download),
    redirect: () => load(urls.redirect),
  };
}

interface VisitUrls {
  /** The pages of a folder with 1,000 files. */
  readonly pages: readonly string[];
  /** A file of 1 KiB through the server. */
  readonly download: string;
  /** The same with a redirect to the store. */
  readonly redirect: string;
}

async function appUrls(origin: string): Promise<VisitUrls> {
  const pages: string[] = [];
  let next: string | undefined = `/-/files/source/media?folder=${encodeURIComponent(KEYS.listed)}`;
  while (next !== undefined) {
    pages.push(origin + next);
    next = linkIn(await loadText(origin + next), /rel="next" href="([^"]+)"/);
  }
  const folder = await loadText(`${origin}/-/files/source/media?folder=${encodeURIComponent("small/")}`);
  const redirect = `${origin}${linkIn(folder, /href="([^"]+\/download)"/)}`;
  return { pages, download: `${redirect}?proxy=1`, redirect };
}

function linkIn(html: string, pattern: RegExp): string | undefined {
  return pattern.exec(html)?.[1]?.replaceAll("&amp;", "&");
}

async function bareUrls(origin: string): Promise<VisitUrls> {
  const pages: string[] = [];
  for (let cursor: string | null = ""; cursor !== null;) {
    const after: string = cursor && `&cursor=${encodeURIComponent(cursor)}`;
    pages.push(`${origin}/list?prefix=${encodeURIComponent(KEYS.listed)}${after}`);
    ({ cursor } = JSON.parse(await loadText(pages.at(-1) ?? "")));
  }
  const path = `path=${encodeURIComponent(KEYS.small)}`;
  return { pages, download: `${origin}/read?${path}`, redirect: `${origin}/redirect?${path}` };
}

async function load(url: string): Promise<void> {
  const response = await fetch(url);
  await response.bytes();
  if (!response.ok) throw new Error(`${new URL(url).pathname} answered ${response.status}`);
}

async function loadText(url: string): Promise<string> {
  return await (await fetch(url, { headers: { accept: "text/html" } })).text();
}
