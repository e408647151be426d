import { S3SourceError, type S3SourceEvent } from "../../mod.ts";

/** What happened, in numbers that do not grow with the time it takes. */
export interface Tally {
  readonly counts: Record<"operations" | "requests" | "retries" | "refreshes" | "failedRefreshes" | "warnings", number>;
  readonly byOperation: Map<string, number>;
  /** Errors that an operation may end in on a bad network, by class and code. */
  readonly typed: Map<string, number>;
  readonly warnings: Map<string, number>;
  /** What must not happen, each with enough to find out why; only the first ones are kept. */
  readonly integrity: Findings;
  readonly untyped: Findings;
  readonly unhandled: Findings;
  /** Receives a source's events. */
  readonly onEvent: (event: S3SourceEvent) => void;
  /** Notes how an operation ended. */
  end(operation: string, failure: unknown): void;
  /** Notes a promise that was rejected and not handled. */
  reject(reason: unknown): void;
}

/** Things that were found, and how many. */
export interface Findings {
  count: number;
  readonly shown: string[];
}

/** A file, a listing or an answer is not what it must be. */
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

/** Text of anything that was thrown. */
function describe(failure: unknown): string {
  if (!(failure instanceof Error)) return String(failure);
  const cause = failure.cause === undefined ? "" : ` (because of ${describe(failure.cause)})`;
  return `${failure.stack ?? failure}${cause}`;
}

function increase(counts: Map<string, number>, name: string): void {
  counts.set(name, (counts.get(name) ?? 0) + 1);
}

/** Others say something of the files, which the model would have to agree with. */
const WEATHER: ReadonlySet<string> = new Set([
  "AccessDeniedError",
  "BrokerError",
  "CredentialsExpiredError",
  "IntegrityError",
  "ServiceError",
  "TimeoutError",
]);

const MAX_SHOWN = 20;
