import { assertEquals, assertRejects } from "@std/assert";
import { AccessDeniedError, createS3Source, CredentialsExpiredError } from "../../mod.ts";
import { brokerReply, s3Error, s3Object, stubFetch } from "../support/stub_fetch.ts";

const text = async (bytes: Promise<Uint8Array>) => new TextDecoder().decode(await bytes);

Deno.test("read() refreshes rejected credentials once and repeats with the new grant", async () => {
  let grants = 0;
  const store = stubFetch((request) => {
    if (request.url === "https://broker.test/") {
      grants++;
      return brokerReply({ AccessKeyId: `KEY-${grants}`, S3Folder: `s3://bucket-${grants}/folder/` });
    }
    return request.url.includes("bucket-1") ? s3Error(400, "ExpiredToken") : s3Object("hello");
  });
  const source = createS3Source({ credentialsUrl: "https://broker.test/", credentialsUrlSecret: "s" }, {
    fetch: store.fetch,
  });
  assertEquals(await Promise.all([1, 2, 3].map(() => text(source.read("a.txt")))), ["hello", "hello", "hello"]);
  assertEquals(grants, 2);
});

for (
  const code of [
    "ExpiredToken",
    "SecurityTokenExpired",
    "InvalidToken",
    "InvalidSecurity",
    "InvalidSecurityToken",
    "InvalidAccessKeyId",
    "AuthFailure",
  ]
) {
  Deno.test(`read() refreshes the credentials after ${code}`, async () => {
    let grants = 0;
    const store = stubFetch((request) => {
      if (request.url === "https://broker.test/") return brokerReply({ AccessKeyId: `KEY-${++grants}` });
      const isNew = request.headers.get("authorization")?.includes("KEY-2/") ?? false;
      return isNew ? s3Object("hello") : s3Error(400, code);
    });
    const broker = { credentialsUrl: "https://broker.test/", credentialsUrlSecret: "secret" };
    const source = createS3Source(broker, { fetch: store.fetch });
    assertEquals(new TextDecoder().decode(await source.read("a.txt")), "hello");
    assertEquals(grants, 2);
  });
}

Deno.test("read() rejects with CredentialsExpiredError when refreshed credentials are rejected too", async () => {
  const store = stubFetch((request) =>
    request.url === "https://broker.test/"
      ? brokerReply({ SessionToken: crypto.randomUUID() })
      : s3Error(400, "ExpiredToken")
  );
  const source = createS3Source({ credentialsUrl: "https://broker.test/", credentialsUrlSecret: "s" }, {
    fetch: store.fetch,
  });
  await assertRejects(
    () => source.read("a.txt"),
    CredentialsExpiredError,
    'Cannot read "a.txt": the credentials have expired',
  );
  assertEquals(store.requests.length, 4);
});

Deno.test("read() does not refresh after AccessDenied", async () => {
  const store = stubFetch(brokerReply(), s3Error(403, "AccessDenied"));
  const source = createS3Source({ credentialsUrl: "https://broker.test/", credentialsUrlSecret: "s" }, {
    fetch: store.fetch,
  });
  await assertRejects(() => source.read("a.txt"), AccessDeniedError);
  assertEquals(store.requests.length, 2);
});
