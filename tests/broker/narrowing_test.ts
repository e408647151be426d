import { assertEquals, assertThrows } from "@std/assert";
import { narrow, readNarrowing } from "../../src/broker/protocols/narrowing.ts";
import { type Asked, Refusal } from "../../src/broker/protocols/protocol.ts";
import type { KeyRequest } from "../../src/broker/types.ts";
import { askIn, PROTOCOLS, SECRET, stubBroker, TEAM } from "../support/stub_broker.ts";
import { stubFetch } from "../support/stub_fetch.ts";
import { stsReply } from "../support/stub_sts.ts";

const GRANT: KeyRequest = { tenant: "team", bucket: "media", prefix: "team/", allow: ["read", "write"] };

/** What is granted, or the status and the reason of the refusal. */
function outcome(asked: Omit<Asked, "secret">, grant: KeyRequest = GRANT): unknown {
  try {
    const { prefix, allow, durationSeconds } = narrow(grant, readNarrowing({ secret: SECRET, ...asked }));
    return [prefix, allow.join(), durationSeconds];
  } catch (error) {
    if (error instanceof Refusal) return `${error.status}: ${error.message}`;
    throw error;
  }
}

for (
  const [prefix, expected] of [
    ["team/", "team/"],
    ["team", "team/"],
    ["team/a", "team/a/"],
    ["team/a/", "team/a/"],
    ["team/a/b c", "team/a/b c/"],
    ["team/ü/日本", "team/ü/日本/"],
    ["team//", "team//"],
    ["team/..a", "team/..a/"],
    ["team/%", "team/%/"],
    ["", '403: the prefix "" is outside of "team/"'],
    ["tea", '403: the prefix "tea/" is outside of "team/"'],
    ["team-2", '403: the prefix "team-2/" is outside of "team/"'],
    ["team-2/a", '403: the prefix "team-2/a/" is outside of "team/"'],
    ["Team/a", '403: the prefix "Team/a/" is outside of "team/"'],
    ["other/team/", '403: the prefix "other/team/" is outside of "team/"'],
    ["té", '403: the prefix "té/" is outside of "team/"'],
    ["team%2fa", '403: the prefix "team%2fa/" is outside of "team/"'],
    ["/team/a", '400: the prefix "/team/a" cannot be used: it starts with "/"; leave that out'],
    ["team/../other", '400: the prefix "team/../other" cannot be used: it has a "." or ".." segment'],
    ["team/a/..", '400: the prefix "team/a/.." cannot be used: it has a "." or ".." segment'],
    ["team/./a", '400: the prefix "team/./a" cannot be used: it has a "." or ".." segment'],
    ["team/%2e%2e/other", '400: the prefix "team/%2e%2e/other" cannot be used: it has a "." or ".." segment'],
    ["team/.%2E/other", '400: the prefix "team/.%2E/other" cannot be used: it has a "." or ".." segment'],
    ["team\\..\\other", '400: the prefix "team\\\\..\\\\other" cannot be used: it has a "." or ".." segment'],
    ["team/\u0000", '400: the prefix "team/\\u0000" cannot be used: it has a control character'],
    ["team/a?b", '400: the prefix "team/a?b" cannot be used: it has a "?" or "#"'],
    ["team/a#b", '400: the prefix "team/a#b" cannot be used: it has a "?" or "#"'],
    ["team/\ud800", '400: the prefix "team/\\ud800" cannot be used: it has half of a surrogate pair'],
  ] as const
) {
  Deno.test(`narrow() turns the prefix ${JSON.stringify(prefix)} of "team/" into ${expected}`, () => {
    const isRefused = /^4\d\d: /.test(expected);
    assertEquals(outcome({ prefix }), isRefused ? expected : [expected, "read,write", undefined]);
  });
}

Deno.test("narrow() refuses a prefix that is longer than a key", () => {
  const error = assertThrows(() => readNarrowing({ secret: SECRET, prefix: `team/${"x".repeat(1_030)}` }), Refusal);
  assertEquals(error.status, 400);
});

Deno.test("narrow() narrows a whole bucket, of which the empty prefix is all", () => {
  const bucket = { ...GRANT, prefix: "" };
  assertEquals(outcome({ prefix: "" }, bucket), ["", "read,write", undefined]);
  assertEquals(outcome({ prefix: "any/where" }, bucket), ["any/where/", "read,write", undefined]);
});

