import { withTimeLimit } from "../async/abort.ts";
import { createSharedTask, type SharedTask } from "../async/shared_task.ts";
import { TimeoutError } from "../errors.ts";
import type { FoundTenant, UnknownCaller } from "./options.ts";
import type { KeyRequest } from "./types.ts";

/** Tenants that the configuration does not know. */
export interface FoundTenants {
  /** What is known already; `undefined` if nothing is. */
  cached(key: string): Answer | undefined;
  /** Looks a tenant up; rejects if that fails. */
  find(key: string, caller: UnknownCaller): Promise<Answer>;
  /** Forgets everything. */
  clear(): void;
}

/** What is known of a caller: its grant, or that it has none. */
export interface Answer {
  readonly grant?: KeyRequest | undefined;
}

/** What {@link createFoundTenants} needs. */
export interface FoundTenantsOptions {
  readonly findTenant: (caller: UnknownCaller) => Promise<FoundTenant | undefined>;
  /** Throws if the tenant cannot be used. */
  readonly check: (tenant: FoundTenant) => KeyRequest;
  /** Epoch milliseconds. */
  readonly now: () => number;
}

/** Looks tenants up, each at most once a minute, and once for all who ask at the same time. */
export function createFoundTenants({ findTenant, check, now }: FoundTenantsOptions): FoundTenants {
  const answers = new Map<string, { readonly answer: Answer; readonly untilMs: number }>();
  const running = new Map<string, { readonly task: SharedTask<[], Answer>; readonly startedMs: number }>();

  function cached(key: string): Answer | undefined {
    const held = answers.get(key);
    if (held === undefined) return undefined;
    // More than a minute left: the clock was set back.
    const leftMs = held.untilMs - now();
    return leftMs > 0 && leftMs <= CACHED_MS ? held.answer : undefined;
  }

  function keep(key: string, answer: Answer): void {
    answers.delete(key);
    answers.set(key, { answer, untilMs: now() + CACHED_MS });
    for (const oldest of answers.keys()) {
      if (answers.size <= MAX_ANSWERS) break;
      answers.delete(oldest);
    }
  }

  /** In Workers, a call may end with its request without settling. */
  function dropDead(): void {
    for (const [key, { startedMs }] of running) {
      if (now() - startedMs > LONGEST_MS) running.delete(key);
    }
  }

  async function look(key: string, caller: UnknownCaller): Promise<Answer> {
    const timedOut = () => new TimeoutError(`"findTenant" did not answer within ${LONGEST_MS} ms`);
    const found = await withTimeLimit(LONGEST_MS, timedOut, async () => await findTenant(caller));
    const answer = found === undefined || found === null ? {} : { grant: check(found) };
    keep(key, answer);
    return answer;
  }

  return {
    cached,
    async find(key, caller) {
      const known = cached(key);
      if (known !== undefined) return known;
      dropDead();
      if (!running.has(key) && running.size >= MAX_LOOKUPS) {
        throw new TimeoutError(`${MAX_LOOKUPS} calls of "findTenant" are running`);
      }
      const { task, startedMs } = running.get(key) ?? {
        task: createSharedTask(() => look(key, caller)),
        startedMs: now(),
      };
      running.set(key, { task, startedMs });
      try {
        return await task.join();
      } finally {
        running.delete(key);
      }
    },
    clear: () => answers.clear(),
  };
}

const LONGEST_MS = 5_000;
const CACHED_MS = 60_000;
const MAX_ANSWERS = 10_000;
/** Guesses of many callers must not become a flood of queries. */
const MAX_LOOKUPS = 100;
