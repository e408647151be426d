import { assert, assertEquals, assertFalse, assertThrows } from "@std/assert";
import { ConfigError } from "../../mod.ts";
import { checkBrokerConfig } from "../../src/options/checked_broker.ts";

const HASH = "0123456789abcdef".repeat(4);
const OTHER_HASH = "f".repeat(64);
const EMPTY_HASH = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";
const ROLE = "arn:aws:iam::123456789012:role/files";
const KEY = "arn:aws:kms:eu-west-1:123456789012:key/1234abcd-12ab-34cd-56ef-1234567890ab";

const STS = { roleArn: ROLE };
const R2 = { accountId: "0123456789abcdef".repeat(2), accessKeyId: "parent", secretAccessKey: "secret" };
const TEAM = { secretSha256: HASH, bucket: "media", prefix: "team", allow: ["read"] };
const CLUSTER = { url: "https://cluster.test", audiences: ["s3-broker", "other"] };
const GITHUB = { url: "https://token.actions.githubusercontent.com", audiences: ["s3-broker"] };
const ISSUERS = { cluster: CLUSTER, github: GITHUB };
const { secretSha256: _, ...NOBODY } = TEAM;

function refusalOf(config: object): string {
  return assertThrows(() => checkBrokerConfig(config), ConfigError).message;
}

const stsRefusal = (sts: unknown) => refusalOf({ sts, tenants: { team: TEAM } });
const r2Refusal = (r2: object, tenant = {}) =>
  refusalOf({ r2: { ...R2, ...r2 }, tenants: { team: { ...TEAM, ...tenant } } });
const tenantRefusal = (options: object, sts: object = STS) =>
  refusalOf({ sts, issuers: ISSUERS, tenants: { team: { ...TEAM, ...options } } });
const identityRefusal = (identity: unknown) => tenantRefusal({ identities: { ci: identity } });
const brokerRefusal = (options: object) => refusalOf({ sts: STS, tenants: { team: TEAM }, ...options });

Deno.test("checkBrokerConfig() fills in the defaults", () => {
  assertEquals(checkBrokerConfig({ sts: STS, tenants: { team: TEAM } }), {
    sts: { region: "us-east-1", roleArn: ROLE, canListUploads: false },
    r2: undefined,
    s3: { endpointUrl: undefined, region: "us-east-1" },
    issuers: Object.create(null),
    tenants: Object.assign(Object.create(null), {
      team: {
        name: "team",
        bucket: "media",
        prefix: "team/",
        allow: ["read"],
        secrets: [{ sha256: HASH }],
        identities: [],
        roleArn: ROLE,
        externalId: undefined,
        durationSeconds: undefined,
        sessionTags: undefined,
        kmsKeyArns: undefined,
      },
    }),
    trustedProxies: undefined,
    addressHeader: undefined,
    maxFailuresPerMinute: 10,
    metricsFrom: [{ groups: [0, 0, 0, 0, 0, 0xffff, 0x7f00, 1], bits: 128 }, {
      groups: [0, 0, 0, 0, 0, 0, 0, 1],
      bits: 128,
    }],
  });
});

