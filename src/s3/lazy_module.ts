import { lazy } from "../async/lazy.ts";
import { ServiceError } from "../errors.ts";

/**
 * Loads code that most programs never need. A bundler may make a file of its own of it, which may fail to arrive.
 *
 * @throws {ServiceError} With the code `"NetworkError"`, if it does.
 */
export function lazyModule<T extends object>(load: () => Promise<T>): () => T | Promise<T> {
  return lazy(() =>
    load().catch(() => {
      throw new ServiceError(NOT_LOADED, { code: "NetworkError" });
    })
  );
}

/** Without the reason, in which runtimes name the file. */
export const NOT_LOADED = "a part of this program could not be loaded";
