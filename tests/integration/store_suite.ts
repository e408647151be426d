import { conformance } from "../conformance/conformance.ts";
import { createLimitedTests, type Limits } from "../conformance/limited_tests.ts";
import { testCors } from "./cors.ts";
import { testLeftovers, testOracles } from "./oracles.ts";
import type { TestStore } from "./test_store.ts";

/** How {@link testStore} tests a store. */
export interface StoreTestOptions {
  /** The store's name, for those of the tests. */
  readonly name: string;
  /** Tests that ask for more than it can. */
  readonly limits: Limits;
  /** It goes on listing a folder for a while after its last file is gone. Default `false`. */
  readonly keepsEmptyFolders?: boolean;
}

/** Registers every test that a real store can be put to with keys that may do everything. */
export function testStore(store: TestStore, { name, limits, keepsEmptyFolders = false }: StoreTestOptions): void {
  const { test, end } = createLimitedTests(name, limits);
  const { config, listUploads } = store;
  conformance({
    test,
    open: () => ({ config, listUploads, keepsEmptyFolders, fetch: (input, init) => fetch(input, init) }),
  });
  testCors(store, test);
  testOracles(store, test);
  testLeftovers(store, test);
  end();
}
