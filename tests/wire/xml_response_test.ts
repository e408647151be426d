import { assertEquals, assertRejects } from "@std/assert";
import { ServiceError } from "../../mod.ts";
import { s3Error, stubFetch, stubSource } from "../support/stub_fetch.ts";

const LARGEST_BYTES = 8 * 1024 ** 2;

/** A source on a store that responds to every request with this body. */
function respondingWith(body: string) {
  return stubSource(stubFetch(() => new Response(body)), {}, { retry: { maxAttempts: 1 } });
}

Deno.test("list() reads a response of 8 MiB, and refuses a larger one", async () => {
  const xml = "<ListBucketResult></ListBucketResult>";
  assertEquals((await respondingWith(xml.padEnd(LARGEST_BYTES)).list()).files, []);
  const error = await assertRejects(
    () => respondingWith(xml.padEnd(LARGEST_BYTES + 1)).list(),
    ServiceError,
    "the response is too large",
  );
  assertEquals(error.code, "AnswerTooLarge");
});

Deno.test("list() treats an <Error> with status 200 as an error", async () => {
  const store = stubFetch(s3Error(200, "InternalError", { message: "Please try again" }));
  const source = stubSource(store, {}, { retry: { maxAttempts: 2, baseDelayMs: 0 } });
  await assertRejects(() => source.list(), ServiceError, "InternalError: Please try again");
  assertEquals(store.requests.length, 2);
});
