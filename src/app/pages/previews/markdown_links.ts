import { pathProblem } from "../../../s3/keys.ts";
import { folderOf } from "../../browser/format.js";
import { isImageType, mediaTypeOf } from "../../files/media_types.ts";
import { folderUrl } from "../../urls.ts";
import { filePartUrl, fileUrl } from "../urls.ts";

/** A file with Markdown. */
export interface MarkdownPlace {
  /** The source's name. */
  readonly source: string;
  /** Relative to the source. */
  readonly path: string;
}

/** Where a link in Markdown leads: to the web, or to a page of the app; `undefined` if to neither. */
export function markdownTarget(address: string, { source, path }: MarkdownPlace): string | undefined {
  if (address.startsWith("#")) return anchorOf(address);
  if (hasScheme(address)) {
    const url = URL.parse(address.startsWith("//") ? `https:${address}` : address);
    return url && SCHEMES.has(url.protocol) ? url.href : undefined;
  }
  const target = resolvePath(address, path);
  if (target === undefined) return undefined;
  if (target === "" || target.endsWith("/")) return folderUrl(source, target);
  const hash = address.indexOf("#");
  return fileUrl(source, target) + (hash < 0 ? "" : anchorOf(address.slice(hash)));
}

/** The URL of a picture in Markdown; `undefined` unless it is one of the same source. */
export function markdownPicture(address: string, { source, path }: MarkdownPlace): string | undefined {
  const target = hasScheme(address) ? undefined : resolvePath(address, path);
  if (target === undefined || !isImageType(mediaTypeOf({ name: target }) ?? "")) return undefined;
  return filePartUrl(source, target, "content");
}

/** The anchor of a heading, as GitHub makes it. */
export function slugOf(heading: string): string {
  const plain = heading.toLowerCase().replace(/[^\p{L}\p{M}\p{N}_ -]/gu, "").trim();
  return plain.replaceAll(" ", "-").slice(0, MAX_SLUG_LENGTH);
}

const MAX_SLUG_LENGTH = 200;
const SCHEMES = new Set(["http:", "https:", "mailto:"]);

function hasScheme(address: string): boolean {
  return /^(?:[a-z][a-z0-9+.-]*:|[/\\]{2})/i.test(address);
}

/** Headings have ids that no part of the page has. */
function anchorOf(hash: string): string {
  return `#md-${encodeURIComponent((decoded(hash.slice(1)) ?? "").toLowerCase())}`;
}

/** A path of the source; `undefined` if the address leads out of it, or can be no path. */
function resolvePath(address: string, from: string): string | undefined {
  const [relative = ""] = address.split(/[?#]/, 1);
  const text = decoded(relative);
  if (text === undefined) return undefined;
  const steps = text.startsWith("/") ? [] : folderOf(from).split("/").slice(0, -1);
  const segments = text.replace(/^\//, "").split("/");
  for (const [index, segment] of segments.entries()) {
    const isLast = index === segments.length - 1;
    if (segment === ".." && steps.pop() === undefined) return undefined;
    if (segment !== "." && segment !== "..") steps.push(segment);
    else if (isLast) steps.push("");
  }
  const path = steps.join("/");
  return path === "" || pathProblem(path) === undefined ? path : undefined;
}

function decoded(text: string): string | undefined {
  try {
    return decodeURIComponent(text);
  } catch {
    return undefined;
  }
}
