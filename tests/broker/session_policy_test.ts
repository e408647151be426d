import { assert, assertEquals, assertFalse, assertMatch, assertThrows } from "@std/assert";
import fc from "fast-check";
import { pathProblem } from "../../src/s3/keys.ts";
import { ConfigError } from "../../mod.ts";
import { policyFor, sessionPolicy, type SessionPolicyOptions } from "../../src/broker/keys/session_policy.ts";
import { type Access, allows } from "../support/policy_evaluator.ts";

const TEAM = { bucket: "media", prefix: "team/", allow: ["read", "write", "delete"] } as const;

const object = (action: string, key: string, bucket = "media"): Access => ({
  action: `s3:${action}`,
  resource: `arn:aws:s3:::${bucket}/${key}`,
});

const listing = (prefix: string | undefined, { action = "ListBucket", bucket = "media" } = {}): Access => ({
  action: `s3:${action}`,
  resource: `arn:aws:s3:::${bucket}`,
  ...prefix !== undefined && { prefix },
});

function permits(access: Access, options: Partial<SessionPolicyOptions> = {}): boolean {
  return allows(sessionPolicy({ ...TEAM, ...options }), access);
}

Deno.test("sessionPolicy() returns JSON for AssumeRole", () => {
  assertEquals(JSON.parse(sessionPolicy({ ...TEAM, canListUploads: true })), {
    Version: "2012-10-17",
    Statement: [
      {
        Effect: "Allow",
        Action: [
          "s3:GetObject",
          "s3:GetObjectTagging",
          "s3:PutObject",
          "s3:PutObjectTagging",
          "s3:AbortMultipartUpload",
          "s3:ListMultipartUploadParts",
          "s3:DeleteObject",
        ],
        Resource: ["arn:aws:s3:::media/team/*"],
      },
      {
        Effect: "Allow",
        Action: ["s3:ListBucket", "s3:ListBucketMultipartUploads"],
        Resource: ["arn:aws:s3:::media"],
        Condition: { StringLike: { "s3:prefix": ["team/*"] } },
      },
    ],
  });
});

const OBJECT_ACTIONS = {
  read: ["GetObject", "GetObjectTagging"],
  write: ["PutObject", "PutObjectTagging", "AbortMultipartUpload", "ListMultipartUploadParts"],
  delete: ["DeleteObject"],
} as const;

for (const permission of ["read", "write", "delete"] as const) {
  Deno.test(`sessionPolicy() grants the actions of ${permission} and no others`, () => {
    for (const [owner, actions] of Object.entries(OBJECT_ACTIONS)) {
      for (const action of actions) {
        const isGranted = permits(object(action, "team/a.txt"), { allow: [permission], canListUploads: true });
        assertEquals(isGranted, owner === permission, action);
      }
    }
    const options = { allow: [permission], canListUploads: true };
    assertEquals(permits(listing("team/"), options), permission === "read");
    assertEquals(permits(listing("team/", { action: "ListBucketMultipartUploads" }), options), permission === "write");
  });
}

for (const key of ["team/", "team/a", "team/a/b/c", "team/ü ?*", "team/.."]) {
  Deno.test(`sessionPolicy() allows the key ${JSON.stringify(key)}`, () => {
    for (const action of Object.values(OBJECT_ACTIONS).flat()) assert(permits(object(action, key)), action);
  });
}

for (const key of ["team", "team-2/a", "tea", "teams/a", "other/team/a", "", "Team/a", "/team/a", "xteam/a"]) {
  Deno.test(`sessionPolicy() denies the key ${JSON.stringify(key)}`, () => {
    for (const action of Object.values(OBJECT_ACTIONS).flat()) assertFalse(permits(object(action, key)), action);
  });
}

Deno.test("sessionPolicy() denies other buckets", () => {
  for (const bucket of ["media-2", "medi", "xmedia"]) {
    assertFalse(permits(object("GetObject", "team/a", bucket)), bucket);
    assertFalse(permits(listing("team/", { bucket }), {}), bucket);
  }
});

for (const prefix of ["team/", "team/a", "team/a/"]) {
  Deno.test(`sessionPolicy() allows listing ${JSON.stringify(prefix)}`, () => {
    assert(permits(listing(prefix)));
  });
}

for (const prefix of [undefined, "", "t", "team", "team-2/", "Team/", "/team/", "other/team/"]) {
  Deno.test(`sessionPolicy() denies listing ${prefix === undefined ? "without a prefix" : JSON.stringify(prefix)}`, () => {
    assertFalse(permits(listing(prefix)));
    const action = "ListBucketMultipartUploads";
    assertFalse(permits(listing(prefix, { action }), { canListUploads: true }));
  });
}

