import type { MiddlewareHandler } from "hono";
import { type AppContext, type AppEnv, sourceInUrl } from "./context.ts";

/** Learns what a source's credentials allow before the first page of it is shown to someone who may do more than browse. */
export function learnGrants(context: AppContext): MiddlewareHandler<AppEnv> {
  const { access, grants } = context;
  return async (c, next) => {
    const named = sourceInUrl(c.req.url, context);
    const mayWrite = (name: string) =>
      (["files-upload", "files-edit", "files-delete"] as const).some((action) =>
        access.allows(c.get("actor"), action, name)
      );
    if (named !== undefined && mayWrite(named.name)) await grants.learn(named);
    await next();
  };
}
