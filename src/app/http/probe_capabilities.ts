import type { MiddlewareHandler } from "hono";
import { pathProblem, toPrefix } from "../../s3/keys.ts";
import { mayDo } from "../allowed_actions.ts";
import { type AppContext, type AppEnv, sourceInUrl } from "../context.ts";

/** Finds out what a source's credentials allow in a folder before someone who may do more than browse sees it first. */
export function probeCapabilities(context: AppContext): MiddlewareHandler<AppEnv> {
  return async (c, next) => {
    const named = sourceInUrl(c.req.url, context);
    const mayWrite = (name: string) =>
      (["files-upload", "files-edit", "files-delete"] as const).some((action) => mayDo(c, context, { name, action }));
    if (named !== undefined && mayWrite(named.name)) await context.grants.learn(named, folderIn(c.req.url));
    await next();
  };
}

/** The folder in a URL; the top if that is invalid, which the route itself refuses. */
function folderIn(url: string): string {
  const folder = new URL(url).searchParams.get("folder") ?? "";
  return pathProblem(folder) === undefined ? toPrefix(folder) : "";
}
