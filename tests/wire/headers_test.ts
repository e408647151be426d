import { assertRejects } from "@std/assert";
import { ServiceError } from "../../mod.ts";
import { stubSource } from "../support/stub_fetch.ts";

for (const length of ["-5", "0x10", "1e3", "", "5.0", "Infinity"]) {
  Deno.test(`stat() refuses a Content-Length of "${length}"`, async () => {
    const headers = { get: () => length, has: () => true, forEach: () => {} };
    const fetch = () => Promise.resolve({ status: 200, headers, body: null } as unknown as Response);
    const source = stubSource({ fetch, requests: [] }, {}, { retry: { maxAttempts: 1 } });
    await assertRejects(() => source.stat("a"), ServiceError, "no Content-Length");
  });
}
