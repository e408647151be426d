/** Loads something with its first use, once for all who ask. What has failed to load is loaded again. */
export function lazy<T extends object>(load: () => Promise<T>): () => T | Promise<T> {
  let loaded: T | Promise<T> | undefined;
  return () =>
    loaded ??= load().then((value) => loaded = value, (error) => {
      loaded = undefined;
      throw error;
    });
}
