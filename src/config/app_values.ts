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
