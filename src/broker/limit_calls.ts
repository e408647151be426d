import { ServiceError } from "../errors.ts";

/**
 * The same function, called a few times at once at most; who comes later waits, in order.
 *
 * @param limits `atOnce`: calls at the same time; `waitMs`: who has waited for longer is refused.
 * @throws {ServiceError} With the code `"TooManyWaiting"`.
 */
export function limitCalls<Args extends unknown[], Result>(
  call: (...args: Args) => Promise<Result>,
  { atOnce, waitMs }: { readonly atOnce: number; readonly waitMs: number },
): (...args: Args) => Promise<Result> {
  const waiting = new Set<() => void>();
  let running = 0;

  function turn(): Promise<void> {
    if (running < atOnce) {
      running++;
      return Promise.resolve();
    }
    return new Promise((resolve, reject) => {
      const begin = () => {
        clearTimeout(timer);
        resolve();
      };
      const timer = setTimeout(() => {
        waiting.delete(begin);
        reject(
          new ServiceError("Cannot get keys from STS: too many wait for it already", { code: "TooManyWaiting" }),
        );
      }, waitMs);
      waiting.add(begin);
    });
  }

  /** Hands the place on, or gives it up. */
  function leave(): void {
    const [next] = waiting;
    if (next === undefined) return void running--;
    waiting.delete(next);
    next();
  }

  return async (...args) => {
    await turn();
    try {
      return await call(...args);
    } finally {
      leave();
    }
  };
}
