/**
 * A caller's listener whose failures, thrown or rejected, are ignored.
 *
 * @returns `undefined` without a listener, so that callers need not put an event together.
 */
export function guardCallback<T>(callback: ((value: T) => unknown) | undefined): ((value: T) => void) | undefined {
  return callback && ((value) => {
    try {
      const result = callback(value);
      if (result instanceof Promise) result.catch(() => {});
    } catch {
      // A listener must not change what it listens to.
    }
  });
}
