/** Work that is done once at a time, however many wait for it. */
export interface SharedTask<Args extends unknown[], Result> {
  /** Waits for what is under way, or else begins it; only then do the arguments count. */
  join(...args: Args): Promise<Result>;
  /** Whether it is under way. */
  isRunning(): boolean;
}

/**
 * Lets all who ask while something is being done wait for that, and share how it ends.
 *
 * In Workers, work ends together with the request that began it, without settling, and whoever waits for it in another request gets an error
 * instead: https://developers.cloudflare.com/workers/configuration/compatibility-flags/. They begin it anew.
 */
export function createSharedTask<Args extends unknown[], Result>(
  work: (...args: Args) => Promise<Result>,
): SharedTask<Args, Result> {
  let running: { readonly promise: Promise<Result>; isOver: boolean } | undefined;

  function begin(...args: Args) {
    const begun = {
      isOver: false,
      promise: work(...args).finally(() => {
        begun.isOver = true;
        if (running === begun) running = undefined;
      }),
    };
    return begun;
  }

  async function join(...args: Args): Promise<Result> {
    const joined = running ??= begin(...args);
    try {
      return await joined.promise;
    } catch (error) {
      if (joined.isOver) throw error;
      if (running === joined) running = undefined;
      return await join(...args);
    }
  }

  return { join, isRunning: () => running !== undefined };
}
