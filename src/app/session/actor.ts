import { kindOf } from "../../options/mapping.ts";
import { ConfigError } from "../../errors.ts";
import type { Actor } from "../permissions/allow_rules.ts";

/**
 * Identifies who makes a request.
 *
 * @returns `null` for nobody.
 * @throws {ConfigError} If the application's function throws anything but an `Error`, or returns anything but an actor.
 */
export async function identify(authenticate: (request: Request) => unknown, request: Request): Promise<Actor | null> {
  let actor: unknown;
  try {
    actor = await authenticate(request);
  } catch (cause) {
    if (cause instanceof Error) throw cause;
    throw failure("it threw something other than an Error", cause);
  }
  if (actor === undefined || actor === null) return null;
  if (isActor(actor)) return actor;
  const kind = typeof actor === "object" && !Array.isArray(actor) ? "an object" : kindOf(actor);
  throw failure(`it returned ${kind} without a string as its "id"`);
}

function isActor(value: unknown): value is Actor {
  return typeof value === "object" && value !== null && !Array.isArray(value) && "id" in value &&
    typeof value.id === "string" && value.id !== "";
}

function failure(reason: string, cause?: unknown): ConfigError {
  return new ConfigError(`Cannot identify who makes a request with "authenticate": ${reason}`, { cause });
}
