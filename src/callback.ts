/** A caller's function whose failures, thrown or rejected, are its own: whoever is told of something must not change it. */
export function guardCallback<T>(callback: ((value: T) => unknown) | undefined): (value: T) => void {
  if (callback === undefined) return () => {};
  return (value) => {
    try {
      const result = callback(value);
      if (result instanceof Promise) result.catch(() => {});
    } catch {
      // Its own.
    }
  };
}
