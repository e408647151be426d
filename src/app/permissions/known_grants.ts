import { createBackgroundFacts, type NamedSource } from "./background_facts.ts";
import type { DiagnosisCheck, DiagnosisCheckName } from "../../types/diagnosis.ts";
import { folderOf } from "../browser/format.js";

/** What credentials allow besides reading. */
export interface Granted {
  /** Storing files. */
  readonly write: boolean;
  /** Deleting files. */
  readonly delete: boolean;
}

/**
 * What the credentials of sources allow, by folder, as a policy may allow something in one folder only. Anything
 * unknown counts as allowed, as the store has the last word.
 */
export interface GrantFacts {
  /** What is known by now of a folder; its path is empty or ends in `/`. */
  known(name: string, folder: string): Granted;
  /** Finds out, unless that is recent; waits only a moment, then lets it continue in the background. */
  learn(source: NamedSource, folder: string): Promise<void>;
  /**
   * Whether the store honours conditions, so that nobody replaces what someone else has just stored, if that is known.
   */
  conditions(name: string): boolean | undefined;
  /** Notes that the store has denied something with `AccessDenied`, or has done it. */
  note(name: string, seen: SeenGrant): void;
}

/** What a request has shown. */
export interface SeenGrant {
  /** Relative to the source. */
  readonly path: string;
  /** The action. */
  readonly what: keyof Granted;
  /** Whether the store did it. */
  readonly isAllowed: boolean;
}

/** @param now Epoch milliseconds. */
export function createGrantFacts(now: () => number): GrantFacts {
  const facts = createBackgroundFacts<FoundGrant>({
    async find({ source }) {
      const { checks } = await source.diagnose();
      const has = (wanted: DiagnosisCheckName, outcome: DiagnosisCheck["outcome"]) =>
        checks.some((check) => check.name === wanted && check.outcome === outcome);
      return {
        write: !has("write", "denied") && !has("connect", "denied"),
        delete: !has("delete", "denied") && !has("connect", "denied"),
        conditions: readConditions(checks),
        isKnown: !has("connect", "failed"),
      };
    },
    validMs({ isKnown, write, delete: canDelete }) {
      if (!isKnown) return UNKNOWN_MS;
      // Where nothing can be deleted, the file that was written to find out stays: do that only once.
      return write && !canDelete ? Infinity : VALID_MS;
    },
    now,
  });
  const seen = new Map<string, { readonly isAllowed: boolean; readonly expiresMs: number }>();

  const seenAt = (name: string, folder: string, what: keyof Granted) => {
    const entry = seen.get(keyOf(name, folder, what));
    return entry && entry.expiresMs > now() ? entry.isAllowed : undefined;
  };

  /** Looks up the nearest folder of which it is known. */
  function nearest(
    name: string,
    folder: string,
    what: keyof Granted,
  ): { folder: string; isAllowed: boolean } | undefined {
    for (let at = folder;; at = folderOf(at)) {
      const isAllowed = seenAt(name, at, what) ?? facts.known(keyOf(name, at))?.[what];
      if (isAllowed !== undefined) return { folder: at, isAllowed };
      if (at === "") return undefined;
    }
  }

  // What a folder allows, its subfolders allow too; what it denies, they may still allow.
  const allows = (name: string, folder: string, what: keyof Granted) => {
    const found = nearest(name, folder, what);
    return found === undefined || found.isAllowed || found.folder !== folder;
  };

  return {
    known: (name, folder) => ({ write: allows(name, folder, "write"), delete: allows(name, folder, "delete") }),
    conditions: (name) => facts.known(keyOf(name, ""))?.conditions,
    async learn({ name, source }, folder) {
      await facts.learn({ name: keyOf(name, ""), source });
      const isOpen = (["write", "delete"] as const).some((what) =>
        nearest(name, folder, what)?.isAllowed === false && seenAt(name, folder, what) === undefined
      );
      if (folder !== "" && isOpen) await facts.learn({ name: keyOf(name, folder), source: source.folder(folder) });
    },
    note(name, { path, what, isAllowed }) {
      const folder = folderOf(path);
      const key = keyOf(name, folder, what);
      const former = seen.get(key);
      // Most successes were expected, and need not be remembered.
      if (isAllowed && former === undefined && nearest(name, folder, what)?.isAllowed !== false) return;
      seen.delete(key);
      seen.set(key, { isAllowed, expiresMs: now() + VALID_MS });
      const [oldest] = seen.keys();
      if (seen.size > MAX_SEEN && oldest !== undefined) seen.delete(oldest);
    },
  };
}

/** The findings of a diagnosis. */
interface FoundGrant extends Granted {
  readonly conditions: boolean | undefined;
  /** Whether the store could be asked. */
  readonly isKnown: boolean;
}

/** Whether uploads honour conditions, by a diagnosis. */
function readConditions(checks: readonly DiagnosisCheck[]): boolean | undefined {
  const found = checks.filter(({ name }) =>
    name === "ifNoneMatch" || name === "ifMatch" || name === "multipartIfNoneMatch"
  );
  // Skipped as good: the configuration says that they are ignored.
  if (found.some(({ outcome, ok }) => outcome === "ignored" || (outcome === "skipped" && ok))) return false;
  return found.length > 0 && found.every(({ outcome }) => outcome === "allowed") ? true : undefined;
}

function keyOf(...parts: string[]): string {
  return parts.join("\0");
}

/** A broker may allow more tomorrow. */
const VALID_MS = 15 * 60_000;
/** The store may be back in a moment. */
const UNKNOWN_MS = 10_000;
const MAX_SEEN = 1_000;