Deno.test("checkBrokerConfig() brings everything into one form", () => {
  const { sts, s3, issuers, tenants, trustedProxies, addressHeader, maxFailuresPerMinute, metricsFrom } =
    checkBrokerConfig({
      sts: { endpoint_url: "http://store.test", region: "eu-1", external_id: "ours", duration_seconds: 7_200 },
      s3: { endpoint_url: "http://s3.test" },
      issuers: { cluster: { ...CLUSTER, jwks_url: "https://cluster.test/keys?v=1" } },
      tenants: {
        team: {
          bucket: "media",
          whole_bucket: true,
          allow: ["delete", "read"],
          secret_sha256: HASH.toUpperCase(),
          secrets: {
            spring: { sha256: OTHER_HASH.toUpperCase(), expires_at: new Date("2026-10-01") },
            autumn: { sha256: "a".repeat(64), expires_at: "2027-04-01T12:00:00+02:00" },
          },
          identities: {
            pod: { issuer: "cluster", subject: "system:serviceaccount:a:b", audience: "other" },
            ci: { issuer: "cluster", subject: ["a", "b"], claims: { "/k8s.io/namespace": "a", team: ["x", "y"] } },
          },
          role_arn: "arn:aws:iam::1:role/own",
          external_id: "theirs",
          duration_seconds: 1_800,
          session_tags: { team: "a" },
        },
      },
      trusted_proxies: ["10.0.0.0/8"],
      address_header: "X-Forwarded-For",
      max_failures_per_minute: 5,
      metrics_from: ["::1"],
    });
  assertEquals([sts?.externalId, sts?.durationSeconds, sts?.region], ["ours", 7_200, "eu-1"]);
  assertEquals(s3, { endpointUrl: "http://s3.test", region: "eu-1" });
  assertEquals({ ...issuers }, { cluster: { ...CLUSTER, jwksUrl: "https://cluster.test/keys?v=1" } });
  assertEquals(tenants["team"], {
    name: "team",
    bucket: "media",
    prefix: "",
    allow: ["read", "delete"],
    secrets: [
      { sha256: HASH },
      { name: "spring", sha256: OTHER_HASH, expiresAtMs: Date.UTC(2026, 9, 1) },
      { name: "autumn", sha256: "a".repeat(64), expiresAtMs: Date.UTC(2027, 3, 1, 10) },
    ],
    identities: [
      { name: "pod", issuer: "cluster", subjects: ["system:serviceaccount:a:b"], audience: "other", claims: new Map() },
      {
        name: "ci",
        issuer: "cluster",
        subjects: ["a", "b"],
        audience: undefined,
        claims: new Map([["/k8s.io/namespace", ["a"]], ["team", ["x", "y"]]]),
      },
    ],
    roleArn: "arn:aws:iam::1:role/own",
    externalId: "theirs",
    durationSeconds: 1_800,
    sessionTags: Object.assign(Object.create(null), { team: "a" }),
    kmsKeyArns: undefined,
  });
  assertEquals(trustedProxies, [{ groups: [0, 0, 0, 0, 0, 0xffff, 0x0a00, 0], bits: 104 }]);
  assertEquals([addressHeader, maxFailuresPerMinute, metricsFrom.length], ["x-forwarded-for", 5, 1]);
});

Deno.test("checkBrokerConfig() gives tenants the defaults of sts, and makes a list of one KMS key", () => {
  const sts = { ...STS, externalId: "ours", durationSeconds: 1_800 };
  const { tenants } = checkBrokerConfig({ sts, tenants: { team: { ...TEAM, kmsKeyArn: KEY } } });
  const { roleArn, externalId, durationSeconds, kmsKeyArns } = tenants["team"] ?? {};
  assertEquals([roleArn, externalId, durationSeconds, kmsKeyArns], [ROLE, "ours", 1_800, [KEY]]);
});

for (
  const [r2, url] of [
    [R2, "https://0123456789abcdef0123456789abcdef.r2.cloudflarestorage.com"],
    [{ ...R2, jurisdiction: "eu" }, "https://0123456789abcdef0123456789abcdef.eu.r2.cloudflarestorage.com"],
  ] as const
) {
  Deno.test(`checkBrokerConfig() knows the address of R2 ${"jurisdiction" in r2 ? "in the EU" : ""}`, () => {
    const { sts, s3, tenants } = checkBrokerConfig({ r2, tenants: { team: { ...TEAM, durationSeconds: 604_800 } } });
    assertEquals([sts, s3], [undefined, { endpointUrl: url, region: "auto" }]);
    assertEquals(tenants["team"]?.durationSeconds, 604_800);
  });
}

Deno.test("checkBrokerConfig() lets keys of R2 live for an hour, and takes [read] and all three with its API", () => {
  const { secretAccessKey: _, ...r2 } = { ...R2, apiToken: "token" };
  const tenants = {
    a: TEAM,
    b: { ...TEAM, secretSha256: OTHER_HASH, allow: ["delete", "write", "read"] },
  };
  assertEquals(Object.values(checkBrokerConfig({ r2, tenants }).tenants).map((one) => one.durationSeconds), [
    3600,
    3600,
  ]);
});

Deno.test("checkBrokerConfig() needs no role where every tenant has one", () => {
  assertEquals(checkBrokerConfig({ sts: {}, tenants: { team: { ...TEAM, roleArn: ROLE } } }).sts?.roleArn, undefined);
});

Deno.test("checkBrokerConfig() takes a configuration without a tenant if it needs none", () => {
  assertEquals(Object.keys(checkBrokerConfig({ sts: STS, tenants: {} }, { needsTenants: false }).tenants), []);
});

