/** Work that runs once at a time and is shared by all callers. */
export interface SharedTask<Args extends unknown[], Result> {
  /** Waits for the running work, or starts it with these arguments. */
  join(...args: Args): Promise<Result>;
  /** Whether the work is running. */
  isRunning(): boolean;
}

/**
 * Runs work for all callers that arrive while it is running.
 *
 * In Workers, work ends with the request that started it, without settling, and those who wait for it in other requests
 * get an error: https://developers.cloudflare.com/workers/configuration/compatibility-flags/. One of them then starts
 * it again.
 */
export function createSharedTask<Args extends unknown[], Result>(
  work: (...args: Args) => Promise<Result>,
): SharedTask<Args, Result> {
  let running: { readonly promise: Promise<Result>; isSettled: boolean } | undefined;

  function start(...args: Args) {
    const started = {
      isSettled: false,
      promise: work(...args).finally(() => {
        started.isSettled = true;
        if (running === started) running = undefined;
      }),
    };
    return started;
  }

  async function join(...args: Args): Promise<Result> {
    const joined = running ??= start(...args);
    try {
      return await joined.promise;
    } catch (error) {
      if (joined.isSettled) throw error;
      if (running === joined) running = undefined;
      return await join(...args);
    }
  }

  return { join, isRunning: () => running !== undefined };
}
