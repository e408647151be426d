import { sleep } from "../../async/abort.ts";
import { createSharedTask, type SharedTask } from "../../async/shared_task.ts";
import type { S3Source } from "../../types/source.ts";

/** Facts about sources that are found out in the background. */
export interface BackgroundFacts<Fact> {
  /** The fact, if it is known by now. */
  known(name: string): Fact | undefined;
  /** Finds out, unless the fact is recent; waits only a moment, then lets it continue in the background. */
  learn(source: NamedSource): Promise<void>;
}

/** Options of {@link createBackgroundFacts}. */
export interface BackgroundFactsOptions<Fact> {
  /** Finds out; after a failure, the next request tries again. */
  readonly find: (source: NamedSource) => Promise<Fact>;
  /** How long a fact is valid, in milliseconds. */
  readonly validMs: (fact: Fact) => number;
  /** Epoch milliseconds. */
  readonly now: () => number;
}

/** No page waits for long: a fact that is not known yet is there for the next one. */
export function createBackgroundFacts<Fact>(
  { find, validMs, now }: BackgroundFactsOptions<Fact>,
): BackgroundFacts<Fact> {
  const facts = new Map<string, { readonly fact: Fact; readonly expiresMs: number }>();
  const finding = new Map<string, SharedTask<[], void>>();

  async function run(source: NamedSource): Promise<void> {
    try {
      const fact = await find(source);
      facts.delete(source.name);
      facts.set(source.name, { fact, expiresMs: now() + validMs(fact) });
      const [oldest] = facts.keys();
      if (facts.size > MAX_FACTS && oldest !== undefined) facts.delete(oldest);
    } catch {
      // Without credentials nothing can be found out.
    } finally {
      finding.delete(source.name);
    }
  }

  return {
    known: (name) => facts.get(name)?.fact,
    async learn(source) {
      if ((facts.get(source.name)?.expiresMs ?? 0) > now()) return;
      const task = finding.get(source.name) ?? createSharedTask(() => run(source));
      finding.set(source.name, task);
      const patience = new AbortController();
      await Promise.race([task.join(), sleep(PATIENCE_MS, patience.signal).catch(() => {})]);
      patience.abort();
    },
  };
}

const PATIENCE_MS = 300;
/** Of sources and folders. */
const MAX_FACTS = 1_000;

/** A source and its name. */
export interface NamedSource {
  /** As in URLs. */
  readonly name: string;
  readonly source: S3Source;
}