for (
  const [options, message] of [
    [{ sts: undefined }, '"broker": it needs "sts" or "r2", where keys come from'],
    [{ r2: R2 }, '"broker": it has both "sts" and "r2", and keys come from one of them'],
    [{ tenants: {} }, '"broker.tenants": it has no tenant'],
    [{ tenants: null }, '"broker.tenants": it is missing'],
    [{ tenants: { team: "x" } }, '"broker.tenants.team": it must be a mapping, but is a text'],
    [{ tenants: { team: null } }, '"broker.tenants.team": it must be a mapping, but is null'],
    [{ tenant: {} }, '"broker.tenant": there is no such key; did you mean "tenants"?'],
    [{ issuers: [] }, '"broker.issuers": it must be a mapping, but is a list'],
    [
      { trustedProxies: ["10.0.0.0/33"] },
      '"broker.trustedProxies": "10.0.0.0/33" is neither an address nor a range such as 10.0.0.0/8',
    ],
    [{ trusted_proxies: ["*"] }, '"broker.trusted_proxies": it would believe everyone; name the proxy\'s own address'],
    [
      { trusted_proxies: ["::/0"] },
      '"broker.trusted_proxies": it would believe everyone; name the proxy\'s own address',
    ],
    [
      { trusted_proxies: ["0.0.0.0/0"] },
      '"broker.trusted_proxies": it would believe everyone; name the proxy\'s own address',
    ],
    [
      { trusted_proxies: "10.0.0.7" },
      '"broker.trusted_proxies": it must be a list of texts, but is a text; write ["10.0.0.7"]',
    ],
    [
      { metrics_from: ["localhost"] },
      '"broker.metrics_from": "localhost" is neither an address nor a range such as 10.0.0.0/8',
    ],
    [
      { trusted_proxies: "*" },
      '"broker.trusted_proxies": it must be a list of texts, but is a text, and it would believe everyone; name the ' +
      "proxy's own address",
    ],
    [{ metrics_from: [] }, '"broker.metrics_from": it must have at least one text'],
    [{ metrics_from: [1] }, '"broker.metrics_from": it must be a list of texts, but has a number; put it in quotes'],
    [
      { max_failures_per_minute: 0 },
      '"broker.max_failures_per_minute": it must be a whole number from 1 to 1000, not 0',
    ],
    [{ address_header: "a b" }, '"broker.address_header": it is not the name of a header'],
    [{ s3: { endpoint: "x" } }, '"broker.s3.endpoint": there is no such key; did you mean "endpointUrl"?'],
  ] as const
) {
  Deno.test(`checkBrokerConfig() refuses ${JSON.stringify(options)}`, () => {
    assertEquals(brokerRefusal(options), `Cannot use ${message}`);
  });
}

for (
  const [sts, message] of [
    ["aws", ": it must be a mapping, but is a text"],
    [{ role: "x" }, '.role": there is no such key; did you mean "roleArn"?'],
    [{ ...STS, region: "Frankfurt!" }, '.region": "Frankfurt!" is not the name of a region'],
    [
      { ...STS, region: "RegionOne" },
      '.region": "RegionOne" is not the name of a region of AWS; another store needs its endpoint URL',
    ],
    [
      { ...STS, accessKeyId: "a", secretAccessKey: "b\n" },
      '.secretAccessKey": it has a control character; perhaps it ends with a line break',
    ],
    [{}, '.role_arn": AWS needs it: the ARN of the role whose permissions the tenants share'],
    [{ roleArn: "files" }, '.roleArn": it is not an ARN'],
    [
      { ...STS, externalId: "x".repeat(1_225) },
      '.externalId": it must have 2 to 1224 characters, of which AWS permits letters, digits and _+=,.@:/-',
    ],
    [{ ...STS, durationSeconds: 899 }, '.durationSeconds": it must be a whole number from 900 to 43200, not 899'],
    [{ ...STS, durationSeconds: 43_201 }, '.durationSeconds": it must be a whole number from 900 to 43200, not 43201'],
    [{ ...STS, durationSeconds: 900.5 }, '.durationSeconds": it must be a whole number from 900 to 43200, not 900.5'],
    [
      { ...STS, duration_seconds: "900" },
      '.duration_seconds": it must be a whole number from 900 to 43200, but is a text',
    ],
    [{ ...STS, canListUploads: "no" }, '.canListUploads": it must be true or false, but is a text'],
    [{ ...STS, accessKeyId: "A" }, '.accessKeyId": it needs "secretAccessKey" too'],
    [{ ...STS, endpointUrl: "store:8333" }, '.endpointUrl": it is not an http: or https: URL'],
    [{ roleArn: "arn:y", role_arn: "arn:x" }, '.role_arn": it is given in both spellings'],
  ] as const
) {
  Deno.test(`checkBrokerConfig() refuses the sts ${JSON.stringify(sts)}`, () => {
    assertEquals(stsRefusal(sts), `Cannot use "broker.sts${message.startsWith(":") ? '"' : ""}${message}`);
  });
}

