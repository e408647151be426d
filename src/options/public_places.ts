import { show } from "../errors.ts";
import { proxies } from "./broker_tables.ts";
import { textWith, valueThat } from "./checks.ts";
import type { Kind } from "./option_table.ts";

/** Host names, perhaps none. Scheme and port are not part of what is compared. */
export const hostNames = valueThat(
  "list",
  'a list of host names such as "files.example.com", without scheme or port',
  (value) => Array.isArray(value) && value.every((host) => typeof host === "string" && HOST.test(host)),
);

const HOST = /^(?:\[[^\]\s/]+\]|[^\s/:@?#[\]]+)$/;

/** The URL at which people reach the app. */
export const publicUrlOption = textWith(publicUrlProblem);

/** What precedes the paths of the app; empty if nothing does. */
export const basePathOption: Kind<"string"> = {
  type: "string",
  check: (value) => value === "" ? undefined : textWith(basePathProblem).check(value),
};

/** Proxies that are believed, perhaps none. */
export const trustedProxiesOption: Kind<"list"> = {
  type: "list",
  check: (value) => Array.isArray(value) && value.length === 0 ? undefined : proxies.check(value),
};

/** What precedes the paths of the app; empty if nothing does. */
export function basePathOf(
  { publicUrl, basePath }: { readonly publicUrl?: string | undefined; readonly basePath?: string | undefined },
): string {
  return basePath ?? (publicUrl === undefined ? "" : new URL(publicUrl).pathname.replace(/\/$/, ""));
}

/** Why a base path cannot go with a public URL. */
export function placeProblem(
  { publicUrl, basePath }: { readonly publicUrl?: string | undefined; readonly basePath?: string | undefined },
): string | undefined {
  const path = basePathOf({ publicUrl });
  if (publicUrl === undefined || basePath === undefined || path === basePath) return undefined;
  return `it differs from the path of the public URL, ${show(path)}`;
}

/** Why a text cannot be the URL at which people reach the app. */
function publicUrlProblem(text: string): string | undefined {
  const url = URL.parse(text);
  if (!url || !/^https?:$/.test(url.protocol)) return "it is not an http: or https: URL";
  if (url.username || url.password) return "it has a user name or a password";
  if (/[?#]/.test(text)) return "it has a query or a fragment";
  const path = url.pathname.replace(/\/$/, "");
  return path === "" ? undefined : basePathProblem(path);
}

/** Why a text cannot precede the paths of the app. */
function basePathProblem(path: string): string | undefined {
  // Other characters mean something in cookies and policies, or come encoded in two ways.
  if (/^\/-(?:\/|$)/.test(path)) return "it begins as the app's own paths do";
  if (/^(?:\/[\w.~-]+)+$/.test(path) && !/\/\.\.?(?:\/|$)/.test(path)) return undefined;
  return `${show(path)} is not a path such as /files, of letters, digits and ._~- only`;
}
