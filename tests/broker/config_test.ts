import { assertEquals, assertFalse, assertStringIncludes, assertThrows } from "@std/assert";
import { ConfigError } from "../../mod.ts";
import { type BrokerConfigInput, readBrokerConfig } from "../../src/config/broker_yaml.ts";
import { checkBrokerConfig } from "../../src/options/checked_broker.ts";

const HASH = "0123456789abcdef".repeat(4);
const OTHER_HASH = "f".repeat(64);

const YAML = `
broker:
  sts:
    region: eu-west-1
    role_arn: arn:aws:iam::123456789012:role/files
  tenants:
    team: {secret_sha256: ${HASH}, bucket: media, prefix: team, allow: [write, read]}
`;

const STS = { roleArn: "arn:aws:iam::123456789012:role/files" };
const TEAM = { secretSha256: HASH, bucket: "media", prefix: "team", allow: ["read"] };

function refusalOf(input: BrokerConfigInput): string {
  return assertThrows(() => readBrokerConfig(input), ConfigError).message;
}

function tenantRefusal(options: Record<string, unknown>, sts: object = STS): string {
  return assertThrows(() => checkBrokerConfig({ sts, tenants: { team: { ...TEAM, ...options } } }), ConfigError)
    .message;
}

Deno.test("readBrokerConfig() reads a broker from YAML", () => {
  const { sts, tenants, addressHeader } = readBrokerConfig({ yaml: YAML });
  assertEquals(sts, {
    region: "eu-west-1",
    roleArn: "arn:aws:iam::123456789012:role/files",
    durationSeconds: 900,
    canListUploads: false,
  });
  assertEquals({ ...tenants }, {
    team: { secretSha256: HASH, bucket: "media", prefix: "team/", wholeBucket: false, allow: ["read", "write"] },
  });
  assertEquals(addressHeader, undefined);
});

Deno.test("readBrokerConfig() reads every option of sts", () => {
  const yaml = `
broker:
  address_header: X-Forwarded-For
  sts:
    endpoint_url: http://127.0.0.1:8333
    region: us-east-1
    role_arn: arn:aws:iam::role/files
    duration_seconds: 3600
    access_key_id: AKID
    secret_access_key: {$env: KEY}
    can_list_uploads: true
  tenants:
    all: {secret_sha256: {$file: hash.txt}, bucket: media, whole_bucket: true, allow: [delete]}
`;
  const config = readBrokerConfig({ yaml, env: () => "own-secret-key", readTextFile: () => `${HASH}\n` });
  assertEquals(config.sts, {
    endpointUrl: "http://127.0.0.1:8333",
    region: "us-east-1",
    roleArn: "arn:aws:iam::role/files",
    durationSeconds: 3600,
    accessKeyId: "AKID",
    secretAccessKey: "own-secret-key",
    canListUploads: true,
  });
  assertEquals({ ...config.tenants }, {
    all: { secretSha256: HASH, bucket: "media", prefix: "", wholeBucket: true, allow: ["delete"] },
  });
  assertEquals(config.addressHeader, "x-forwarded-for");
});

Deno.test("readBrokerConfig() leaves what is not the broker's to others", () => {
  const yaml = `${YAML}\nplugins: {datasette-files: {sources: {}}}`;
  assertEquals(Object.keys(readBrokerConfig({ yaml }).tenants), ["team"]);
});

Deno.test("readBrokerConfig() returns what createBroker() checks with the same result", () => {
  const config = readBrokerConfig({ yaml: YAML });
  assertEquals(checkBrokerConfig(config).tenants["team"]?.prefix, "team/");
});

for (
  const [key, text, value] of [
    ["bucket", "photos", "photos"],
    ["bucket", "2024", "2024"],
    ["prefix", "2024", "2024/"],
    ["prefix", "true", "true/"],
    ["secret_sha256", "1".repeat(64), "1".repeat(64)],
    ["allow", '["delete"]', ["delete"]],
  ] as const
) {
  Deno.test(`readBrokerConfig() takes the setting ${key} ${text.slice(0, 20)}`, () => {
    const { tenants } = readBrokerConfig({ yaml: YAML, settings: [[`broker.tenants.team.${key}`, text]] });
    const name = key === "secret_sha256" ? "secretSha256" : key;
    assertEquals(tenants["team"]?.[name], value);
  });
}

Deno.test("readBrokerConfig() needs no YAML when settings say everything", () => {
  const settings = [
    ["broker.sts.endpoint_url", "http://127.0.0.1:8333"],
    ["broker.sts.duration_seconds", "1800"],
    ["broker.sts.can_list_uploads", "true"],
    ["broker.sts.access_key_id", "123"],
    ["broker.sts.secret_access_key.$env", "KEY"],
    ["broker.tenants.team.secret_sha256", HASH],
    ["broker.tenants.team.bucket", "media"],
    ["broker.tenants.team.whole_bucket", "true"],
    ["broker.tenants.team.allow", '["read"]'],
  ] as const;
  const { sts, tenants } = readBrokerConfig({ settings, env: () => "key" });
  assertEquals(sts, {
    endpointUrl: "http://127.0.0.1:8333",
    durationSeconds: 1800,
    canListUploads: true,
    accessKeyId: "123",
    secretAccessKey: "key",
    region: "us-east-1",
  });
  assertEquals(tenants["team"]?.wholeBucket, true);
});

