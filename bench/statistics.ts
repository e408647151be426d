/** A median and its quartiles. */
export interface Spread {
  readonly low: number;
  readonly median: number;
  readonly high: number;
}

/** A measured value and the round it belongs to. */
export interface RoundValue {
  /** 1 for the first. */
  readonly round: number;
  readonly value: number;
}

/**
 * A percentile, interpolated between two values.
 * https://en.wikipedia.org/wiki/Percentile#Second_variant,_C_=_1
 *
 * @param fraction 0.5 for the median.
 * @throws {RangeError} If there are no values.
 */
export function percentile(values: readonly number[], fraction: number): number {
  const sorted = Float64Array.from(values).sort();
  const place = (sorted.length - 1) * fraction;
  const below = sorted[Math.floor(place)];
  const above = sorted[Math.ceil(place)];
  if (below === undefined || above === undefined) throw new RangeError("There is no percentile of no values");
  return below + (above - below) * (place - Math.floor(place));
}

/** Median and quartiles; `undefined` without values. */
export function spreadOf(values: readonly number[]): Spread | undefined {
  if (values.length === 0) return undefined;
  return { low: percentile(values, 0.25), median: percentile(values, 0.5), high: percentile(values, 0.75) };
}

/**
 * The ratio of two figures, from the rounds that have both: a disturbance of a whole round, such as another program,
 * cancels out.
 */
export function ratioOf(values: readonly RoundValue[], others: readonly RoundValue[]): Spread | undefined {
  const otherByRound = new Map(others.map(({ round, value }) => [round, value]));
  return spreadOf(values.flatMap(({ round, value }) => {
    const other = otherByRound.get(round);
    return other === undefined || other === 0 ? [] : [value / other];
  }));
}