for (
  const [r2, tenant, message] of [
    [{ accountId: "team" }, {}, 'r2.accountId": it is no account id: 32 hexadecimal digits'],
    [{ accountId: "a".repeat(31) }, {}, 'r2.accountId": it is no account id: 32 hexadecimal digits'],
    [{ accountId: undefined }, {}, 'r2.account_id": it is missing'],
    [
      { accessKeyId: "a b" },
      {},
      'r2.accessKeyId": it must be printable ASCII without spaces; perhaps it ends with a line break',
    ],
    [{ secretAccessKey: undefined }, {}, 'r2": it needs "secret_access_key" or "api_token"'],
    [{ apiToken: "t" }, {}, 'r2": it has both "secret_access_key" and "api_token", and needs one of them'],
    [{ jurisdiction: "us" }, {}, 'r2.jurisdiction": it must be "eu" or "fedramp"'],
    [{ durationSeconds: 604_801 }, {}, 'r2.durationSeconds": it must be a whole number from 900 to 604800, not 604801'],
    [{}, { roleArn: ROLE }, 'tenants.team.role_arn": it needs "sts", and keys come from "r2"'],
    [{}, { externalId: "ours" }, 'tenants.team.external_id": it needs "sts", and keys come from "r2"'],
    [{}, { sessionTags: { a: "b" } }, 'tenants.team.session_tags": it needs "sts", and keys come from "r2"'],
    [{}, { kmsKeyArn: KEY }, 'tenants.team.kms_key_arn": it needs "sts", and keys come from "r2"'],
    [
      { secretAccessKey: undefined, apiToken: "t" },
      { allow: ["read", "write"] },
      'tenants.team.allow": with "api_token" it must be [read] or [read, write, delete]; "secret_access_key" has no such limit',
    ],
    [
      { secretAccessKey: undefined, apiToken: "t" },
      { allow: ["write"] },
      'tenants.team.allow": with "api_token" it must be [read] or [read, write, delete]; "secret_access_key" has no such limit',
    ],
  ] as const
) {
  Deno.test(`checkBrokerConfig() refuses the r2 ${JSON.stringify(r2)} with ${JSON.stringify(tenant)}`, () => {
    assertEquals(r2Refusal(r2, tenant), `Cannot use "broker.${message}`);
  });
}

for (
  const [issuer, message] of [
    [{ ...CLUSTER, url: undefined }, '.url": it is missing'],
    [{ ...CLUSTER, url: "cluster" }, '.url": it is not an https: URL'],
    [{ ...CLUSTER, url: "https://a:b@cluster.test" }, '.url": it has a user name or a password'],
    [{ ...CLUSTER, url: "https://cluster.test?a" }, '.url": it has a query or a fragment'],
    [
      { ...CLUSTER, url: "http://cluster.test:80/x" },
      '.url": "cluster.test" would be asked without encryption; only this machine\'s own addresses may have http:',
    ],
    [
      { ...CLUSTER, jwksUrl: "http://10.0.0.1/keys" },
      '.jwksUrl": "10.0.0.1" would be asked without encryption; only this machine\'s own addresses may have http:',
    ],
    [{ ...CLUSTER, audiences: undefined }, '.audiences": it is missing'],
    [
      { ...CLUSTER, audiences: "s3-broker" },
      '.audiences": it must be a list of texts, but is a text; write ["s3-broker"]',
    ],
    [{ ...CLUSTER, audiences: [] }, '.audiences": it must have at least one text'],
    [{ ...CLUSTER, audiences: [""] }, '.audiences": it has an empty text'],
    [
      { url: CLUSTER.url, audience: [] },
      '.audience": there is no such key; did you mean "audiences"?\nCannot use "broker.issuers.own.audiences": it is missing',
    ],
  ] as const
) {
  Deno.test(`checkBrokerConfig() refuses the issuer ${JSON.stringify(issuer)}`, () => {
    assertEquals(brokerRefusal({ issuers: { own: issuer } }), `Cannot use "broker.issuers.own${message}`);
  });
}

Deno.test("checkBrokerConfig() takes an issuer on this machine, and refuses two of one URL", () => {
  const url = "http://127.0.0.1:8080";
  const { issuers } = checkBrokerConfig({ sts: STS, tenants: { team: TEAM }, issuers: { own: { ...CLUSTER, url } } });
  assertEquals(issuers["own"]?.url, url);
  assertEquals(
    brokerRefusal({ issuers: { own: CLUSTER, cluster: CLUSTER } }),
    'Cannot use "broker.issuers": "own" and "cluster" have the same "url"',
  );
});

