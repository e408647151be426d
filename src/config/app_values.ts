import { show } from "../errors.ts";

/** Why a text cannot be the URL at which people reach the app. */
export function publicUrlProblem(text: string): string | undefined {
  const url = URL.parse(text);
  if (!url || !/^https?:$/.test(url.protocol)) return "it is not an http: or https: URL";
  if (url.username || url.password) return "it has a user name or a password";
  if (/[?#]/.test(text)) return "it has a query or a fragment";
  const path = url.pathname.replace(/\/$/, "");
  return path === "" ? undefined : basePathProblem(path);
}

/** Why a text cannot precede the paths of the app. */
export function basePathProblem(path: string): string | undefined {
  // Other characters mean something in cookies and policies, or come encoded in two ways.
  if (/^(?:\/[\w.~-]+)+$/.test(path) && !/\/\.\.?(?:\/|$)/.test(path)) return undefined;
  return `${show(path)} is not a path such as /files, of letters, digits and ._~- only`;
}

/** Why a text cannot say where state is kept. */
export function stateProblem(text: string): string | undefined {
  if (text === "memory:") return undefined;
  const url = URL.parse(text);
  if (url && /^rediss?:$/.test(url.protocol) && url.hostname !== "") return undefined;
  return 'it must be "memory:", or a URL such as redis://127.0.0.1:6379 or rediss://…';
}

/** Why a text cannot be the page of a proxy that logs people out. */
export function logoutProblem(text: string): string | undefined {
  const isPath = text.startsWith("/") && URL.parse(text, "https://proxy.invalid")?.host === "proxy.invalid";
  if (isPath || /^https?:$/.test(URL.parse(text)?.protocol ?? "")) return undefined;
  return "it is neither a path such as /oauth2/sign_out nor an https: URL";
}
