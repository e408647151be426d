import { toFileId } from "../file_id.ts";
import type { SortOrder } from "../files/list_folder.ts";
import { LOGIN_URL } from "../session/session.ts";
import { FILES_URL, folderUrl, SHARED_URL, sourceUrl } from "../urls.ts";

/** The search page. */
export const SEARCH_URL = `${FILES_URL}/search`;

/** Who is logged in, and their access tokens. */
export const ACCOUNT_URL = `${FILES_URL}/-/account`;

/** The form that makes an access token. */
export const TOKENS_URL = `${ACCOUNT_URL}/tokens`;

/** The page to log in, or the way to one provider, and then back to a page of the app. */
export function loginUrl(returnTo: string, provider?: string): string {
  const path = provider === undefined ? LOGIN_URL : `${LOGIN_URL}/${encodeURIComponent(provider)}`;
  return `${path}?return_to=${encodeURIComponent(returnTo)}`;
}

/** The page that uploads to a source, also for those who may not browse it. */
export function uploadUrl(source: string): string {
  return `${FILES_URL}/upload/${encodeURIComponent(source)}`;
}

/** The page of a search with these fields; those that are empty are left out. */
export function searchUrl(fields: Readonly<Record<string, string | undefined>>): string {
  const pairs = Object.entries(fields).flatMap(([name, value]) =>
    value === undefined || value === "" ? [] : [`${name}=${encodeURIComponent(value)}`]
  );
  return [SEARCH_URL, ...pairs.length === 0 ? [] : [pairs.join("&")]].join("?");
}

/** The page of a file. */
export function fileUrl(source: string, path: string): string {
  return `${FILES_URL}/${toFileId({ source, path })}`;
}

/** What a file has besides its page. */
export type FilePart = "content" | "thumbnail" | "download";

/** The URL of a file's content, thumbnail or download. */
export function filePartUrl(source: string, path: string, part: FilePart): string {
  return `${fileUrl(source, path)}/${part}`;
}

/** The actions of forms. */
export type FormAction =
  | "archive"
  | "copy"
  | "delete"
  | "edit"
  | "folder"
  | "link"
  | "move"
  | "rename"
  | "revoke"
  | "upload";

/** Start of the routes of forms. */
export const FORM_ROUTE = `${FILES_URL}/source/:source/-/form`;

/** The URL that shows a form, and that it is sent to. */
export function formUrl(
  source: string,
  action: FormAction,
  { folder = "", paths = [] }: { folder?: string; paths?: readonly string[] } = {},
): string {
  const query = [
    ...folder === "" ? [] : [`folder=${encodeURIComponent(folder)}`],
    ...paths.map((path) => `path=${encodeURIComponent(path)}`),
  ].join("&");
  return `${sourceUrl(source)}/-/form/${action}${query && `?${query}`}`;
}

/** The page of a folder in this order. */
export function sortedFolderUrl(
  source: string,
  folder: string,
  { sort, order, cursor }: SortOrder & { cursor?: string },
): string {
  const url = folderUrl(source, folder, cursor);
  if (sort === "name" && order === "asc") return url;
  return `${url}${url.includes("?") ? "&" : "?"}sort=${sort}&order=${order}`;
}

/** A zip of files and folders. */
export function archiveUrl(source: string, paths: readonly string[]): string {
  return `${sourceUrl(source)}/-/archive?${paths.map((path) => `path=${encodeURIComponent(path)}`).join("&")}`;
}

/** The page of a folder's size, or what follows a part of it. */
export function folderSizeUrl(
  source: string,
  folder: string,
  before: Readonly<Record<string, string | number>> = {},
): string {
  const query = Object.entries({ folder, ...before }).map(([name, value]) => `${name}=${encodeURIComponent(value)}`);
  return `${sourceUrl(source)}/-/size?${query.join("&")}`;
}

/** A shared folder, or one in it; the path is relative to the shared one. */
export function sharedFolderUrl(token: string, folder: string, cursor?: string): string {
  const query = [
    ...folder === "" ? [] : [`folder=${encodeURIComponent(folder)}`],
    ...cursor === undefined ? [] : [`cursor=${encodeURIComponent(cursor)}`],
  ].join("&");
  return `${SHARED_URL}/${token}${query && `?${query}`}`;
}

/** A zip of a shared folder, or of one in it. */
export function sharedArchiveUrl(token: string, folder: string): string {
  return `${SHARED_URL}/${token}/archive${folder && `?folder=${encodeURIComponent(folder)}`}`;
}

/** What a file in a shared folder has: its page, and its bytes. */
export type SharedPart = "file" | "content" | "download" | "thumbnail";

/** The URL of a part of a file in a shared folder. */
export function sharedFileUrl(token: string, path: string, part: SharedPart): string {
  return `${SHARED_URL}/${token}/${part}?path=${encodeURIComponent(path)}`;
}