for (
  const [options, message] of [
    [{ secret_sha: HASH }, '.secret_sha": there is no such key; did you mean "secret_sha256"?'],
    [
      { secretSha256: "x".repeat(64) },
      '.secretSha256": it is no SHA-256: 64 hexadecimal digits, as the command "secret" prints them',
    ],
    [{ secretSha256: 12 }, '.secretSha256": it must be a text, but is a number; put it in quotes'],
    [{ secretSha256: EMPTY_HASH }, '.secretSha256": it is the hash of an empty secret'],
    [{ secretSha256: EMPTY_HASH.toUpperCase() }, '.secretSha256": it is the hash of an empty secret'],
    [{ secrets: { a: HASH } }, '.secrets.a": it must be a mapping, but is a text'],
    [{ secrets: { a: {} } }, '.secrets.a.sha256": it is missing'],
    [{ secrets: { "": { sha256: HASH } } }, '.secrets.": its name is empty or has a control character'],
    [{ bucket: null }, '.bucket": it is missing'],
    [{ bucket: "Media" }, '.bucket": "Media" is not a valid bucket name'],
    [{ prefix: undefined }, '.prefix": it is missing; for all of the bucket write "whole_bucket: true" instead'],
    [{ prefix: "" }, '.prefix": it is empty; for all of the bucket write "whole_bucket: true" instead'],
    [{ prefix: "/team" }, '.prefix": it starts with "/"; leave that out'],
    [{ prefix: "a/../b" }, '.prefix": it has a "." or ".." segment'],
    [{ prefix: "a?b" }, '.prefix": it has a "?" or "#", which end the path in the reply\'s S3Folder'],
    [{ prefix: "a#b" }, '.prefix": it has a "?" or "#", which end the path in the reply\'s S3Folder'],
    [{ wholeBucket: true }, '.whole_bucket": it excludes "prefix"'],
    [{ allow: undefined }, '.allow": it is missing'],
    [{ allow: [] }, '.allow": it must have at least one text'],
    [{ allow: ["raed"] }, '.allow": there is no "raed"; did you mean "read"?'],
    [{ allow: [1] }, '.allow": it must be a list of texts, but has a number; put it in quotes'],
    [{ allow: Object.assign([], { 1: "read" }) }, '.allow": it must be a list of texts, but has nothing'],
    [{ allow: "read" }, '.allow": it must be a list of texts, but is a text; write ["read"]'],
    [{ durationSeconds: 43_201 }, '.duration_seconds": it must be at most 43200 with "sts", not 43201'],
    [{ sessionTags: { a: 5 } }, '.sessionTags.a": it must be a text, but is a number; put it in quotes'],
    [{ sessionTags: { a: "x".repeat(257) } }, '.sessionTags.a": it has 257 characters, and AWS takes 256 at most'],
    [{ sessionTags: { a: "b!" } }, '.sessionTags.a": AWS takes letters, digits, spaces and _.:/=+-@ only'],
    [{ sessionTags: { "a!": "b" } }, '.session_tags.a!": in names AWS takes letters, digits, spaces and _.:/=+-@ only'],
    [
      { sessionTags: { "AWS:a": "b" } },
      '.session_tags.AWS:a": its name begins with "aws:", which AWS keeps for itself',
    ],
    [
      { sessionTags: { ["x".repeat(129)]: "b" } },
      `.session_tags.${"x".repeat(129)}": its name has 129 characters, and AWS takes 128 at most`,
    ],
    [{ sessionTags: { Team: "a", team: "b" } }, '.session_tags": to AWS "Team" and "team" are one name'],
    [
      { sessionTags: Object.fromEntries(Array.from({ length: 51 }, (_, index) => [`t${index}`, "x"])) },
      '.session_tags": it has 51 tags, and AWS takes 50 at most',
    ],
    [
      { kmsKeyArn: "key" },
      '.kmsKeyArn": it is not the ARN of a KMS key, such as arn:aws:kms:eu-west-1:123456789012:key/…',
    ],
    [
      { kms_key_arn: [KEY, "arn:aws:kms:eu-west-1:123456789012:alias/files"] },
      '.kms_key_arn": it is an alias, which policies cannot name; write the ARN of the key',
    ],
    [{ kms_key_arn: 5 }, '.kms_key_arn": it must be a text or a list of texts, but is a number; put it in quotes'],
    [
      { secretSha256: undefined },
      '": nobody can be this tenant: it needs "secret_sha256", "secrets" or "identities"',
    ],
    [
      { secretSha256: undefined, secrets: {}, identities: {} },
      '": nobody can be this tenant: it needs "secret_sha256", "secrets" or "identities"',
    ],
  ] as const
) {
  Deno.test(`checkBrokerConfig() refuses a tenant with ${JSON.stringify(options).slice(0, 100)}`, () => {
    assertEquals(tenantRefusal(options), `Cannot use "broker.tenants.team${message}`);
  });
}

