import { assert, assertEquals, assertRejects } from "@std/assert";
import { createHash } from "node:crypto";
import { createS3Source, InvalidArgumentError, InvalidPathError, type S3SourceEvent, ServiceError } from "../../mod.ts";
import { KEYS, s3Error, type SentRequest, stubFetch, stubSource } from "../support/stub_fetch.ts";

Deno.test("deleteMany() refuses a string, which is an iterable of characters", async () => {
  const store = stubFetch();
  for (const text of ["abc", new String("abc")]) {
    await assertRejects(
      () => stubSource(store).deleteMany(text as never),
      InvalidArgumentError,
      "must be an iterable of strings",
    );
  }
  assertEquals(store.requests.length, 0);
});

for (
  const [name, response] of [
    ["404 NoSuchKey", s3Error(404, "NoSuchKey")],
    ["a 404 without a body", new Response(null, { status: 404 })],
  ] as const
) {
  Deno.test(`delete() succeeds after ${name}`, async () => {
    const store = stubFetch(response);
    assertEquals(await stubSource(store).delete("a.txt"), undefined);
    assertEquals(store.requests.map(({ method }) => method), ["DELETE"]);
  });
}

Deno.test("delete() rejects after 404 NoSuchBucket", async () => {
  const deleting = () => stubSource(stubFetch(s3Error(404, "NoSuchBucket"))).delete("a.txt");
  await assertRejects(deleting, ServiceError, 'Cannot delete "a.txt": the store has no such bucket');
});

Deno.test("delete() rejects after 200 with a page", async () => {
  const deleting = () => stubSource(stubFetch(new Response("<html>Log in</html>"))).delete("a.txt");
  const error = await assertRejects(deleting, ServiceError, "S3's has no body, and this one does");
  assertEquals(error.code, "InvalidResponse");
});

for (
  const [name, others] of [
    ["does not mention", ""],
    ["does not name", "<Deleted/><Error><Code>AccessDenied</Code></Error>"],
    ["names otherwise", "<Deleted><Key>b</Key></Deleted><Deleted><Key>team%2Fc</Key></Deleted>"],
  ]
) {
  Deno.test(`deleteMany() deletes files that the response ${name} by requests of their own`, async () => {
    const warnings: S3SourceEvent[] = [];
    const store = stubFetch(
      new Response(`<DeleteResult><Deleted><Key>team/a</Key></Deleted>${others}</DeleteResult>`),
      ({ url }) => url.endsWith("/b") ? new Response(null, { status: 204 }) : s3Error(403, "AccessDenied"),
    );
    const onEvent = (event: S3SourceEvent) => void (event.type === "warning" && warnings.push(event));
    const { deletedCount, errors } = await stubSource(store, {}, { onEvent }).deleteMany(["a", "b", "c"]);
    assertEquals([deletedCount, errors.map(({ path, code }) => [path, code])], [2, [["c", "AccessDenied"]]]);
    assertEquals(store.requests.map(({ method, url }) => `${method} ${new URL(url).pathname}`), [
      "POST /media",
      "DELETE /media/team/b",
      "DELETE /media/team/c",
    ]);
    const message =
      'The response of DeleteObjects does not name 2 of 3 files, such as "b"; they are deleted one by one';
    assertEquals(warnings, [{ type: "warning", code: "UnnamedFiles", message }]);
  });
}

Deno.test("deleteMany() reports files as not deleted if the response is another document", async () => {
  const store = stubFetch(new Response("<html>log in</html>"));
  const { deletedCount, errors } = await stubSource(store, {}, { retry: { maxAttempts: 1 } }).deleteMany(["a"]);
  assertEquals([deletedCount, errors.map(({ code }) => code), store.requests.length], [0, ["InvalidResponse"], 1]);
  assertEquals(
    errors[0]?.message,
    'Cannot delete "a": the response cannot be used: it is not a DeleteResult (200, text/plain: "log in")',
  );
});

/** The keys that a DeleteObjects names. */
function keysIn({ body }: SentRequest): string[] {
  return Array.from(body.matchAll(/<Key>(.*?)<\/Key>/g), ([, key = ""]) => key);
}

/** DeleteObjects' answer: all are deleted. */
function allDeleted(request: SentRequest): Response {
  const deleted = keysIn(request).map((key) => `<Deleted><Key>${key}</Key></Deleted>`);
  return new Response(`<DeleteResult>${deleted.join("")}</DeleteResult>`);
}

