import { assertRejects, assertStringIncludes } from "@std/assert";

/** What a store does instead of passing a test. */
export interface Limit {
  /** The observed behaviour, in words. */
  readonly seen: string;
  /** Text that the test's failure must contain, as evidence for `seen`. */
  readonly failure: string;
}

/** Limits of a store, by test name. */
export type Limits = Readonly<Record<string, Limit>>;

/** Registers a test. */
export type LimitedTest = (name: string, run: () => Promise<void>) => void;

/** The tests of one store. */
export interface LimitedTests {
  /** Registers a test. One with a limit must fail, as the limit says. */
  readonly test: LimitedTest;
  /**
   * Call it after the last test.
   *
   * @throws {Error} If a limit names a test that does not exist.
   */
  end(): void;
}

/**
 * Creates the function that registers tests for a store.
 *
 * @param limits Tests that the store cannot pass. Default: none.
 * @param register Registers a test whose name includes the store and the limit. Default: `Deno.test`.
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
        const error = await assertRejects(run, Error, "", "The store passes this test now; remove its limit.");
        assertStringIncludes(plainText(error.message), limit.failure);
      });
    },
    end() {
      if (left.size > 0) throw new Error(`Limits of tests that do not exist: ${[...left].join("; ")}`);
    },
  };
}

/** A message without colours, and with double quotes as in Deno; other runtimes use single ones. */
function plainText(message: string): string {
  // deno-lint-ignore no-control-regex
  return message.replaceAll(/\x1b\[[\d;]*m/g, "").replaceAll("'", '"');
}
