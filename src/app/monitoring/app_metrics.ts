import { createCounter, createGauge } from "../../metrics/prometheus.ts";
import { createServerMetrics, PREFIX, type ServerMetrics } from "../../metrics/server_metrics.ts";
import type { AuditEntry } from "../audit.ts";

/** What the files app counts. */
export interface AppMetrics extends Omit<ServerMetrics, "text"> {
  /** A visitor has done something, or has tried to. */
  onAction(entry: Pick<AuditEntry, "type" | "action" | "source" | "login">): void;
  /** Bytes of files have come or gone through the app. */
  onTransfer(transfer: { readonly source: string; readonly direction: "in" | "out"; readonly bytes: number }): void;
  /** All of it, in Prometheus's text format. */
  text(sourcesUp: ReadonlyMap<string, boolean>): string;
}

/** Makes the metrics of the app. */
export function createAppMetrics(options: { readonly hasState: boolean }): AppMetrics {
  const server = createServerMetrics(options);
  const actions = createCounter({
    name: `${PREFIX}app_actions_total`,
    help: "Actions of visitors, as in the audit.",
    labels: ["action", "source", "result"],
  });
  const bytes = createCounter({
    name: `${PREFIX}app_transferred_bytes_total`,
    help: "Bytes of files that went through the app, to the store or from it.",
    labels: ["source", "direction"],
  });
  const logins = createCounter({
    name: `${PREFIX}app_logins_total`,
    help: "Logins, by the way that visitors are known.",
    labels: ["method", "result"],
  });
  return {
    onAction({ type: result, action, source = "", login = "none" }) {
      actions.add({ action, source, result });
      if (action === "login") logins.add({ method: login, result });
    },
    onTransfer: ({ source, direction, bytes: amount }) => bytes.add({ source, direction }, amount),
    onRequest: server.onRequest,
    onStateAnswer: server.onStateAnswer,
    text(sourcesUp) {
      const up = createGauge({
        name: `${PREFIX}app_source_up`,
        help: "Whether the store of a source answers.",
        labels: ["source"],
      }, () => [...sourcesUp].map(([source, isUp]) => [{ source }, isUp ? 1 : 0]));
      return server.text([actions, bytes, logins, up]);
    },
  };
}
