import type { MiddlewareHandler } from "hono";
import { routePath } from "hono/route";
import { escapeUpTo } from "../../text/controls.ts";
import { type ActionNote, auditedPaths, type AuditEntry } from "../audit.ts";
import type { AppEnv, AppRequest } from "../context.ts";
import type { AppMetrics } from "../monitoring/app_metrics.ts";

/** What {@link recordRequests} needs. */
export interface RecordOptions {
  readonly metrics: AppMetrics;
  /** Whether there is a source of this name: visitors can ask for any. */
  readonly isSource: (name: string) => boolean;
  /** Receives the audit. */
  readonly onAudit?: ((entry: AuditEntry) => void) | undefined;
}

/** Gives requests their ids, counts them, and audits what they do. It is the first that sees a request. */
export function recordRequests({ metrics, isSource, onAudit }: RecordOptions): MiddlewareHandler<AppEnv> {
  return async (c, next) => {
    const startedMs = performance.now();
    c.set("requestId", crypto.randomUUID());
    await next();
    c.header("x-request-id", c.get("requestId"));
    const seconds = (performance.now() - startedMs) / 1_000;
    metrics.onRequest({ method: c.req.method, route: routeOf(c), status: c.res.status, seconds });
    const note = c.get("action");
    if (note === undefined || isWithoutFile(c, note)) return;
    const entry = entryOf(c, note);
    const { source = "" } = entry;
    metrics.onAction({ ...entry, source: source === "" || isSource(source) ? source : "other" });
    if (entry.type === "done") countBytes(c, note, metrics);
    onAudit?.(entry);
  };
}

/** Not the path, which visitors choose. */
function routeOf(c: AppRequest): string {
  // That of the last that was tried.
  const route = routePath(c);
  return route.includes("*") ? "other" : route.replace(/\{.*?(\\\.json)?\}/g, (_, json) => json ? ".json" : "");
}

/** Browsers ask whether they have a file already, or only about it. A redirect to the store is a download, even so. */
function isWithoutFile(c: AppRequest, { action }: ActionNote): boolean {
  const { status } = c.res;
  return action === "download" && (status === 304 || (c.req.method === "HEAD" && status !== 302));
}

function entryOf(c: AppRequest, note: ActionNote): AuditEntry {
  const { status } = c.res;
  const { action, sharedBy, source, to, files, bytes, problem } = note;
  const { actor = c.get("visitor")?.actor ?? null, login = c.get("visitor")?.login?.method } = note;
  const failed = status >= 500 || problem !== undefined;
  const reason = problem ?? (status >= 400 ? c.get("failure")?.message ?? `status ${status}` : undefined);
  const userAgent = c.req.header("user-agent") ?? "";
  const { address } = c.env ?? {};
  return {
    type: failed ? "failed" : status >= 400 ? "refused" : "done",
    requestId: c.get("requestId"),
    actor: actor ? { id: actor.id } : null,
    ...login !== undefined && { login },
    ...sharedBy !== undefined && { sharedBy },
    action,
    ...source !== undefined && { source },
    ...auditedPaths(note),
    ...to !== undefined && { to },
    ...files !== undefined && { files },
    ...bytes !== undefined && { bytes },
    ...reason !== undefined && { reason },
    ...address !== undefined && { address: escapeUpTo(address, MAX_CHARACTERS) },
    ...userAgent !== "" && { userAgent: escapeUpTo(userAgent, MAX_CHARACTERS) },
  };
}

const MAX_CHARACTERS = 200;

/** A redirect or a link leads to the store. */
function countBytes(c: AppRequest, { action, source }: ActionNote, metrics: AppMetrics): void {
  const bytes = Number(c.res.headers.get("content-length") ?? 0);
  if (action === "download" && source !== undefined && c.res.status < 300) {
    metrics.onTransfer({ source, direction: "out", bytes });
  }
}
