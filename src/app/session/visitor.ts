import type { Actor, FileAction } from "../permissions/allow_rules.ts";

/** Who sends a request, and how that is known. */
export interface Visitor {
  /** `null` if nobody is logged in. */
  readonly actor: Actor | null;
  /** Absent if nobody is logged in. */
  readonly login?: LoginFacts;
  /** What an access token is limited to; absent for people. */
  readonly only?: TokenScope;
}

/** How someone is logged in. */
export interface LoginFacts {
  /** `root`: the operator, who may do everything. `own`: by the application. */
  readonly method: "root" | "oidc" | "header" | "own" | "token";
  /** As people call it. */
  readonly label: string;
  /** When it ends, in epoch milliseconds; absent if that is up to someone else. */
  readonly expiresMs?: number;
  /** Whether it is the operator's, or a token of the operator. */
  readonly isOperator: boolean;
}

/** What an access token is for: never more than its owner may do. */
export interface TokenScope {
  readonly actions: readonly FileAction[];
  /** Names of sources. */
  readonly sources: readonly string[];
}

/** A visitor who is not logged in. */
export const NOBODY: Visitor = { actor: null };
