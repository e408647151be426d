/** Waits for a promise until the signal aborts. The work behind the promise is not stopped. */
export function untilAborted<T>(promise: Promise<T>, signal: AbortSignal | undefined): Promise<T> {
  if (signal === undefined) return promise;
  return new Promise<T>((resolve, reject) => {
    const onAbort = () => reject(signal.reason);
    if (signal.aborted) onAbort();
    signal.addEventListener("abort", onAbort, { once: true });
    promise.then(resolve, reject).finally(() => signal.removeEventListener("abort", onAbort));
  });
}

/** Resolves after the delay, or rejects with the signal's reason as soon as it aborts. */
export function sleep(delayMs: number, signal?: AbortSignal): Promise<void> {
  let timer: ReturnType<typeof setTimeout>;
  const elapsed = new Promise<void>((resolve) => {
    timer = setTimeout(resolve, delayMs);
  });
  return untilAborted(elapsed, signal).finally(() => clearTimeout(timer));
}

/**
 * Runs abortable work with a time limit.
 *
 * @param reason Creates the error with which the work is aborted and rejects.
 */
export async function withTimeLimit<T>(
  limitMs: number,
  reason: () => Error,
  work: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
  const controller = new AbortController();
  const timer = setTimeout(() => controller.abort(reason()), limitMs);
  try {
    return await untilAborted(work(controller.signal), controller.signal);
  } finally {
    clearTimeout(timer);
  }
}

/** A signal that aborts with either of two, of which the caller's may be absent. */
export function eitherSignal(callers: AbortSignal | undefined, own: AbortSignal): AbortSignal {
  return callers === undefined ? own : AbortSignal.any([callers, own]);
}
