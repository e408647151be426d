/**
 * Makes a function that does some work, but not again before a pause is over: until then it returns the last outcome.
 *
 * @param now Epoch milliseconds.
 */
export function atMostEvery<Outcome>(pauseMs: number, now: () => number, work: () => Outcome): () => Outcome {
  let last: { readonly atMs: number; readonly outcome: Outcome } | undefined;
  return () => {
    const sinceMs = last === undefined ? Infinity : now() - last.atMs;
    // Less than nothing: the clock was set back.
    if (last === undefined || sinceMs >= pauseMs || sinceMs < 0) last = { atMs: now(), outcome: work() };
    return last.outcome;
  };
}
