import type { MiddlewareHandler } from "hono";
import { pathProblem, toPrefix } from "../../s3/keys.ts";
import { type AppContext, type AppEnv, sourceInUrl } from "../context.ts";

/** Learns what a source's credentials allow in a folder before its first page is shown to someone who may do more than browse. */
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

/** The folder that a URL names; the top for one that is answered with an error. */
function folderIn(url: string): string {
  const folder = new URL(url).searchParams.get("folder") ?? "";
  return pathProblem(folder) === undefined ? toPrefix(folder) : "";
}
