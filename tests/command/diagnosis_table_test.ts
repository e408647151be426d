import { assertEquals } from "@std/assert";
import { formatDiagnosis } from "../../src/command/diagnosis_table.ts";

Deno.test("formatDiagnosis() aligns what was tried", () => {
  const table = formatDiagnosis({
    connection: {
      bucket: "media",
      prefix: "team/",
      region: "us-east-1",
      endpoint: "https://s3.us-east-1.amazonaws.com",
      expiresAt: new Date("2030-01-01T00:00:00Z"),
    },
    checks: [
      { name: "list", outcome: "allowed", ok: true, message: "files can be listed" },
      { name: "listBucketRoot", outcome: "allowed", ok: false, message: "LEAK: the whole bucket can be listed" },
      {
        name: "missingFile",
        outcome: "denied",
        ok: false,
        message: "a missing file looks like a forbidden one (403)",
      },
    ],
    leaks: true,
    leftBehind: [],
  });
  assertEquals(
    table,
    `s3://media/team/ at https://s3.us-east-1.amazonaws.com (us-east-1)
credentials expire: 2030-01-01T00:00:00.000Z

ok  list files              allowed  files can be listed
!   list the bucket's root  allowed  LEAK: the whole bucket can be listed
!   detect a missing file   denied   a missing file looks like a forbidden one (403)

These credentials reach outside the folder.`,
  );
});

Deno.test("formatDiagnosis() does not reassure whose checks have failed", () => {
  const connection = {
    bucket: "media",
    prefix: "",
    region: "us-east-1",
    endpoint: "http://127.0.0.1:1",
    expiresAt: null,
  };
  const failed = { outcome: "failed", ok: false, message: "the connection failed" } as const;
  const lastLineOf = (name: "list" | "listSibling") =>
    formatDiagnosis({ connection, checks: [{ name, ...failed }], leaks: false, leftBehind: [] }).split("\n").at(-1);
  assertEquals(lastLineOf("listSibling"), "It is unknown whether these credentials reach outside the folder.");
  assertEquals(lastLineOf("list"), "Nothing outside the folder was reached.");
});

Deno.test("formatDiagnosis() shows one row if everything is denied", () => {
  const connection = { bucket: "media", prefix: "a/", region: "a", endpoint: "http://127.0.0.1:1", expiresAt: null };
  const checks = [
    { name: "connect", outcome: "denied", ok: false, message: "the keys allow nothing here" },
    { name: "list", outcome: "skipped", ok: false, message: "not tried" },
  ] as const;
  assertEquals(formatDiagnosis({ connection, checks, leaks: false, leftBehind: [] }).split("\n").slice(3), [
    "!  use the store  denied  the keys allow nothing here",
    "",
    "The store denied everything that was tried.",
  ]);
});

Deno.test("formatDiagnosis() escapes control characters of a store's message", () => {
  const connection = { bucket: "media", prefix: "", region: "a", endpoint: "http://127.0.0.1:1", expiresAt: null };
  const check = { name: "list", outcome: "failed", ok: false, message: "a\u001b[2J\u202eb" } as const;
  const lines = formatDiagnosis({ connection, checks: [check], leaks: false, leftBehind: [] }).split("\n");
  assertEquals(lines[3], "!  list files  failed  a\\u001b[2J\\u202eb");
});
