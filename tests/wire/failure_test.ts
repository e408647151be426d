import { assert, assertEquals, assertInstanceOf, assertRejects } from "@std/assert";
import {
  AccessDeniedError,
  CredentialsExpiredError,
  FileNotFoundError,
  FileTooLargeError,
  IntegrityError,
  InvalidArgumentError,
  PreconditionFailedError,
  RangeNotSatisfiableError,
  S3SourceError,
  ServiceError,
  TimeoutError,
} from "../../mod.ts";
import { toError } from "../../src/s3/failure.ts";
import { withPurpose } from "../../src/s3/purpose.ts";
import { s3Error, stubFetch, stubSource } from "../support/stub_fetch.ts";

const NO_ROOM = "the store has no room left for it";
const REFUSALS: readonly (readonly [status: number, code: string, reason: string])[] = [
  [403, "QuotaExceeded", NO_ROOM],
  [507, "InsufficientStorage", NO_ROOM],
  [507, "XMinioStorageFull", NO_ROOM],
  [500, "XMinioStorageFull", NO_ROOM],
  [400, "XMinioAdminBucketQuotaExceeded", NO_ROOM],
  [403, "InvalidObjectState", "the file is archived; restore it first"],
  [403, "ObjectNotInActiveTierError", "the file is archived; restore it first"],
  [403, "RequestTimeTooSkewed", "the clock of this machine differs"],
  [400, "KeyTooLongError", "its name is too long for the store"],
  [403, "AccountProblem", "the account at the store is suspended"],
  [403, "NotSignedUp", "the account at the store is suspended"],
  [403, "AllAccessDisabled", "the store has disabled all access"],
  [403, "SignatureDoesNotMatch", "the store does not accept the signature"],
  [403, "InvalidAccessKeyId", "the store does not know the access key"],
  [403, "InvalidClientTokenId", "the store does not know the access key"],
  [403, "InvalidTokenId", "the store does not accept the session token"],
  [401, "Unauthorized", "the store does not accept the credentials"],
  [404, "NoSuchBucket", "the store has no such bucket; are its name and the endpoint correct?"],
  [301, "PermanentRedirect", 'the bucket is in another region; set the option "region", or correct the endpoint'],
  [400, "AuthorizationHeaderMalformed", 'the bucket is in another region; set the option "region"'],
  [403, "InvalidPayer", "the store responded with 403"],
];

for (const [status, code, reason] of REFUSALS) {
  Deno.test(`upload() explains ${status} ${code}, and does not retry`, async () => {
    const store = stubFetch(s3Error(status, code, { message: "As the store says it" }));
    const error = await assertRejects(() => stubSource(store).upload("a.bin", "x"), ServiceError, reason);
    assert(error.message.startsWith('Cannot upload "a.bin": '), error.message);
    assert(error.message.endsWith(`(${code}: As the store says it)`), error.message);
    assertEquals([error.code, error.status, store.requests.length], [code, status, 1]);
  });
}

Deno.test("upload() treats a 507 without a code as a full store", async () => {
  const store = stubFetch(new Response("disk full", { status: 507 }));
  const error = await assertRejects(() => stubSource(store).upload("a.txt", "x"), ServiceError, NO_ROOM);
  assertEquals([error.code, store.requests.length], ["InsufficientStorage", 1]);
});

Deno.test("only AccessDenied, and a 403 without a body after HEAD, become an AccessDeniedError", async () => {
  const denied = async (response: Response, operate: (source: ReturnType<typeof stubSource>) => Promise<unknown>) => {
    const error = await operate(stubSource(stubFetch(response))).catch((error: unknown) => error);
    assertInstanceOf(error, S3SourceError);
    return error instanceof AccessDeniedError;
  };
  assertEquals(await denied(s3Error(403, "AccessDenied"), (source) => source.read("a")), true);
  assertEquals(await denied(new Response(null, { status: 403 }), (source) => source.stat("a")), true);
  assertEquals(await denied(new Response("<html>", { status: 403 }), (source) => source.read("a")), false);
  assertEquals(await denied(new Response("<html>", { status: 403 }), (source) => source.stat("a")), false);
});

