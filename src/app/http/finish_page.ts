import type { MiddlewareHandler } from "hono";
import { toBase64Url } from "../../hash/base64url.ts";
import type { AppEnv } from "../context.ts";

/**
 * Completes pages and redirects, which say where in the app they lead to: adds the path that precedes the app, and
 * what the page's policy permits: the scripts' nonce, and the store.
 */
export function finishPages(basePath: string): MiddlewareHandler<AppEnv> {
  return async (c, next) => {
    c.set("nonce", toBase64Url(crypto.getRandomValues(new Uint8Array(16))));
    await next();
    const { headers } = c.res;
    for (const name of basePath === "" ? [] : ["location", "refresh"]) {
      const value = headers.get(name);
      if (value !== null) headers.set(name, value.replace(/^(\d+;url=)?(?=\/-\/)/, `$&${basePath}`));
    }
    // A file to save has its bytes, whatever its type.
    if (c.res.body === null || !isPage(headers)) return;
    const page = (await c.res.text())
      .replaceAll('<script type="module"', `$& nonce="${c.var.nonce}"`)
      .replace(' data-store=""', c.var.store === undefined ? "" : ` data-store="${c.var.store}"`);
    // In texts, and in values of others, templates have written `"` as `&quot;`.
    const body = basePath === "" ? page : page.replaceAll('="/-/', `="${basePath}/-/`);
    c.res = new Response(body, { status: c.res.status, headers });
  };
}

/** Whether it is a page of the app, not a file that is HTML. */
export function isPage(headers: Headers): boolean {
  return headers.get("content-type")?.startsWith("text/html") === true && !headers.has("content-disposition");
}
