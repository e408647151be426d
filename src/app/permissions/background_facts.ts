import { sleep } from "../../async/abort.ts";
import { createSharedTask, type SharedTask } from "../../async/shared_task.ts";
import type { S3Source } from "../../types/source.ts";

/** What is found out about sources in the background. */
export interface BackgroundFacts<Fact> {
  /** What is known by now. */
  known(name: string): Fact | undefined;
  /** Finds out, unless that was done lately; waits a moment for it, and lets it go on after that. */
  learn(source: NamedSource): Promise<void>;
}

/** How facts are found out. */
export interface BackgroundFactsOptions<Fact> {
  /** Finds out; if it fails, it is soon tried again. */
  readonly find: (source: NamedSource) => Promise<Fact>;
  /** How long a fact counts, in milliseconds. */
  readonly validMs: (fact: Fact) => number;
  /** Epoch milliseconds. */
  readonly now: () => number;
}

/** No page waits for long: what is not known yet, the next one knows. */
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
      // Without credentials nothing is known.
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
/** Of sources, and of folders that someone opened. */
const MAX_FACTS = 1_000;

/** The source a request names. */
export interface NamedSource {
  /** As in the configuration. */
  readonly name: string;
  /** What it stands for. */
  readonly source: S3Source;
}
