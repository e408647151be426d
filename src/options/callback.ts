/**
 * A caller's function whose failures, thrown or rejected, are its own: whoever is told of something must not change it.
 *
 * @returns `undefined` if there is none, so that what it would be told need not be put together.
 */
export function guardCallback<T>(callback: ((value: T) => unknown) | undefined): ((value: T) => void) | undefined {
  return callback && ((value) => {
    try {
      const result = callback(value);
      if (result instanceof Promise) result.catch(() => {});
    } catch {
      // Its own.
    }
  });
}
