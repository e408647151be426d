/**
 * Measures the rate over the last five seconds.
 * @param {() => number} now
 * @returns {import("./client_types.ts").Meter}
 */
export function createMeter(now) {
  /** @type {[number, number][]} */
  let samples = [];
  return {
    add: (bytes) => void (bytes > 0 && samples.push([now(), bytes])),
    rate() {
      const end = now();
      samples = samples.filter(([at]) => at > end - 5000);
      const [first] = samples;
      if (!first) return 0;
      return samples.reduce((sum, [, bytes]) => sum + bytes, 0) * 1000 / Math.max(end - first[0], 1000);
    },
  };
}
