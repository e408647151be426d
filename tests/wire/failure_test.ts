import { assert, assertEquals, assertInstanceOf, assertMatch, assertRejects } from "@std/assert";
import { AccessDeniedError, S3SourceError, ServiceError } from "../../mod.ts";
import { appOf, failing, HTML, stubSource } from "../support/app_stub.ts";
import { s3Error, stubFetch, stubSource as sourceOn } from "../support/stub_fetch.ts";

const NO_ROOM = "the store has no room left for it";
const PLAIN: readonly (readonly [status: number, code: string, reason: string, app: readonly [number, RegExp]])[] = [
  [403, "QuotaExceeded", NO_ROOM, [507, /no room left.*files that are there are safe.*Delete/]],
  [507, "InsufficientStorage", NO_ROOM, [507, /no room left/]],
  [507, "XMinioStorageFull", NO_ROOM, [507, /no room left/]],
  [500, "XMinioStorageFull", NO_ROOM, [507, /no room left/]],
  [400, "XMinioAdminBucketQuotaExceeded", NO_ROOM, [507, /no room left/]],
  [403, "InvalidObjectState", "the file is archived, and must be restored first", [409, /safe.*restored/]],
  [403, "RequestTimeTooSkewed", "the clock of this machine differs", [502, /clock.*files are safe.*set the clock/]],
  [400, "KeyTooLongError", "its name is too long for the store", [400, /too long.*Nothing was stored.*shorter/]],
  [403, "AccountProblem", "the account at the store is suspended", [502, /account.*operator/]],
  [403, "NotSignedUp", "the account at the store is suspended", [502, /account.*operator/]],
  [403, "AllAccessDisabled", "the store has disabled all access", [403, /disabled all access.*operator/]],
  [403, "SignatureDoesNotMatch", "the store does not accept the signature", [403, /does not accept the keys/]],
  [403, "InvalidAccessKeyId", "the store does not know the access key", [403, /does not accept the keys/]],
  [403, "InvalidPayer", "the store answered 403", [502, /does not accept this.*files are safe/]],
];

for (const [status, code, reason, [answer, message]] of PLAIN) {
  Deno.test(`upload() says what ${status} ${code} means, and does not try again`, async () => {
    const store = stubFetch(s3Error(status, code, { message: "As the store says it" }));
    const error = await assertRejects(() => sourceOn(store).upload("a.txt", "x"), ServiceError, reason);
    assertEquals(error.message, `Cannot upload "a.txt": ${error.message.slice('Cannot upload "a.txt": '.length)}`);
    assert(error.message.endsWith(`(${code}: As the store says it)`), error.message);
    assertEquals([error.code, error.status, store.requests.length], [code, status, 1]);
  });

  Deno.test(`createFilesApp() says what ${status} ${code} means, and tells the operator the rest`, async () => {
    const logged: unknown[] = [];
    const error = new ServiceError("As the store says it", { code, status });
    const request = appOf(failing(error), { onError: (error) => logged.push(error) });
    const json = await request("/-/files/source/media.json");
    const page = await (await request("/-/files/source/media", { headers: HTML })).text();
    const { errors: [said] } = await json.json();
    assertMatch(said, message);
    assert(page.includes(said.replaceAll("'", "&#39;")), page);
    assertEquals([json.status, page.includes("do not allow"), page.includes("As the store")], [answer, false, false]);
    assertEquals(logged, [error, error]);
  });
}

Deno.test("upload() takes a 507 without a code for a full store", async () => {
  const store = stubFetch(new Response("disk full", { status: 507 }));
  const error = await assertRejects(() => sourceOn(store).upload("a.txt", "x"), ServiceError, NO_ROOM);
  assertEquals([error.code, store.requests.length], ["InsufficientStorage", 1]);
});

Deno.test("only AccessDenied, and a 403 of HEAD without a body, are an AccessDeniedError", async () => {
  const denied = async (answer: Response, operate: (source: ReturnType<typeof sourceOn>) => Promise<unknown>) => {
    const error = await operate(sourceOn(stubFetch(answer))).catch((error: unknown) => error);
    assertInstanceOf(error, S3SourceError);
    return error instanceof AccessDeniedError;
  };
  assertEquals(await denied(s3Error(403, "AccessDenied"), (source) => source.read("a")), true);
  assertEquals(await denied(new Response(null, { status: 403 }), (source) => source.stat("a")), true);
  assertEquals(await denied(new Response("<html>", { status: 403 }), (source) => source.read("a")), false);
  assertEquals(await denied(new Response("<html>", { status: 403 }), (source) => source.stat("a")), false);
});

Deno.test("createFilesApp() offers no second try of what cannot succeed", async () => {
  const full = () => Promise.reject(new ServiceError("full", { code: "QuotaExceeded", status: 403 }));
  const response = await appOf(stubSource({}, { list: full }))("/-/files/source/media", { headers: HTML });
  assertEquals([response.status, response.headers.get("refresh")], [507, null]);
  assert(!(await response.text()).includes("Try again"));
});
