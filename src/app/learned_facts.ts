import { sleep } from "../s3/abort.ts";
import { createSharedTask, type SharedTask } from "../shared_task.ts";
import type { NamedSource } from "./named_source.ts";

/** What is found out about sources in the background. */
export interface LearnedFacts<Fact> {
  /** What is known by now. */
  known(name: string): Fact | undefined;
  /** Finds out, unless that was done lately; waits a moment for it, and lets it go on after that. */
  learn(source: NamedSource): Promise<void>;
  /** Something was found out elsewhere. */
  note(name: string, fact: Fact): void;
}

/** How facts are found out. */
export interface LearnedFactsOptions<Fact> {
  /** Finds out; if it fails, it is soon tried again. */
  readonly find: (source: NamedSource) => Promise<Fact>;
  /** How long a fact counts, in milliseconds. */
  readonly validMs: (fact: Fact) => number;
  /** Epoch milliseconds. */
  readonly now: () => number;
}

/** No page waits for long: what is not known yet, the next one knows. */
export function createLearnedFacts<Fact>({ find, validMs, now }: LearnedFactsOptions<Fact>): LearnedFacts<Fact> {
  const facts = new Map<string, Fact>();
  const finding = new Map<string, SharedTask<[], void>>();
  const expiresMs = new Map<string, number>();

  async function run(source: NamedSource): Promise<void> {
    try {
      const fact = await find(source);
      facts.set(source.name, fact);
      expiresMs.set(source.name, now() + validMs(fact));
    } catch {
      // Without credentials nothing is known.
    }
  }

  return {
    known: (name) => facts.get(name),
    async learn(source) {
      if ((expiresMs.get(source.name) ?? 0) > now()) return;
      const task = finding.get(source.name) ?? createSharedTask(() => run(source));
      finding.set(source.name, task);
      const patience = new AbortController();
      await Promise.race([task.join(), sleep(PATIENCE_MS, patience.signal).catch(() => {})]);
      patience.abort();
    },
    note(name, fact) {
      facts.set(name, fact);
      expiresMs.set(name, Math.min(expiresMs.get(name) ?? 0, now() + validMs(fact)));
    },
  };
}

const PATIENCE_MS = 300;
