import type { StoreTraits } from "../../mod.ts";
import { conformance } from "../conformance/conformance.ts";
import { createLimitedTests, type Limits } from "../conformance/limited_tests.ts";
import { testCors } from "./cors.ts";
import { testLeftovers, testOracles } from "./oracles.ts";
import type { TestStore } from "./test_store.ts";

/** How {@link testStore} tests a store. */
export interface StoreTestOptions {
  /** The store's name, which becomes part of the tests' names. */
  readonly name: string;
  /** Tests of features that the store lacks. */
  readonly limits: Limits;
  /** What a source has to be told of the store. Default: nothing. */
  readonly traits?: StoreTraits;
  /** It keeps listing a folder for a while after its last file has been deleted. Default `false`. */
  readonly keepsEmptyFolders?: boolean;
}

/** Registers all tests of a real store with unrestricted keys. */
export function testStore(
  store: TestStore,
  { name, limits, traits = {}, keepsEmptyFolders = false }: StoreTestOptions,
): void {
  const { test, end } = createLimitedTests(name, limits);
  const { listUploads } = store;
  const config = { ...store.config, store: traits };
  conformance({
    test,
    open: () => ({ config, listUploads, keepsEmptyFolders, fetch: (input, init) => fetch(input, init) }),
  });
  testCors(store, test);
  testOracles({ ...store, config }, test);
  testLeftovers(store, test);
  end();
}