Deno.test("checkBrokerConfig() takes KMS keys on AWS only", () => {
  assertEquals(
    tenantRefusal({ kmsKeyArn: KEY }, { endpointUrl: "http://store.test" }),
    'Cannot use "broker.tenants.team.kms_key_arn": it needs AWS, and "sts" has an "endpoint_url"',
  );
});

for (
  const value of ["soon", "2026-13-01", "2026-02-30", "2026-10-01Z", 2026, true, [], {}, new Date(NaN)]
) {
  Deno.test(`checkBrokerConfig() refuses ${Deno.inspect(value)} as the end of a secret's life`, () => {
    assertEquals(
      tenantRefusal({ secrets: { a: { sha256: OTHER_HASH, expires_at: value } } }),
      'Cannot use "broker.tenants.team.secrets.a.expires_at": it must be a date such as 2026-10-01, or a time such as ' +
        `2026-10-01T12:00:00Z${typeof value === "number" ? ", not 2026" : ""}`,
    );
  });
}

Deno.test("checkBrokerConfig() refuses a time without a zone", () => {
  assertEquals(
    tenantRefusal({ secrets: { a: { sha256: OTHER_HASH, expiresAt: "2026-10-01T12:00" } } }),
    'Cannot use "broker.tenants.team.secrets.a.expiresAt": it has no zone; write "2026-10-01T12:00Z" for UTC',
  );
});

const CLAIMED = { issuer: "cluster", claims: { team: "a" } };

for (
  const [identity, message] of [
    ["ci", '": it must be a mapping, but is a text'],
    [{ subject: "a" }, '.issuer": it is missing'],
    [{ issuer: "clutser", subject: "a" }, '.issuer": there is no issuer "clutser"; did you mean "cluster"?'],
    [{ issuer: "constructor", subject: "a" }, '.issuer": there is no issuer "constructor"'],
    [{ issuer: "cluster" }, '": everyone with a token of "cluster" would be this tenant; add "subject" or "claims"'],
    [
      { issuer: "cluster", claims: {} },
      '": everyone with a token of "cluster" would be this tenant; add "subject" or "claims"',
    ],
    [{ issuer: "cluster", subject: [] }, '.subject": it must have at least one text'],
    [
      { ...CLAIMED, audience: "s3-brokr" },
      '.audience": "s3-brokr" is not an audience of "cluster"; did you mean "s3-broker"?',
    ],
    [
      { ...CLAIMED, claims: { id: 5 } },
      '.claims.id": it must be a text or a list of texts, but is a number; put it in quotes',
    ],
    [
      { ...CLAIMED, claims: { id: ["a", true] } },
      '.claims.id": it must be a list of texts, but has a boolean; put it in quotes',
    ],
    [{ ...CLAIMED, claims: { id: { a: "b" } } }, '.claims.id": it must be a text or a list of texts, but is a mapping'],
    [{ ...CLAIMED, claims: { "/a~b": "c" } }, '.claims./a~b": it is no JSON pointer: "~" is written "~0"'],
    [{ ...CLAIMED, claims: "team" }, '.claims": it must be a mapping, but is a text'],
    [
      { issuer: "github", subject: "repo:acme/*" },
      '.subject": "repo:acme/*" has a "*", and values are compared exactly; list them, or use a claim that they share',
    ],
    [
      { issuer: "github", claims: { repository: ["acme/site", "acme/*"] } },
      '.claims.repository": "acme/*" has a "*", and values are compared exactly; list them, or use a claim that they share',
    ],
    [
      { issuer: "github", claims: { ref: "refs/heads/main" } },
      '": any repository on GitHub could be this tenant; add "subject" or the claim "repository"',
    ],
    [
      { issuer: "github", claims: { job_workflow_ref: "acme/ci/.github/workflows/a.yml@refs/heads/main" } },
      '": any repository on GitHub could be this tenant; add "subject" or the claim "repository"',
    ],
    [{ issuer: "github" }, '": everyone with a token of "github" would be this tenant; add "subject" or "claims"'],
  ] as const
) {
  Deno.test(`checkBrokerConfig() refuses the identity ${JSON.stringify(identity)}`, () => {
    assertEquals(identityRefusal(identity), `Cannot use "broker.tenants.team.identities.ci${message}`);
  });
}

