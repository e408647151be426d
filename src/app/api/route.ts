import type { FileAction } from "../permissions/allow_rules.ts";
import { openSource } from "../allowed_actions.ts";
import type { AuditAction } from "../audit.ts";
import { type AppContext, type AppRequest, type FilesHono, noteAction, sourceNameOf } from "../context.ts";
import type { NamedSource } from "../permissions/background_facts.ts";
import { readFileId } from "../file_id.ts";
import { FILES_URL, readQuery } from "../urls.ts";

/** A route of the API. */
export interface ApiRoute {
  /** HTTP method. */
  readonly method: "GET" | "POST" | "PUT";
  /** Relative to `/-/files`, with parameters in the form of OpenAPI: `/source/{source}.json`. */
  readonly path: string;
  /**
   * All the actions that must be permitted in the source; none if the response leaves out what the actor may not
   * browse.
   */
  readonly needs: Needs;
  /** Responds to a request. */
  readonly handle: (c: AppRequest, context: AppContext) => Response | Promise<Response>;
}

/** Actions, or a function that derives them from a request. */
export type Needs = readonly FileAction[] | ((c: AppRequest) => readonly FileAction[]);

/** A request for a source. */
export interface SourceRequest extends NamedSource {
  readonly c: AppRequest;
  readonly context: AppContext;
  /** The decoded query. */
  readonly query: ReadonlyMap<string, string>;
  /** Aborts when the client is gone. */
  readonly signal: AbortSignal;
}

/** A request for a file by its id. */
export interface FileRequest extends SourceRequest {
  /** Relative to the source. */
  readonly path: string;
}

/** A route behind permissions. */
interface Guarded<Request> {
  readonly needs: Needs;
  /** What the audit calls it; absent if it only reads. */
  readonly audits?: AuditAction;
  readonly handle: (request: Request) => Response | Promise<Response>;
}

/** A route of the whole app. */
export function appRoute(route: string, handle: ApiRoute["handle"]): ApiRoute {
  return { ...parse(route), needs: [], handle };
}

/** A route of a source, behind its permissions. */
export function sourceRoute(route: string, guarded: Guarded<SourceRequest>): ApiRoute {
  return {
    ...parse(route),
    needs: guarded.needs,
    handle(c, context) {
      const name = sourceNameOf(c);
      noteAction(c, { action: guarded.audits, source: name });
      return handleGuarded(c, context, { ...guarded, name });
    },
  };
}

/** A route of a file, behind the permissions of its source. */
export function fileRoute(route: string, { needs, audits, handle }: Guarded<FileRequest>): ApiRoute {
  return {
    ...parse(route),
    needs,
    handle: (c, context) => {
      const { source: name, path } = readFileId((c.req.param("id") ?? "").replace(/\.json$/, ""));
      noteAction(c, { action: audits, source: name, path });
      return handleGuarded(c, context, { name, needs, handle: (request) => handle({ ...request, path }) });
    },
  };
}

/** Adds routes to the app. */
export function addApiRoutes(app: FilesHono, context: AppContext, routes: readonly ApiRoute[]): void {
  for (const { method, path, handle } of routes) {
    app.on(method, FILES_URL + toHonoPath(path), (c) => handle(c, context));
  }
}

function parse(route: string): Pick<ApiRoute, "method" | "path"> {
  const [, method, path = ""] = /^(GET|POST|PUT) (\/.*)$/.exec(route) ?? [];
  if (method !== "GET" && method !== "POST" && method !== "PUT") throw new TypeError(`not a route: ${route}`);
  return { method, path };
}

async function handleGuarded(
  c: AppRequest,
  context: AppContext,
  { name, needs, handle }: Guarded<SourceRequest> & { readonly name: string },
): Promise<Response> {
  const actions = typeof needs === "function" ? needs(c) : needs;
  const [named] = actions.map((action) => openSource(c, context, { name, action }));
  if (named === undefined) throw new TypeError("a route of a source needs a permission");
  return await handle({ ...named, c, context, query: readQuery(c.req.url), signal: c.req.raw.signal });
}

function toHonoPath(path: string): string {
  return path
    .replace("{source}.json", ":source{[^/]+\\.json}")
    .replace("{source}", ":source")
    .replace("{id}.json", ":id{df-[\\w-]+\\.json}")
    .replace("{id}", ":id{df-[\\w-]+}");
}