for (
  const [allow, expected] of [
    ["read", "read"],
    ["write,read", "read,write"],
    [" read , write ", "read,write"],
    ["read,read", "read"],
    ["delete", '403: "delete" is not permitted'],
    ["read,write,delete", '403: "delete" is not permitted'],
    ["", '400: "allow" must be one or more of read,write,delete'],
    ["read,", '400: "allow" must be one or more of read,write,delete'],
    ["raed", '400: there is no permission "raed"; did you mean "read"?'],
    ["READ", '400: there is no permission "READ"; did you mean "read"?'],
    ["*", '400: there is no permission "*"'],
  ] as const
) {
  Deno.test(`narrow() turns allow=${allow} of read and write into ${expected}`, () => {
    assertEquals(outcome({ allow }), /^4/.test(expected) ? expected : ["team/", expected, undefined]);
  });
}

for (
  const [asked, most, expected] of [
    ["900", undefined, 900],
    ["1800", undefined, 1_800],
    // As much as there is: the same keys as without asking.
    ["3600", undefined, undefined],
    ["7200", undefined, "403: 7200 seconds are more than 3600"],
    ["1800", 1_800, 1_800],
    ["3600", 1_800, "403: 3600 seconds are more than 1800"],
    ["43200", 43_200, 43_200],
    ["899", undefined, "400: 899 seconds are less than 900"],
    ["0", undefined, "400: 0 seconds are less than 900"],
    ["-1", undefined, "400: the duration must be a whole number of seconds"],
    ["1e3", undefined, "400: the duration must be a whole number of seconds"],
    ["", undefined, "400: the duration must be a whole number of seconds"],
    ["1800.5", undefined, "400: the duration must be a whole number of seconds"],
    ["9".repeat(400), undefined, "400: the duration must be a whole number of seconds"],
  ] as const
) {
  Deno.test(`narrow() turns ${asked.slice(0, 9)} seconds of ${most ?? "the default"} into ${expected}`, () => {
    const grant = { ...GRANT, durationSeconds: most };
    assertEquals(
      outcome({ durationSeconds: asked }, grant),
      typeof expected === "string" ? expected : ["team/", "read,write", expected],
    );
  });
}

for (const protocol of PROTOCOLS) {
  Deno.test(`createBroker() narrows keys in the protocol ${protocol}`, async () => {
    const sts = stubFetch(() => stsReply());
    const { broker, audit } = stubBroker(sts);
    const asked = { prefix: "team/in", allow: "read", duration_seconds: "1800" };
    const response = await broker(askIn(SECRET, asked)(protocol));
    if (protocol !== "web_identity") assertEquals((await response.json()).S3Folder, "s3://media/team/in/");
    const form = new URLSearchParams(sts.requests[0]?.body);
    const { Statement: statements } = JSON.parse(form.get("Policy") ?? "");
    assertEquals(statements[0], {
      Effect: "Allow",
      Action: ["s3:GetObject", "s3:GetObjectTagging"],
      Resource: ["arn:aws:s3:::media/team/in/*"],
    });
    assertEquals(form.get("DurationSeconds"), "1800");
    assertEquals([audit[0]?.asked, audit[0]?.folder], [
      { folder: "team/in/", allow: ["read"], durationSeconds: 1_800 },
      "s3://media/team/in/",
    ]);
  });
}

Deno.test("createBroker() keeps narrowed keys apart from the tenant's own", async () => {
  const sts = stubFetch(stsReply({ accessKeyId: "ASIAALL" }), stsReply({ accessKeyId: "ASIAPART" }));
  const { broker } = stubBroker(sts);
  const ask = async (fields: Record<string, string>) => {
    return (await (await broker(askIn(SECRET, fields)("container"))).json()).AccessKeyId;
  };
  assertEquals(await ask({}), "ASIAALL");
  assertEquals(await ask({ prefix: "team/in" }), "ASIAPART");
  assertEquals(await ask({ prefix: "team" }), "ASIAALL");
  assertEquals(await ask({ allow: "read,write", duration_seconds: "3600" }), "ASIAALL");
  assertEquals(await ask({ prefix: "team/in/" }), "ASIAPART");
  assertEquals(sts.requests.length, 2);
});

Deno.test("createBroker() refuses a prefix that the store's policies cannot express", async () => {
  const sts = { endpointUrl: "http://store.test", accessKeyId: "a", secretAccessKey: "s" };
  const { broker, log } = stubBroker(stubFetch(), { sts, tenants: { team: TEAM } });
  const response = await broker(askIn(SECRET, { prefix: "team/*" })("container"));
  assertEquals([response.status, (await response.json()).message], [
    400,
    "keys cannot be limited to what is asked for",
  ]);
  assertEquals(
    log[0]?.reason,
    'Cannot limit keys to the prefix "team/*/" of the bucket "media": its "*" would also match other folders, as this ' +
      "store's policies cannot escape it",
  );
});

Deno.test("readNarrowing() refuses a secret in another parameter, as that is quoted in the log", () => {
  const message = "400: the secret is in another parameter, too";
  for (const name of ["prefix", "allow", "tenant"]) assertEquals(outcome({ [name]: `x${SECRET}` }), message);
});
