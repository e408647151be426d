import { assertRejects, assertStringIncludes } from "@std/assert";

/** What a store does where a test asks for more than it can. */
export interface Limit {
  /** What was seen when it was tried, in words. */
  readonly seen: string;
  /** What the test's failure has to say: the evidence for `seen`. */
  readonly failure: string;
}

/** Limits of a store, by the names of the tests. */
export type Limits = Readonly<Record<string, Limit>>;

/** Registers one test: its name, and what it does. */
export type LimitedTest = (name: string, run: () => Promise<void>) => void;

/** The tests of one store. */
export interface LimitedTests {
  /** Registers a test. One that is beyond the store has to fail, and as its limit says. */
  readonly test: LimitedTest;
  /**
   * Called behind the last test.
   *
   * @throws {Error} If there are limits of tests that do not exist.
   */
  end(): void;
}

/**
 * Makes what registers tests for one store.
 *
 * @param limits Tests that ask for more than it can. Default: none.
 * @param register Takes each test, with the store and its limit in the name. Default: `Deno.test`.
 */
export function createLimitedTests(
  storeName: string,
  limits: Limits = {},
  register: LimitedTest = (name, run) => Deno.test(name, run),
): LimitedTests {
  const left = new Set(Object.keys(limits));
  return {
    test(name, run) {
      const limit = limits[name];
      left.delete(name);
      if (limit === undefined) return register(`${name} [${storeName}]`, run);
      register(`${name} [${storeName}] is beyond it: ${limit.seen}`, async () => {
        const error = await assertRejects(run, Error, "", "The store can do this by now; take it off its limits.");
        assertStringIncludes(plainText(error.message), limit.failure);
      });
    },
    end() {
      if (left.size > 0) throw new Error(`Limits of tests that do not exist: ${[...left].join("; ")}`);
    },
  };
}

/** A message without colours, and with the quotes that Deno puts around a text where other runtimes have single ones. */
function plainText(message: string): string {
  // deno-lint-ignore no-control-regex
  return message.replaceAll(/\x1b\[[\d;]*m/g, "").replaceAll("'", '"');
}