Deno.test("readBrokerConfig() refuses a setting below an option", () => {
  assertEquals(
    refusalOf({ yaml: YAML, settings: [["broker.tenants.team.bucket.x", "y"]] }),
    'Cannot use the setting "broker.tenants.team.bucket.x": below "broker" there are "sts.OPTION" and ' +
      '"tenants.NAME.OPTION"; a tenant with a dot in its name needs the YAML file',
  );
});

for (
  const [yaml, message] of [
    ["", 'Cannot use "broker": it must be a mapping, but is nothing'],
    ["broker: []", 'Cannot use "broker": it must be a mapping, but is a list'],
    ["broker: {tenants: {}}", 'Cannot use "broker.sts": it must be a mapping, but is nothing'],
    ["broker: {sts: {}, tenants: []}", 'Cannot use "broker.tenants": it must be a mapping, but is a list'],
    ["broker: {sts: {}, tenant: {}}", 'Cannot use "broker.tenant": there is no such key; did you mean "tenants"?'],
    ["broker: {sts: {endpoint_url: 'http://s.test'}, tenants: {}}", "Cannot run the broker: it has no tenant"],
    [
      "broker: {sts: {endpoint_url: 'http://s.test'}, tenants: {a: x}}",
      'Cannot use "broker.tenants.a": it must be a mapping',
    ],
  ] as const
) {
  Deno.test(`readBrokerConfig() refuses ${yaml === "" ? "an empty text" : yaml}`, () => {
    assertEquals(refusalOf({ yaml }), message);
  });
}

Deno.test("readBrokerConfig() says which reference leads nowhere", () => {
  const settings = [["broker.tenants.team.secret_sha256.$env", "HASH"]] as const;
  assertEquals(
    refusalOf({ yaml: YAML, settings }),
    'Cannot use "broker.tenants.team": Cannot use the option "secret_sha256": the environment variable "HASH" is not set',
  );
});

for (
  const [sts, message] of [
    [{ role: "x" }, 'the option "role": there is no such option; did you mean "roleArn"?'],
    [{ ...STS, region: "Frankfurt!" }, 'the option "region": "Frankfurt!" is not the name of a region'],
    [{}, 'the option "role_arn": AWS needs it'],
    [{ roleArn: "files" }, 'the option "roleArn": it is not an ARN'],
    [{ ...STS, durationSeconds: 899 }, 'the option "durationSeconds": it must be a whole number from 900 to 43200'],
    [{ ...STS, durationSeconds: 43_201 }, "from 900 to 43200"],
    [{ ...STS, durationSeconds: 900.5 }, "from 900 to 43200"],
    [
      { ...STS, duration_seconds: "900" },
      'the option "duration_seconds": it must be a whole number from 900 to 43200, not a string',
    ],
    [{ ...STS, accessKeyId: "A" }, 'the option "accessKeyId": it needs "secretAccessKey" too'],
    [{ ...STS, endpointUrl: "store:8333" }, "Cannot use the endpointUrl: it is not an http: or https: URL"],
    [{ ...STS, region: "a", role_arn: "arn:x" }, 'the option "role_arn": it is given in both spellings'],
  ] as const
) {
  Deno.test(`checkBrokerConfig() refuses the sts ${JSON.stringify(sts)}`, () => {
    const error = assertThrows(() => checkBrokerConfig({ sts, tenants: { team: TEAM } }), ConfigError);
    assertStringIncludes(error.message, 'Cannot use "broker.sts": ');
    assertStringIncludes(error.message, message);
  });
}

