import { LOGIN_NEEDED } from "./allowed_actions.ts";
import type { AppContext, AppRequest } from "./context.ts";
import type { Failure } from "./failure.ts";
import { parseFileId } from "./file_id.ts";
import { failurePage, type WayOut } from "./pages/failure_page.ts";
import { folderOf } from "./browser/format.js";
import { LOGIN_FAILED } from "./session/login.ts";
import { sharedFailurePage } from "./pages/shared_layout.ts";
import { loginUrl } from "./pages/urls.ts";
import { FILES_URL, folderUrl, SHARED_URL } from "./urls.ts";

/** Whether a browser asks for a page; everything else gets JSON. */
function wantsPage(c: AppRequest): boolean {
  return !new URL(c.req.url).pathname.endsWith(".json") && (c.req.header("accept") ?? "").includes("text/html");
}

/** The response to a request that failed, as a page or as JSON. */
export function failureResponse(c: AppRequest, context: AppContext, failure: Failure): Response | Promise<Response> {
  const { status, message, facts } = failure;
  c.set("failure", failure);
  if (status === 503 || status === 429) c.header("retry-after", `${RETRY_SECONDS}`);
  if (status === 401) c.header("www-authenticate", 'Bearer error="invalid_token"');
  if (wantsPage(c)) {
    if (c.req.path.startsWith(`${SHARED_URL}/`)) {
      return c.html(sharedFailurePage(context, { failure, requestId: c.get("requestId") }), status);
    }
    const wayOut = loginFor(c, context, failure) ?? wayOutOf(c, failure);
    // For browsers without scripts.
    if (wayOut.retryInSeconds !== undefined) c.header("refresh", `${wayOut.retryInSeconds}`);
    return c.html(failurePage(c, context, { failure, wayOut }), status);
  }
  return c.json({ ok: false, errors: [message], ...facts }, status);
}

/** Leads back to the page, if that may work after a login. */
function loginFor(c: AppRequest, { login }: AppContext, { facts }: Failure): WayOut | undefined {
  const code = facts?.["code"];
  if (login.providers.length === 0 || (code !== LOGIN_NEEDED && code !== LOGIN_FAILED)) return undefined;
  const { pathname, search } = new URL(c.req.url);
  const isPage = code === LOGIN_NEEDED && c.req.method === "GET" && pathname.startsWith(FILES_URL);
  return { url: loginUrl(isPage ? pathname + search : FILES_URL), label: "Log in" };
}

function wayOutOf(c: AppRequest, { status, facts }: Failure): WayOut {
  const { pathname, search, searchParams } = new URL(c.req.url);
  if (status >= 500 && facts?.["code"] !== "rejected" && c.req.method === "GET") {
    // A path that begins with “//” would lead to another site.
    const url = pathname.startsWith(FILES_URL) ? pathname + search : FILES_URL;
    return { url, label: "Try again now", ...status === 503 && { retryInSeconds: RETRY_SECONDS } };
  }
  const folder = status === 404 ? folderOfFile(pathname) : undefined;
  if (folder !== undefined) return { url: folder, label: "Back to the folder" };
  const [source] = IN_SOURCE.exec(pathname) ?? [];
  if (source === undefined) return { url: FILES_URL, label: "All sources" };
  const above = searchParams.get("folder") ?? folderOf(searchParams.get("path") ?? "");
  return { url: `${source}?folder=${encodeURIComponent(above)}`, label: "Back to the folder" };
}

const RETRY_SECONDS = 8;

/** The folder of a missing file; `undefined` for other URLs. */
function folderOfFile(pathname: string): string | undefined {
  const [id = ""] = pathname.slice(FILES_URL.length + 1).split("/");
  const address = parseFileId(id);
  return address && folderUrl(address.source, folderOf(address.path));
}

/** The URL of a source, at the start of the URL of an action in it. */
const IN_SOURCE = new RegExp(`^${FILES_URL}/source/[^/]+(?=/-/)`);
