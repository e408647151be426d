import { lazy } from "../async/lazy.ts";
import { ServiceError } from "../errors.ts";

/** Loads a module with its first use, as {@link loaded} does. */
export function lazyModule<T extends object>(load: () => Promise<T>): () => T | Promise<T> {
  return lazy(() => loaded(load()));
}

/**
 * A module that many programs never need. A bundler may make a file of its own of it, which may fail to arrive.
 *
 * @param action What then cannot be done. Default: the error's message is only the reason.
 * @throws {ServiceError} With the code `"NetworkError"`, if it does not arrive.
 */
export async function loaded<T>(module: Promise<T>, action?: string): Promise<T> {
  try {
    return await module;
  } catch {
    const cannot = action === undefined ? "" : `Cannot ${action}: `;
    throw new ServiceError(`${cannot}${NOT_LOADED}`, { code: "NetworkError" });
  }
}

/** Without the reason, in which runtimes name the file. */
export const NOT_LOADED = "a part of this program could not be loaded";