Deno.test("sessionPolicy() denies listing uploads unless the store can limit it", () => {
  assertFalse(permits(listing("team/", { action: "ListBucketMultipartUploads" })));
  assertFalse(sessionPolicy({ ...TEAM, allow: ["write"] }).includes("Condition"));
});

for (
  const action of [
    "PutObjectAcl",
    "DeleteObjectTagging",
    "GetObjectVersionTagging",
    "GetObjectVersion",
    "DeleteObjectVersion",
    "BypassGovernanceRetention",
  ]
) {
  Deno.test(`sessionPolicy() does not grant ${action}`, () => {
    assertFalse(permits(object(action, "team/a")));
  });
}

Deno.test("sessionPolicy() grants no bucket action but listing", () => {
  for (
    const action of [
      "DeleteBucket",
      "PutBucketPolicy",
      "GetBucketPolicy",
      "ListBucketVersions",
      "PutLifecycleConfiguration",
    ]
  ) {
    assertFalse(permits(listing("team/", { action })), action);
  }
  assertFalse(permits({ action: "s3:ListAllMyBuckets", resource: "*" }));
  assertFalse(permits({ action: "sts:AssumeRole", resource: "arn:aws:iam::123456789012:role/files" }));
});

Deno.test("sessionPolicy() grants a whole bucket, including listings without a prefix", () => {
  assert(permits(object("GetObject", "anything/at.all"), { prefix: "" }));
  assert(permits(listing(undefined), { prefix: "" }));
  assertFalse(permits(object("GetObject", "a", "media-2"), { prefix: "" }));
});

Deno.test("sessionPolicy() puts the partition into the ARNs", () => {
  const [objects, bucket] = JSON.parse(sessionPolicy({ ...TEAM, partition: "aws-cn" })).Statement;
  assertEquals([objects.Resource, bucket.Resource], [["arn:aws-cn:s3:::media/team/*"], ["arn:aws-cn:s3:::media"]]);
});

Deno.test("sessionPolicy() escapes IAM's wildcards", () => {
  const [objects, bucket] = JSON.parse(sessionPolicy({ ...TEAM, prefix: "a*b?c$/", canEscape: true })).Statement;
  assertEquals(objects.Resource, ["arn:aws:s3:::media/a${*}b${?}c${$}/*"]);
  assertEquals(bucket.Condition, { StringLike: { "s3:prefix": ["a${*}b${?}c${$}/*"] } });
});

for (const special of ["*", "?", "${aws:username}"]) {
  Deno.test(`sessionPolicy() refuses ${special} where it cannot be escaped`, () => {
    const shown = special.startsWith("$") ? "${" : special;
    assertThrows(
      () => sessionPolicy({ ...TEAM, prefix: `te${special}am/` }),
      ConfigError,
      `Cannot limit keys to the prefix "te${special}am/" of the bucket "media": its "${shown}" would also match other folders`,
    );
  });
}

Deno.test("sessionPolicy() keeps a literal $", () => {
  assert(permits(object("GetObject", "ca$h/a"), { prefix: "ca$h/" }));
});

Deno.test("sessionPolicy() is ASCII, as STS accepts no characters beyond U+00FF", () => {
  const prefix = "tëam/日本/🗂/";
  assertMatch(sessionPolicy({ ...TEAM, prefix }), /^[ -~]+$/);
  assert(permits(object("GetObject", `${prefix}a`), { prefix }));
});

Deno.test("sessionPolicy() refuses a policy that is too long for STS", () => {
  const allow = ["read", "write", "delete"] as const;
  const sizeOf = (length: number) => sessionPolicy({ ...TEAM, allow, prefix: `${"x".repeat(length - 1)}/` }).length;
  const longest = Math.floor((2048 - (sizeOf(100) - 200)) / 2);
  assert(sizeOf(longest) <= 2048);
  assertThrows(
    () => sizeOf(longest + 1),
    ConfigError,
    "characters, more than the 2048 that STS accepts; choose a shorter prefix",
  );
});

Deno.test("sessionPolicy() accepts a policy of exactly 2,048 characters", () => {
  // `write` names the prefix only once, and each 日 takes 6 characters.
  const policyOf = (padding: number) =>
    sessionPolicy({ ...TEAM, allow: ["write"], prefix: `${"日".repeat(300)}${"x".repeat(padding)}/` });
  const padding = 2_048 - policyOf(0).length;
  assertEquals(policyOf(padding).length, 2_048);
  assertThrows(() => policyOf(padding + 1), ConfigError, "has 2049 characters");
});

Deno.test("sessionPolicy() allows a key if and only if it begins with the prefix", () => {
  const text = fc.string({ unit: fc.constantFrom("a", "b", "*", "?", "$", "{", "}", "/", ".", "é") });
  fc.assert(
    fc.property(text.filter((folder) => pathProblem(`${folder}/`) === undefined), text, fc.boolean(), (
      folder,
      rest,
      isBelow,
    ) => {
      const prefix = `${folder}/`;
      const key = isBelow ? prefix + rest : rest;
      const policy = sessionPolicy({ ...TEAM, prefix, canEscape: true });
      assertEquals(allows(policy, object("GetObject", key)), key.startsWith(prefix));
      assertEquals(allows(policy, listing(key)), key.startsWith(prefix));
    }),
    { numRuns: 2_000 },
  );
});

