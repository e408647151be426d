import type { MiddlewareHandler } from "hono";
import { pathProblem, toPrefix } from "../../s3/keys.ts";
import { type AppContext, type AppEnv, sourceInUrl } from "../context.ts";

/** Finds out what a source's credentials allow in a folder before someone who may do more than browse sees it first. */
export function probeCapabilities(context: AppContext): MiddlewareHandler<AppEnv> {
  const { access, grants } = context;
  return async (c, next) => {
    const named = sourceInUrl(c.req.url, context);
    const mayWrite = (name: string) =>
      (["files-upload", "files-edit", "files-delete"] as const).some((action) =>
        access.allows(c.get("actor"), action, name)
      );
    if (named !== undefined && mayWrite(named.name)) await grants.learn(named, folderIn(c.req.url));
    await next();
  };
}

/** The folder in a URL; the top if that is invalid, which the route itself refuses. */
function folderIn(url: string): string {
  const folder = new URL(url).searchParams.get("folder") ?? "";
  return pathProblem(folder) === undefined ? toPrefix(folder) : "";
}