const names = (count: number) => Array.from({ length: count }, (_, index) => `${index}`);

Deno.test("deleteMany() sends 1,000 keys a request, each once", async () => {
  const store = stubFetch(allDeleted);
  const { deletedCount } = await stubSource(store).deleteMany([...names(1_001), "0"]);
  assertEquals(deletedCount, 1_001);
  assertEquals(store.requests.map((request) => keysIn(request).length), [1_000, 1]);
});

Deno.test("deleteMany() deletes nothing in another folder when newer keys are for that", async () => {
  let folder = "one";
  const store = stubFetch((request) => {
    if (store.requests.length !== 2) return allDeleted(request);
    folder = "two";
    return s3Error(403, "InvalidAccessKeyId");
  });
  const source = createS3Source({ bucket: "media", endpointUrl: "http://store.test" }, {
    fetch: store.fetch,
    credentials: () => Promise.resolve({ ...KEYS, accessKeyId: `KEY-${folder}`, prefix: folder }),
  });
  const { deletedCount, errors } = await source.deleteMany(names(1_001));
  assertEquals([deletedCount, errors.map(({ path, name }) => [path, name])], [1_000, [["1000", "ScopeChangedError"]]]);
  assert(store.requests.flatMap(keysIn).every((key) => key.startsWith("one/")));
});

Deno.test("deleteMany() deletes a file by a request of its own if XML cannot have its name", async () => {
  const store = stubFetch((request) =>
    request.method === "DELETE" ? new Response(null, { status: 204 }) : allDeleted(request)
  );
  assertEquals(await stubSource(store).deleteMany(["a", "\uffff"]), { deletedCount: 2, errors: [] });
  assertEquals(store.requests.map(({ method, url }) => `${method} ${new URL(url).pathname}`), [
    "DELETE /media/team/%EF%BF%BF",
    "POST /media",
  ]);
});

Deno.test("deleteMany() reports the files of a request that failed, and deletes the others", async () => {
  const store = stubFetch((request) =>
    keysIn(request).length === 1_000 ? s3Error(403, "AccessDenied") : allDeleted(request)
  );
  const { deletedCount, errors } = await stubSource(store).deleteMany(names(1_001));
  assertEquals([deletedCount, errors.length], [1, 1_000]);
  assertEquals(
    errors.slice(0, 1).map((
      { name, message, code, status, path, requestId },
    ) => [name, message, code, status, path, requestId]),
    [
      [
        "AccessDeniedError",
        'Cannot delete "0": the credentials do not allow it (AccessDenied)',
        "AccessDenied",
        403,
        "0",
        "R1",
      ],
    ],
  );
});

for (const reason of [new RangeError("enough"), new ServiceError("enough")]) {
  Deno.test(`deleteMany() that is aborted rejects with the reason, a ${reason.name}, and sends no more`, async () => {
    const controller = new AbortController();
    const store = stubFetch((request) => {
      controller.abort(reason);
      return allDeleted(request);
    });
    const deleting = stubSource(store).deleteMany(names(2_001), { signal: controller.signal });
    assertEquals(await deleting.catch((error) => error), reason);
    assertEquals(store.requests.length, 1);
  });
}

Deno.test("deleteMany() sends nothing if one of the keys is too long", async () => {
  const store = stubFetch(allDeleted);
  const deleting = stubSource(store).deleteMany(["fine", "a".repeat(1_021)]);
  await assertRejects(() => deleting, InvalidPathError, "with the source's prefix");
  assertEquals(store.requests.length, 0);
});

Deno.test("deleteMany() sends the MD5 in place of a checksum to stores that reject checksums", async () => {
  const store = stubFetch(allDeleted);
  await stubSource(store, { store: { checksums: "none" } }).deleteMany(["a"]);
  const { headers, body } = store.requests[0] ?? {};
  assertEquals(headers?.get("content-md5"), createHash("md5").update(body ?? "").digest("base64"));
  assertEquals(headers?.has("x-amz-checksum-sha256"), false);
});

Deno.test("deleteMany() takes a file for one with an error if the response has both", async () => {
  const key = "<Key>team/a</Key>";
  const both = `<Error>${key}<Code>MalformedXML</Code></Error><Deleted>${key}</Deleted>`;
  const { deletedCount, errors } = await stubSource(stubFetch(new Response(`<DeleteResult>${both}</DeleteResult>`)))
    .deleteMany(["a"]);
  assertEquals([deletedCount, errors.map(({ code }) => code)], [0, ["MalformedXML"]]);
});

