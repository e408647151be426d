import { kindOf } from "../../options/mapping.ts";
import { ConfigError } from "../../errors.ts";
import type { Actor } from "../permissions/allow_rules.ts";

/**
 * Asks who makes a request.
 *
 * @returns `null` for nobody, which `undefined` means too.
 * @throws {ConfigError} If the application's function fails, or returns what is no actor.
 */
export async function identify(authenticate: (request: Request) => unknown, request: Request): Promise<Actor | null> {
  let actor: unknown;
  try {
    actor = await authenticate(request);
  } catch (cause) {
    // Refused by the session itself, or by an application that throws our own errors: those say why.
    if (cause instanceof Error) throw cause;
    throw failure("it threw what is not an Error", cause);
  }
  if (actor === undefined || actor === null) return null;
  if (isActor(actor)) return actor;
  const kind = typeof actor === "object" && !Array.isArray(actor) ? "an object" : kindOf(actor);
  throw failure(`it returned ${kind} without a text as its "id"`);
}

function isActor(value: unknown): value is Actor {
  return typeof value === "object" && value !== null && !Array.isArray(value) && "id" in value &&
    typeof value.id === "string" && value.id !== "";
}

function failure(reason: string, cause?: unknown): ConfigError {
  return new ConfigError(`Cannot tell who makes a request by "authenticate": ${reason}`, { cause });
}
