import type { NamedSource } from "./named_source.ts";
import { createLearnedFacts } from "./learned_facts.ts";

/** What credentials allow beside reading. */
export interface Granted {
  /** Storing files. */
  readonly write: boolean;
  /** Deleting files. */
  readonly delete: boolean;
}

/** What is known of the sources' credentials. What is not known is taken to be allowed: the store has the last word. */
export interface GrantFacts {
  /** What is known by now. */
  known(name: string): Granted;
  /** Finds out, unless that was done lately; waits a moment for it, and lets it go on after that. */
  learn(source: NamedSource): Promise<void>;
  /** The store has refused one of the two. */
  deny(name: string, what: keyof Granted): void;
}

/** @param now Epoch milliseconds. */
export function createGrantFacts(now: () => number): GrantFacts {
  const facts = createLearnedFacts<Granted>({
    async find({ source }) {
      const { checks } = await source.diagnose();
      const isDenied = (wanted: string) => checks.some(({ name, outcome }) => name === wanted && outcome === "denied");
      return { write: !isDenied("write"), delete: !isDenied("delete") };
    },
    // What was written to find out cannot be removed where nothing can be deleted: once is enough there.
    validMs: (granted) => granted.write && !granted.delete ? Infinity : VALID_MS,
    now,
  });
  const known = (name: string) => facts.known(name) ?? UNKNOWN;
  return { known, learn: facts.learn, deny: (name, what) => facts.note(name, { ...known(name), [what]: false }) };
}

const UNKNOWN: Granted = { write: true, delete: true };
/** Grants change, though seldom: a broker may allow more tomorrow. */
const VALID_MS = 15 * 60_000;