for (
  const identity of [
    { issuer: "github", subject: "repo:acme/site:ref:refs/heads/main" },
    { issuer: "github", claims: { "/repository": "acme/site" } },
    { issuer: "github", claims: { repository_owner_id: "5", ref: "refs/heads/main" } },
    { issuer: "cluster", claims: { "/a~1b/c~0": "d" } },
  ]
) {
  Deno.test(`checkBrokerConfig() takes the identity ${JSON.stringify(identity)}`, () => {
    const config = { sts: STS, issuers: ISSUERS, tenants: { team: { ...NOBODY, identities: { ci: identity } } } };
    assertEquals(checkBrokerConfig(config).tenants["team"]?.identities.length, 1);
  });
}

Deno.test("checkBrokerConfig() takes the claim ref alone from the issuer of an enterprise on GitHub", () => {
  const issuers = { github: { ...GITHUB, url: `${GITHUB.url}/acme` } };
  const identities = { ci: { issuer: "github", claims: { ref: "refs/heads/main" } } };
  const { tenants } = checkBrokerConfig({ sts: STS, issuers, tenants: { team: { ...TEAM, identities } } });
  assertEquals(tenants["team"]?.identities[0]?.claims.get("ref"), ["refs/heads/main"]);
});

for (
  const [name, options] of [
    ["an external id of 2 characters", { externalId: "a:" }],
    ["an external id of 1,224 characters", { externalId: "x".repeat(1_224) }],
    ["12 hours", { durationSeconds: 43_200 }],
    ["50 tags", { sessionTags: Object.fromEntries(Array.from({ length: 50 }, (_, index) => [`t${index}`, "x"])) }],
    ["the longest tag", { sessionTags: { ["x".repeat(128)]: "y".repeat(256) } }],
    ["a tag of any letters", { sessionTags: { "Größe 1": "_.:/=+-@" } }],
  ] as const
) {
  Deno.test(`checkBrokerConfig() takes ${name}`, () => {
    assertEquals(Object.keys(checkBrokerConfig({ sts: STS, tenants: { team: { ...TEAM, ...options } } }).tenants), [
      "team",
    ]);
  });
}

Deno.test("checkBrokerConfig() takes any permissions where keys of R2 are made here", () => {
  const { tenants } = checkBrokerConfig({ r2: R2, tenants: { team: { ...TEAM, allow: ["write"] } } });
  assertEquals(tenants["team"]?.allow, ["write"]);
});

Deno.test("checkBrokerConfig() names a prefix once that differs in case from several", () => {
  const tenants = Object.fromEntries(
    ["a", "a/b", "A/B/c"].map((prefix, index) => [prefix, { ...TEAM, prefix, secretSha256: String(index).repeat(64) }]),
  );
  assertEquals(refusalOf({ sts: { endpointUrl: "http://store.test" }, tenants }).split("\n").length, 1);
});

Deno.test("checkBrokerConfig() shows no value that may be a secret", () => {
  const secret = "the-secret-itself-canary";
  assertFalse(
    tenantRefusal({ secretSha256: secret, secrets: { a: { sha256: secret, expiresAt: secret } } }).includes(secret),
  );
  assertFalse(r2Refusal({ apiToken: secret, accountId: secret, jurisdiction: secret }).includes(secret));
  const error = assertThrows(() => checkBrokerConfig({ sts: { ...STS, secretAccessKey: secret }, tenants: {} }));
  assertFalse(Deno.inspect(error).includes(secret));
});

for (const bucket of ["my_bucket", "data--usw2-az1--x-s3"]) {
  Deno.test(`checkBrokerConfig() takes the bucket ${bucket} for other stores only`, () => {
    const tenants = { a: { ...TEAM, bucket } };
    const message = `Cannot use "broker.tenants.a.bucket": "${bucket}" is `;
    assert(refusalOf({ sts: STS, tenants }).startsWith(message));
    const sts = { endpointUrl: "http://store.test", region: "RegionOne" };
    assertEquals(checkBrokerConfig({ sts, tenants }).tenants["a"]?.bucket, bucket);
    assertEquals(
      checkBrokerConfig({ sts: STS, s3: { endpointUrl: "http://store.test" }, tenants }).s3.region,
      "us-east-1",
    );
  });
}

