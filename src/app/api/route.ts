import type { FileAction } from "../permissions/allow_rules.ts";
import { type AppContext, type AppRequest, type FilesHono, openSource } from "../context.ts";
import type { NamedSource } from "../permissions/background_facts.ts";
import { readFileId } from "../file_id.ts";
import { FILES_URL, readQuery } from "../urls.ts";

/** One thing that programs can ask for. */
export interface ApiRoute {
  /** HTTP method. */
  readonly method: "GET" | "POST" | "PUT";
  /** Below `/-/files`, with its parameters as OpenAPI writes them: `/source/{source}.json`. */
  readonly path: string;
  /** All that whoever asks must be permitted in the source; none where the answer leaves out what may not be browsed. */
  readonly needs: Needs;
  /** Answers. */
  readonly handle: (c: AppRequest, context: AppContext) => Response | Promise<Response>;
}

/** Actions, or the way to learn them from a request. */
export type Needs = readonly FileAction[] | ((c: AppRequest) => readonly FileAction[]);

/** A request that names a source. */
export interface SourceRequest extends NamedSource {
  readonly c: AppRequest;
  readonly context: AppContext;
  /** The decoded query. */
  readonly query: ReadonlyMap<string, string>;
  /** Aborts when whoever asked is gone. */
  readonly signal: AbortSignal;
}

/** A request that names a file by its id. */
export interface FileRequest extends SourceRequest {
  /** Relative to the source. */
  readonly path: string;
}

type Answer<Request> = (request: Request) => Response | Promise<Response>;

/** A route of the whole app. */
export function appRoute(
  route: string,
  handle: (c: AppRequest, context: AppContext) => Response | Promise<Response>,
): ApiRoute {
  return { ...parse(route), needs: [], handle };
}

/** A route of a source, behind its permissions. */
export function sourceRoute(
  route: string,
  { needs, answer }: { needs: Needs; answer: Answer<SourceRequest> },
): ApiRoute {
  return {
    ...parse(route),
    needs,
    handle: (c, context) => {
      const name = (c.req.param("source") ?? "").replace(/\.json$/, "");
      return answerFor(c, context, { name, needs, answer });
    },
  };
}

/** A route of a file, behind the permissions of its source. */
export function fileRoute(route: string, { needs, answer }: { needs: Needs; answer: Answer<FileRequest> }): ApiRoute {
  return {
    ...parse(route),
    needs,
    handle: (c, context) => {
      const { source: name, path } = readFileId((c.req.param("id") ?? "").replace(/\.json$/, ""));
      return answerFor(c, context, { name, needs, answer: (request) => answer({ ...request, path }) });
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
  if (method !== "GET" && method !== "POST" && method !== "PUT") throw new TypeError(`no route: ${route}`);
  return { method, path };
}

async function answerFor(
  c: AppRequest,
  context: AppContext,
  { name, needs, answer }: { name: string; needs: Needs; answer: Answer<SourceRequest> },
): Promise<Response> {
  const actions = typeof needs === "function" ? needs(c) : needs;
  const [named] = actions.map((action) => openSource(c, context, { name, action }));
  if (named === undefined) throw new TypeError("a route of a source needs a permission");
  const query = readQuery(c.req.url);
  return await answer({ ...named, c, context, query, signal: c.req.raw.signal });
}

function toHonoPath(path: string): string {
  return path
    .replace("{source}.json", ":source{[^/]+\\.json}")
    .replace("{source}", ":source")
    .replace("{id}.json", ":id{df-[\\w-]+\\.json}")
    .replace("{id}", ":id{df-[\\w-]+}");
}