Deno.test("delete() sends one DELETE, and takes a missing file for deleted", async () => {
  const store = stubFetch(new Response(null, { status: 204 }));
  await stubSource(store).delete("a b");
  assertEquals(store.requests.map(({ method, url }) => `${method} ${url}`), [
    "DELETE http://store.test:8333/media/team/a%20b",
  ]);
});

Deno.test("deleteMany() does not show a code in which the store repeats the secret key", async () => {
  const error = `<Error><Key>team/a</Key><Code>${KEYS.secretAccessKey}</Code></Error>`;
  const store = stubFetch(new Response(`<DeleteResult>${error}</DeleteResult>`));
  const { errors } = await stubSource(store).deleteMany(["a"]);
  assertEquals(errors.map(({ path, code, message }) => [path, code, message]), [
    ["a", "UnknownError", 'Cannot delete "a": the store did not do it'],
  ]);
});

Deno.test("deleteMany() has an error of the fitting class for each file", async () => {
  const failed = (path: string, code: string) =>
    `<Error><Key>team/${path}</Key><Code>${code}</Code><Message>no</Message></Error>`;
  const failures = failed("a", "AccessDenied") + failed("b", "MethodNotAllowed") + failed("c", "NoSuchKey");
  const store = stubFetch(new Response(`<DeleteResult>${failures}</DeleteResult>`));
  const { deletedCount, errors } = await stubSource(store).deleteMany(["a", "b", "c"]);
  assertEquals([deletedCount, ...errors.map(({ name, path, code, message }) => [name, path, code, message])], [
    1,
    ["AccessDeniedError", "a", "AccessDenied", 'Cannot delete "a": the credentials do not allow it (AccessDenied: no)'],
    ["ServiceError", "b", "MethodNotAllowed", 'Cannot delete "b": the store did not do it (MethodNotAllowed: no)'],
  ]);
});

Deno.test("deleteMany() deletes one by one those files for which the store was busy", async () => {
  const result = (path: string, code: string) => `<Error><Key>team/${path}</Key><Code>${code}</Code></Error>`;
  const busy = result("a", "SlowDown") + result("b", "AccessDenied") + result("c", "InternalError");
  const store = stubFetch(
    new Response(`<DeleteResult>${busy}</DeleteResult>`),
    new Response(null, { status: 204 }),
    s3Error(403, "AccessDenied"),
  );
  const source = stubSource(store, {}, { upload: { concurrency: 1 } });
  const { deletedCount, errors } = await source.deleteMany(["a", "b", "c"]);
  assertEquals([deletedCount, errors.map(({ path, code }) => `${path} ${code}`)], [
    1,
    ["b AccessDenied", "c AccessDenied"],
  ]);
  assertEquals(store.requests.map(({ method }) => method), ["POST", "DELETE", "DELETE"]);
});

Deno.test("deleteMany() refuses files in place of paths", async () => {
  const store = stubFetch(allDeleted);
  const files = [{ path: "a", name: "a", size: 1 }];
  for (
    const paths of [
      files,
      (async function* () {
        yield* files;
      })(),
    ]
  ) {
    const deleting = stubSource(store).deleteMany(paths as never);
    await assertRejects(() => deleting, InvalidArgumentError, "these are files, not paths; pass the `path` of each");
  }
  assertEquals(store.requests.length, 0);
});

Deno.test("deleteMany() takes paths of an async iterable as it needs them, and stops at an invalid one", async () => {
  const store = stubFetch(allDeleted);
  let taken = 0;
  const takenAt: number[] = [];
  async function* paths() {
    for (; taken < 2_500; taken++) {
      if (taken > 0 && taken % 1_000 === 0) takenAt.push(store.requests.length);
      yield `${taken}`;
    }
    yield "../escape";
  }
  await assertRejects(() => stubSource(store).deleteMany(paths()), InvalidPathError);
  assertEquals(takenAt, [1, 2]);
  assertEquals(store.requests.map((request) => keysIn(request).length), [1_000, 1_000]);
  async function* three() {
    yield* names(3);
  }
  assertEquals(await stubSource(store).deleteMany(three()), { deletedCount: 3, errors: [] });
});
