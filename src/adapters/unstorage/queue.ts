/** Runs a task when it is its turn. */
export type Queue = <T>(task: () => Promise<T>) => Promise<T>;

/** A queue that runs so many tasks at a time, in the order of its calls. */
export function createQueue(concurrency: number): Queue {
  const waiting: (() => void)[] = [];
  let running = 0;
  return async (task) => {
    if (running === concurrency) await new Promise<void>((resolve) => waiting.push(resolve));
    else running++;
    try {
      return await task();
    } finally {
      const next = waiting.shift();
      if (next === undefined) running--;
      else next();
    }
  };
}