for (
  const [region, endpointUrl, partition] of [
    ["eu-west-1", undefined, "aws"],
    ["cn-north-1", undefined, "aws-cn"],
    ["us-gov-west-1", undefined, "aws-us-gov"],
    ["us-isob-east-1", undefined, "aws-iso-b"],
    ["eusc-de-east-1", undefined, "aws-eusc"],
    ["cn-north-1", "http://store.test", "aws"],
  ] as const
) {
  Deno.test(`policyFor() writes policies for ${partition} in ${region}, ${endpointUrl ?? "on AWS"}`, () => {
    const policy = policyFor({ region, endpointUrl }, { tenant: "team", ...TEAM });
    assertEquals(JSON.parse(policy).Statement[0].Resource, [`arn:${partition}:s3:::media/team/*`]);
  });
}

Deno.test("policyFor() lets tenants list uploads if the store can limit it", () => {
  const listUploads = listing("team/", { action: "ListBucketMultipartUploads" });
  const policyOf = (canListUploads: boolean) =>
    policyFor({ endpointUrl: "http://store.test", canListUploads }, { tenant: "team", ...TEAM });
  assertEquals([true, false].map((can) => allows(policyOf(can), listUploads)), [true, false]);
});

const KMS_KEY = "arn:aws:kms:eu-west-1:123456789012:key/1234abcd-12ab-34cd-56ef-1234567890ab";
const OTHER_KMS_KEY = "arn:aws:kms:eu-west-1:123456789012:key/mrk-1234abcd12ab34cd56ef1234567890ab";

for (
  const [allow, granted] of [
    [["read"], ["kms:Decrypt"]],
    [["write"], ["kms:Decrypt", "kms:GenerateDataKey"]],
    [["read", "write", "delete"], ["kms:Decrypt", "kms:GenerateDataKey"]],
    [["read", "delete"], ["kms:Decrypt"]],
    [["delete"], []],
  ] as const
) {
  Deno.test(`sessionPolicy() grants what SSE-KMS needs for ${allow.join(", ")}`, () => {
    const policy = sessionPolicy({ ...TEAM, allow, kmsKeyArns: [KMS_KEY, OTHER_KMS_KEY] });
    const actions = ["kms:Decrypt", "kms:GenerateDataKey", "kms:Encrypt", "kms:DescribeKey", "kms:CreateGrant"];
    for (const resource of [KMS_KEY, OTHER_KMS_KEY]) {
      assertEquals(actions.filter((action) => allows(policy, { action, resource })), [...granted]);
    }
    for (const resource of [`${KMS_KEY}0`, "arn:aws:s3:::media/team/a"]) {
      assertEquals(actions.filter((action) => allows(policy, { action, resource })), []);
    }
    assertFalse(allows(policy, object("GetObject", "other/a")));
    assertEquals(policy.includes("kms"), granted.length > 0);
  });
}

Deno.test("sessionPolicy() grants no KMS key if none is given", () => {
  for (const policy of [sessionPolicy(TEAM), sessionPolicy({ ...TEAM, kmsKeyArns: [] })]) {
    assertFalse(policy.includes("kms"));
  }
});

for (
  const arn of [
    "arn:aws:kms:eu-west-1:123456789012:alias/files",
    "arn:aws:kms:eu-west-1:123456789012:key/*",
    "arn:aws:s3:::media",
    "1234abcd-12ab-34cd-56ef-1234567890ab",
    "*",
  ]
) {
  Deno.test(`sessionPolicy() refuses ${arn} as a KMS key`, () => {
    assertThrows(
      () => sessionPolicy({ ...TEAM, kmsKeyArns: [KMS_KEY, arn] }),
      ConfigError,
      'the option "kmsKeyArns": it must be a list of ARNs of KMS keys, not of aliases',
    );
  });
}

Deno.test("sessionPolicy() says how much of a policy that is too long are its KMS keys", () => {
  const policyOf = (count: number) => sessionPolicy({ ...TEAM, kmsKeyArns: Array(count).fill(KMS_KEY) });
  const most = 20;
  assert(policyOf(most).length <= 2_048);
  const length = policyOf(most).length + KMS_KEY.length + '"",'.length;
  assertThrows(
    () => policyOf(most + 1),
    ConfigError,
    `the session policy has ${length} characters, more than the 2048 that STS accepts; ` +
      `${KMS_KEY.length * 21} of them are its KMS keys; choose a shorter prefix or fewer keys`,
  );
});
