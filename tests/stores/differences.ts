import type { Limit, Limits } from "../conformance/limited_tests.ts";
import type { Difference, StoreName } from "./difference.ts";
import { CONDITIONS } from "./differences/conditions.ts";
import { MULTIPART } from "./differences/multipart.ts";
import { NAMES } from "./differences/names.ts";
import { READING } from "./differences/reading.ts";
import { WRITING } from "./differences/writing.ts";

/** All that was found when the tests were run on each store; every run finds it again. */
export const DIFFERENCES: readonly Difference[] = [...NAMES, ...READING, ...WRITING, ...CONDITIONS, ...MULTIPART];

/**
 * The tests that ask for more than a store can.
 *
 * @param kind Those of a broker's keys are registered apart from the others. Default: the others.
 */
export function limitsOf(store: StoreName, kind: "failures" | "brokerFailures" = "failures"): Limits {
  const limits: Record<string, Limit> = {};
  for (const { instead } of DIFFERENCES) {
    const { seen = "", [kind]: failures = {} } = instead[store] ?? {};
    for (const [test, failure] of Object.entries(failures)) limits[test] = { seen, failure };
  }
  return limits;
}