for (
  const [options, message] of [
    [{ secret_sha: HASH }, 'the option "secret_sha": there is no such option; did you mean "secret_sha256"?'],
    [{ secretSha256: undefined }, 'the option "secret_sha256": it is missing'],
    [{ secretSha256: "x".repeat(64) }, 'the option "secretSha256": it is not a SHA-256: 64 hexadecimal digits'],
    [{ secretSha256: 12 }, 'the option "secretSha256": it must be a string, not a number'],
    [
      { secretSha256: "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855" },
      'the option "secretSha256": it is the hash of an empty secret',
    ],
    [
      { secretSha256: "E3B0C44298FC1C149AFBF4C8996FB92427AE41E4649B934CA495991B7852B855" },
      "it is the hash of an empty secret",
    ],
    [{ bucket: null }, 'the option "bucket": it is missing'],
    [{ bucket: "Media" }, 'the option "bucket": "Media" is not a valid bucket name'],
    [{ prefix: undefined }, 'the option "prefix": it is missing; for all of the bucket write "whole_bucket: true"'],
    [{ prefix: "" }, 'the option "prefix": it is empty; for all of the bucket write "whole_bucket: true" instead'],
    [{ prefix: "/team" }, 'the option "prefix": it starts with "/"'],
    [{ prefix: "a/../b" }, 'the option "prefix": it has a "." or ".." segment'],
    [{ prefix: "a?b" }, 'the option "prefix": it has a "?" or "#", which end the path in the reply\'s S3Folder'],
    [{ prefix: "a#b" }, 'the option "prefix": it has a "?" or "#"'],
    [{ wholeBucket: true }, 'the option "whole_bucket": it excludes "prefix"'],
    [{ allow: undefined }, 'the option "allow": it is missing'],
    [{ allow: [] }, 'the option "allow": it must have at least one of read, write, delete'],
    [{ allow: ["raed"] }, 'the option "allow": there is no "raed"; did you mean "read"?'],
    [{ allow: [1] }, 'the option "allow": it must be a list of strings'],
    [{ allow: Object.assign([], { 1: "read" }) }, 'the option "allow": it must be a list of strings'],
    [{ allow: "read" }, 'the option "allow": it must be a list, not a string'],
  ] as const
) {
  Deno.test(`checkBrokerConfig() refuses a tenant with ${JSON.stringify(options)}`, () => {
    const refusal = tenantRefusal(options);
    assertStringIncludes(refusal, 'Cannot use "broker.tenants.team": ');
    assertStringIncludes(refusal, message);
  });
}

Deno.test("checkBrokerConfig() shows no value that may be a secret", () => {
  const secret = "the-secret-itself-canary";
  assertFalse(tenantRefusal({ secretSha256: secret }).includes(secret));
  const sts = { ...STS, secretAccessKey: secret };
  const error = assertThrows(() => checkBrokerConfig({ sts, tenants: { team: TEAM } }), ConfigError);
  assertFalse(Deno.inspect(error).includes(secret));
});

Deno.test("checkBrokerConfig() refuses two tenants with one secret", () => {
  const tenants = { a: TEAM, b: { ...TEAM, secretSha256: HASH.toUpperCase(), prefix: "b" } };
  assertThrows(
    () => checkBrokerConfig({ sts: STS, tenants }),
    ConfigError,
    'Cannot use the tenants "a" and "b": they have the same secret',
  );
});

for (const prefix of ["Team", "TEAM/sub"]) {
  Deno.test(`checkBrokerConfig() refuses team beside ${prefix} in a store that may not tell them apart`, () => {
    const tenants = { a: TEAM, b: { ...TEAM, secretSha256: OTHER_HASH, prefix } };
    assertThrows(
      () => checkBrokerConfig({ sts: { endpointUrl: "http://store.test" }, tenants }),
      ConfigError,
      'Cannot use the tenants "a" and "b": their prefixes differ only in upper and lower case',
    );
    assertEquals(Object.keys(checkBrokerConfig({ sts: STS, tenants }).tenants), ["a", "b"]);
  });
}

for (
  const [one, other, isApart] of [
    ["Team", "team", false],
    ["team", "Team/inner", false],
    ["Team/inner", "team", false],
    ["a/Team/b/c", "a/team/b", false],
    ["ΑΣ", "ας/x", false],
    ["team", "team/inner", true],
    ["Team/a", "team/b", true],
    ["team", "TEAM-2", true],
  ] as const
) {
  Deno.test(`checkBrokerConfig() ${isApart ? "takes" : "refuses"} the prefixes ${one} and ${other} in one bucket`, () => {
    const tenants = { a: { ...TEAM, prefix: one }, b: { ...TEAM, secretSha256: OTHER_HASH, prefix: other } };
    const check = () => checkBrokerConfig({ sts: { endpointUrl: "http://store.test" }, tenants });
    if (isApart) check();
    else assertThrows(check, ConfigError, "their prefixes differ only in upper and lower case");
  });
}

Deno.test("checkBrokerConfig() lets tenants share a folder, lie in another's and beside it", () => {
  const tenants = Object.fromEntries(
    ["team", "team", "team/sub", "team-2"].map((prefix, index) => {
      return [`t${index}`, { ...TEAM, prefix, secretSha256: String(index).repeat(64) }];
    }),
  );
  const { tenants: checked } = checkBrokerConfig({ sts: { endpointUrl: "http://store.test" }, tenants });
  assertEquals(Object.values(checked).map(({ prefix }) => prefix), ["team/", "team/", "team/sub/", "team-2/"]);
});

for (const name of ["", "a\nb"]) {
  Deno.test(`checkBrokerConfig() refuses a tenant called ${JSON.stringify(name)}`, () => {
    assertThrows(
      () => checkBrokerConfig({ sts: STS, tenants: { [name]: TEAM } }),
      ConfigError,
      "its name is empty or has a control character",
    );
  });
}

Deno.test("checkBrokerConfig() takes a tenant called constructor for what it is", () => {
  const { tenants } = checkBrokerConfig({ sts: STS, tenants: { constructor: TEAM } });
  assertEquals(tenants["constructor"]?.prefix, "team/");
});