Deno.test("checkBrokerConfig() shows all mistakes at once, and no others because of them", () => {
  const config = {
    sts: { region: "!", canListUploads: 1 },
    issuers: { cluster: { url: "cluster" } },
    tenants: {
      a: { ...TEAM, bucket: 5, identities: { ci: { issuer: "cluster", subject: "x" } } },
      b: {
        ...NOBODY,
        identities: { ci: { issuer: "cluster", subject: "x" }, other: { issuer: "none", subject: "x" } },
      },
      c: { ...TEAM, secretSha256: undefined, secrets: { s: { sha256: "x" } } },
    },
    metrics: 1,
  };
  assertEquals(refusalOf(config).split("\n"), [
    'Cannot use "broker.sts.region": "!" is not the name of a region',
    'Cannot use "broker.sts.canListUploads": it must be true or false, but is a number',
    'Cannot use "broker.issuers.cluster.url": it is not an https: URL',
    'Cannot use "broker.issuers.cluster.audiences": it is missing',
    'Cannot use "broker.tenants.a.bucket": it must be a text, but is a number; put it in quotes',
    'Cannot use "broker.tenants.c.secrets.s.sha256": it is no SHA-256: 64 hexadecimal digits, as the command "secret" prints them',
    'Cannot use "broker.metrics": there is no such key; did you mean "metricsFrom"?',
    'Cannot use "broker.tenants.b.identities.other.issuer": there is no issuer "none"',
  ]);
});

for (
  const [a, b, message] of [
    [
      { secretSha256: HASH },
      { secretSha256: HASH.toUpperCase() },
      '"a" and "b" have the same secret ("a.secret_sha256", "b.secret_sha256")',
    ],
    [
      { secrets: { spring: { sha256: HASH } } },
      { secrets: { old: { sha256: HASH } } },
      '"a" and "b" have the same secret ("a.spring", "b.old")',
    ],
    [
      { secretSha256: HASH, secrets: { spring: { sha256: HASH } } },
      { secretSha256: OTHER_HASH },
      '"a" has the same secret twice ("a.secret_sha256", "a.spring")',
    ],
  ] as const
) {
  Deno.test(`checkBrokerConfig() refuses ${message}`, () => {
    const tenants = { a: { ...NOBODY, ...a }, b: { ...NOBODY, ...b } };
    assertEquals(refusalOf({ sts: STS, tenants }), `Cannot use "broker.tenants": ${message}`);
  });
}

for (
  const [one, other, isApart] of [
    ["team", "Team", false],
    ["team", "TEAM/sub", false],
    ["Team", "team", false],
    ["team", "Team/inner", false],
    ["Team/inner", "team", false],
    ["a/Team/b/c", "a/team/b", false],
    ["ΑΣ", "ασ/x", false],
    ["İ", "i/x", false],
    ["𐐀", "𐐨/x", false],
    ["ΑΣ", "ας/x", true],
    ["ß", "ss/x", true],
    ["team", "team/inner", true],
    ["Team/a", "team/b", true],
    ["team", "TEAM-2", true],
  ] as const
) {
  Deno.test(`checkBrokerConfig() ${isApart ? "takes" : "refuses"} the prefixes ${one} and ${other} in one bucket`, () => {
    const tenants = { a: { ...TEAM, prefix: one }, b: { ...TEAM, secretSha256: OTHER_HASH, prefix: other } };
    const config = { sts: { endpointUrl: "http://store.test" }, tenants };
    if (isApart) return void checkBrokerConfig(config);
    const [outer, inner] = one.split("/").length > other.split("/").length ? ["b", "a"] : ["a", "b"];
    const reason = "differ only in upper and lower case, which SeaweedFS's policies ignore";
    assertEquals(refusalOf(config), `Cannot use "broker.tenants": the prefixes of "${outer}" and "${inner}" ${reason}`);
    assertEquals(Object.keys(checkBrokerConfig({ sts: STS, tenants }).tenants), ["a", "b"]);
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
    assertEquals(
      refusalOf({ sts: STS, tenants: { [name]: { bucket: 5 } } }),
      `Cannot use ${JSON.stringify(`broker.tenants.${name}`)}: its name is empty or has a control character`,
    );
  });
}

Deno.test("checkBrokerConfig() takes a tenant called constructor or __proto__ for what it is", () => {
  const tenants = JSON.parse(
    JSON.stringify({ constructor: TEAM, proto: { ...TEAM, secretSha256: OTHER_HASH } })
      .replace('"proto"', '"__proto__"'),
  );
  const checked = checkBrokerConfig({ sts: STS, tenants }).tenants;
  assertEquals(Object.keys(checked), ["constructor", "__proto__"]);
  assertEquals(checked["__proto__"]?.prefix, "team/");
});
