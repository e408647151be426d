import type { MiddlewareHandler } from "hono";
import { type AppContext, type AppEnv, type NamedSource, sourceInUrl } from "./context.ts";
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

/** Learns what a source's credentials allow before the first page of it is shown to someone who may do more than browse. */
export function learnGrants(context: AppContext): MiddlewareHandler<AppEnv> {
  const { access, grants } = context;
  return async (c, next) => {
    const named = sourceInUrl(c.req.url, context);
    const mayWrite = (name: string) =>
      (["files-upload", "files-edit", "files-delete"] as const).some((action) =>
        access.allows(c.get("actor"), action, name)
      );
    if (named !== undefined && mayWrite(named.name)) await grants.learn(named);
    await next();
  };
}

const UNKNOWN: Granted = { write: true, delete: true };
/** Grants change, though seldom: a broker may allow more tomorrow. */
const VALID_MS = 15 * 60_000;
