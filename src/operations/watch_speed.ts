/**
 * Watches how fast chunks arrive.
 *
 * @returns Takes the bytes of a chunk, and the milliseconds that it took to arrive; whether the connection is so slow
 * that several would carry more.
 */
export function watchSpeed(): (byteLength: number, tookMs: number) => boolean {
  let waitedMs = 0;
  let arrivedBytes = 0;
  let slowLooks = 0;
  return (byteLength, tookMs) => {
    waitedMs += Math.min(tookMs, LONGEST_WAIT_MS);
    arrivedBytes += byteLength;
    if (waitedMs < LOOK_MS) return false;
    slowLooks = arrivedBytes < waitedMs * FAST_BYTES_PER_MS ? slowLooks + 1 : 0;
    waitedMs = 0;
    arrivedBytes = 0;
    return slowLooks === SLOW_LOOKS;
  };
}

/** 1 Gbit/s. */
const FAST_BYTES_PER_MS = 125_000;
/** Waiting between two looks. A single pause, of the store or of this process, counts as at most 20 ms. */
const LOOK_MS = 100;
const LONGEST_WAIT_MS = 20;
/** A connection is slow at first also where it is fast later, as on loopback. */
const SLOW_LOOKS = 3;