Deno.test("a 404 that is not S3's does not look like a missing file", async () => {
  const source = stubSource(stubFetch(new Response("<html>Not here", { status: 404 })));
  await assertRejects(
    () => source.upload("a.txt", "x"),
    ServiceError,
    "the store responded with 404; is the endpoint correct?",
  );
  await assertRejects(() => source.list(), ServiceError, "the store responded with 404; is the endpoint correct?");
  await assertRejects(() => source.delete("a.txt"), ServiceError, "the store responded with 404");
});

const CREDENTIALS = { accessKeyId: "A", secretAccessKey: "secret-key" };

for (
  const [name, response, type, code] of [
    ["a 408 without a code", { status: 408 }, TimeoutError, "Timeout"],
    ["RequestTimeout", { status: 400, code: "RequestTimeout" }, TimeoutError, "RequestTimeout"],
    ["a 416", { status: 416, code: "InvalidRange" }, RangeNotSatisfiableError, "RangeNotSatisfiable"],
    ["a 412", { status: 412 }, PreconditionFailedError, "PreconditionFailed"],
    ["EntityTooLarge", { status: 400, code: "EntityTooLarge" }, FileTooLargeError, "EntityTooLarge"],
    ["a 413 of a proxy", { status: 413 }, FileTooLargeError, "FileTooLarge"],
    ["a redirect in a browser", { status: 0 }, ServiceError, "Redirect"],
    ["InvalidDigest", { status: 400, code: "InvalidDigest" }, IntegrityError, "InvalidDigest"],
    ["ExpiredToken", { status: 400, code: "ExpiredToken" }, CredentialsExpiredError, "ExpiredToken"],
    [
      "TokenRefreshRequired",
      { status: 400, code: "TokenRefreshRequired" },
      CredentialsExpiredError,
      "TokenRefreshRequired",
    ],
    [
      "a conflict with another request",
      { status: 409, code: "ConditionalRequestConflict" },
      PreconditionFailedError,
      "ConditionalRequestConflict",
    ],
    ["a 404 without a code", { status: 404 }, FileNotFoundError, "FileNotFound"],
    ["a 300 without a code", { status: 300 }, ServiceError, "Redirect"],
    ["a 400 without a code", { status: 400 }, ServiceError, "UnexpectedStatus"],
  ] as const
) {
  Deno.test(`toError() turns ${name} into ${type.name} ${code}`, () => {
    const error = toError(response, { action: 'read "a"', path: "a", isObjectRead: true }, CREDENTIALS);
    assert(error instanceof type);
    assertEquals([error.code, error.status, error.path], [code, response.status, "a"]);
    assert(error.message.startsWith('Cannot read "a": '), error.message);
  });
}

Deno.test("toError() cuts the store's message after 300 characters", () => {
  const response = { status: 400, code: "InvalidRequest", message: "x".repeat(1_000) };
  const { message } = toError(response, { action: "read" }, CREDENTIALS);
  assertEquals(message, `Cannot read: the store responded with 400 (InvalidRequest: ${"x".repeat(299)}…)`);
});

for (const type of [TimeoutError, InvalidArgumentError, FileTooLargeError, ServiceError]) {
  Deno.test(`withPurpose() completes the message of a ${type.name}, and keeps the rest`, () => {
    const cause = new Error("underneath");
    const error = withPurpose(new type("it broke", { code: "Some", cause }), { action: 'read "a"', path: "a" });
    assert(error instanceof type);
    assertEquals([error.message, error.code, error.path, error.cause], [
      'Cannot read "a": it broke',
      "Some",
      "a",
      cause,
    ]);
    assertEquals(withPurpose(error, { action: "list" }), error);
  });
}
