import { S3SourceError, type S3SourceEvent } from "../../mod.ts";

/** What happened, in a size that does not grow with the run. */
export interface Tally {
  readonly counts: Record<"operations" | "requests" | "retries" | "refreshes" | "failedRefreshes" | "warnings", number>;
  readonly byOperation: Map<string, number>;
  /** Errors that an operation may end in on a bad network, by class and code. */
  readonly typed: Map<string, number>;
  readonly warnings: Map<string, number>;
  /** Failures, with enough detail to debug them; only the first are kept. */
  readonly integrity: Findings;
  readonly untyped: Findings;
  readonly unhandled: Findings;
  /** Receives a source's events. */
  readonly onEvent: (event: S3SourceEvent) => void;
  /** Records how an operation ended. */
  end(operation: string, failure: unknown): void;
  /** Records an unhandled rejection. */
  reject(reason: unknown): void;
}

/** How many failures of a kind there were, and the first of them. */
export interface Findings {
  count: number;
  readonly shown: string[];
}

/** A file, a listing or a result is wrong. */
export class Wrong extends Error {}

/** Starts counting. */
export function createTally(onFinding: (text: string) => void): Tally {
  const counts = { operations: 0, requests: 0, retries: 0, refreshes: 0, failedRefreshes: 0, warnings: 0 };
  const note = (findings: Findings, text: string) => {
    findings.count++;
    if (findings.shown.length >= MAX_SHOWN) return;
    findings.shown.push(text);
    onFinding(text);
  };
  const tally: Tally = {
    counts,
    byOperation: new Map(),
    typed: new Map(),
    warnings: new Map(),
    integrity: { count: 0, shown: [] },
    untyped: { count: 0, shown: [] },
    unhandled: { count: 0, shown: [] },
    onEvent(event) {
      if (event.type === "request") counts.requests++;
      else if (event.type === "retry") counts.retries++;
      else if (event.type === "refresh") event.ok ? counts.refreshes++ : counts.failedRefreshes++;
      else {
        counts.warnings++;
        increase(tally.warnings, event.code);
      }
    },
    reject: (reason) => note(tally.unhandled, describe(reason)),
    end(operation, failure) {
      counts.operations++;
      increase(tally.byOperation, operation);
      if (failure === undefined) return;
      if (failure instanceof S3SourceError && WEATHER.has(failure.name)) {
        return increase(tally.typed, `${failure.name} ${failure.code}`);
      }
      const isWrong = failure instanceof Wrong || failure instanceof S3SourceError;
      note(isWrong ? tally.integrity : tally.untyped, `${operation}: ${describe(failure)}`);
    },
  };
  return tally;
}

/** Anything that was thrown, as text. */
function describe(failure: unknown): string {
  if (!(failure instanceof Error)) return String(failure);
  const cause = failure.cause === undefined ? "" : ` (because of ${describe(failure.cause)})`;
  return `${failure.stack ?? failure}${cause}`;
}

function increase(counts: Map<string, number>, name: string): void {
  counts.set(name, (counts.get(name) ?? 0) + 1);
}

/** Errors of the network; the others make a statement about files. */
const WEATHER: ReadonlySet<string> = new Set([
  "AccessDeniedError",
  "CredentialsError",
  "CredentialsExpiredError",
  "IntegrityError",
  "ServiceError",
  "TimeoutError",
]);

const MAX_SHOWN = 20;
