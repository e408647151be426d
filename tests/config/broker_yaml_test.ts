import { assertEquals, assertInstanceOf, assertThrows } from "@std/assert";
import { ConfigError } from "../../mod.ts";
import { createBroker } from "../../src/broker/mod.ts";
import { type BrokerConfigInput, readBrokerConfig, readBrokerDocument } from "../../src/config/broker_yaml.ts";
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

function refusalOf(input: BrokerConfigInput): string {
  return assertThrows(() => readBrokerConfig(input), ConfigError).message;
}

/** An object that has been read, without the difference of prototypes. */
function plain(value: unknown): unknown {
  return JSON.parse(JSON.stringify(value));
}

Deno.test("readBrokerConfig() reads a broker from YAML, in one spelling and with defaults", () => {
  assertEquals(plain(readBrokerConfig({ yaml: YAML })), {
    sts: { region: "eu-west-1", roleArn: "arn:aws:iam::123456789012:role/files", canListUploads: false },
    tenants: {
      team: { secretSha256: HASH, bucket: "media", prefix: "team", wholeBucket: false, allow: ["write", "read"] },
    },
    maxFailuresPerMinute: 10,
    metricsFrom: ["127.0.0.1", "::1"],
  });
});

const EVERYTHING = `
broker:
  sts:
    endpoint_url: http://127.0.0.1:8333
    region: us-east-1
    role_arn: arn:aws:iam::role/files
    external_id: ours
    duration_seconds: 7200
    access_key_id: AKID
    secret_access_key: {$env: KEY}
    can_list_uploads: true
  s3: {endpoint_url: "http://127.0.0.1:8334", region: eu-1}
  issuers:
    cluster:
      url: https://cluster.test
      audiences: [s3-broker]
      jwks_url: https://cluster.test/keys
      ca_file: /etc/ca.crt
      token_file: /var/run/token
    github: {url: "https://token.actions.githubusercontent.com", audiences: [s3-broker]}
  tenants:
    all:
      secret_sha256: {$file: hash.txt}
      secrets:
        spring: {sha256: ${OTHER_HASH}, expires_at: 2026-10-01}
      identities:
        ci: {issuer: github, subject: [a, b], audience: s3-broker, claims: {repository: acme/site, "/a/b": [c, d]}}
      bucket: media
      whole_bucket: true
      allow: [delete]
      role_arn: arn:aws:iam::role/own
      external_id: theirs
      duration_seconds: 900
      session_tags: {team: a}
  trusted_proxies: [10.0.0.0/8]
  address_header: X-Forwarded-For
  max_failures_per_minute: 5
  metrics_from: ["::1"]
  state: rediss://cache.test/2
  secret: [Zx9bW2nQ5tLk8VdR1yMc4JhG7sFp0oEa, kD3vQ8xN1mZs7RbT0cYw4HfJ6gLpA2eX]
  audit: /var/log/broker.jsonl
  log_format: json
`;

Deno.test("readBrokerDocument() reads every key, and keeps what is for the command apart", () => {
  const document = readBrokerDocument({ yaml: EVERYTHING, env: () => "own", readTextFile: () => `${HASH}\n` });
  assertEquals(plain(document), {
    config: {
      sts: {
        endpointUrl: "http://127.0.0.1:8333",
        region: "us-east-1",
        roleArn: "arn:aws:iam::role/files",
        externalId: "ours",
        durationSeconds: 7_200,
        accessKeyId: "AKID",
        secretAccessKey: "own",
        canListUploads: true,
      },
      s3: { endpointUrl: "http://127.0.0.1:8334", region: "eu-1" },
      issuers: {
        cluster: { url: "https://cluster.test", audiences: ["s3-broker"], jwksUrl: "https://cluster.test/keys" },
        github: { url: "https://token.actions.githubusercontent.com", audiences: ["s3-broker"] },
      },
      tenants: {
        all: {
          secretSha256: HASH,
          secrets: { spring: { sha256: OTHER_HASH, expiresAt: "2026-10-01T00:00:00.000Z" } },
          identities: {
            ci: {
              issuer: "github",
              subject: ["a", "b"],
              audience: "s3-broker",
              claims: { repository: "acme/site", "/a/b": ["c", "d"] },
            },
          },
          bucket: "media",
          wholeBucket: true,
          allow: ["delete"],
          roleArn: "arn:aws:iam::role/own",
          externalId: "theirs",
          durationSeconds: 900,
          sessionTags: { team: "a" },
        },
      },
      trustedProxies: ["10.0.0.0/8"],
      addressHeader: "X-Forwarded-For",
      maxFailuresPerMinute: 5,
      metricsFrom: ["::1"],
    },
    issuerFiles: { cluster: { caFile: "/etc/ca.crt", tokenFile: "/var/run/token" }, github: {} },
    state: "rediss://cache.test/2",
    secret: ["Zx9bW2nQ5tLk8VdR1yMc4JhG7sFp0oEa", "kD3vQ8xN1mZs7RbT0cYw4HfJ6gLpA2eX"],
    audit: "/var/log/broker.jsonl",
    logFormat: "json",
  });
});

Deno.test("readBrokerDocument() writes the audit to stdout, and log lines as text, by default", () => {
  const { audit, logFormat, issuerFiles, state } = readBrokerDocument({ yaml: YAML });
  assertEquals([audit, logFormat, plain(issuerFiles), state], ["stdout", "text", {}, "memory:"]);
});

Deno.test("readBrokerConfig() returns what createBroker() takes", () => {
  const config = readBrokerConfig({ yaml: EVERYTHING, env: () => "own", readTextFile: () => HASH });
  createBroker(config);
  const { tenants } = checkBrokerConfig(config);
  assertEquals(tenants["all"]?.secrets[1]?.expiresAtMs, Date.UTC(2026, 9, 1));
  assertEquals(tenants["all"]?.identities[0]?.claims.get("/a/b"), ["c", "d"]);
});

Deno.test("readBrokerConfig() refuses a setting that is not the broker's", () => {
  for (const key of ["tenants.team.prefix", "brokers.tenants.team.prefix", "plugins.a"]) {
    assertThrows(
      () => readBrokerConfig({ yaml: YAML, settings: [[key, "x"]] }),
      ConfigError,
      `Cannot use the setting "${key}": a broker's settings begin with "broker."`,
    );
  }
});

Deno.test("readBrokerConfig() gives the line of a tenant that is there twice", () => {
  const yaml = "broker:\n  tenants:\n    a:\n      bucket: x\n    a:\n      bucket: y\n";
  const { message } = assertThrows(() => readBrokerConfig({ yaml }), ConfigError);
  assertEquals(message, 'Cannot read "broker.yaml": duplicated key at line 5');
});

Deno.test("readBrokerConfig() leaves what is not the broker's to others", () => {
  const yaml = `${YAML}\nplugins: {datasette-files: {sources: {}}}`;
  assertEquals(Object.keys(readBrokerConfig({ yaml }).tenants), ["team"]);
});

for (
  const [yaml, message] of [
    ["", '"broker": it is missing'],
    ["borker: {}", '"broker": it is missing; there is "borker"'],
    ["plugins: {}", '"broker": it is missing'],
    ["broker: []", '"broker": it must be a mapping, but is a list'],
    ["broker: {sts: {endpoint_url: 'http://s.test'}}", '"broker.tenants": it is missing'],
    ["broker: {sts: {endpoint_url: 'http://s.test'}, tenants: }", '"broker.tenants": it is missing'],
    [
      "broker: {sts: {endpoint_url: 'http://s.test'}, tenants: []}",
      '"broker.tenants": it must be a mapping, but is a list',
    ],
    ["broker: {sts: {endpoint_url: 'http://s.test'}, tenants: {}}", '"broker.tenants": it has no tenant'],
    [
      "broker: {sts: {endpoint_url: 'http://s.test'}, tenants: {a: x}}",
      '"broker.tenants.a": it must be a mapping, but is a text',
    ],
    [`${YAML}  log: json`, '"broker.log": there is no such key; did you mean "log_format"?'],
    [`${YAML}  log_format: xml`, '"broker.log_format": it must be "text" or "json"'],
    [`${YAML}  audit: {}`, '"broker.audit": it must be a text, but is a mapping'],
    [`${YAML}  tenants_folder: []`, '"broker.tenants_folder": it must be a text, but is a list'],
    [
      `${YAML}  issuers: {a: {url: "https://a.test", audiences: [b], fetch: c}}`,
      '"broker.issuers.a.fetch": there is no such key',
    ],
    [
      `${YAML}  issuers: {a: {url: "https://a.test", audiences: b}}`,
      '"broker.issuers.a.audiences": it must be a list of texts, but is a text; write ["b"]',
    ],
    [
      `${YAML}  issuers: {a: {url: "https://a.test", audiences: [2026-10-01]}}`,
      '"broker.issuers.a.audiences": it must be a list of texts, but has a date; put it in quotes',
    ],
    [
      YAML.replace(HASH, "1234"),
      '"broker.tenants.team.secret_sha256": it must be a text, but is a number; put it in quotes',
    ],
    [
      YAML.replace("prefix: team", "prefix: true"),
      '"broker.tenants.team.prefix": it must be a text, but is a boolean; put it in quotes',
    ],
  ] as const
) {
  Deno.test(`readBrokerConfig() refuses what it ${message.slice(0, 100)}`, () => {
    assertEquals(refusalOf({ yaml }), `Cannot use ${message}`);
  });
}

Deno.test("readBrokerConfig() shows all mistakes at once, a line for each", () => {
  const yaml = `${YAML.replace("region", "regin").replace("media", "M!").replace("write", "wirte")}  audits: x\n`;
  assertEquals(refusalOf({ yaml }).split("\n"), [
    'Cannot use "broker.sts.regin": there is no such key; did you mean "region"?',
    'Cannot use "broker.tenants.team.bucket": "M!" is not a valid bucket name',
    'Cannot use "broker.tenants.team.allow": there is no "wirte"; did you mean "write"?',
    'Cannot use "broker.audits": there is no such key; did you mean "audit"?',
  ]);
});

Deno.test("readBrokerConfig() reads references at any depth, also in lists", () => {
  const env = (name: string) =>
    ({ AUD: "s3-broker", CLAIM: "acme/site", PROXY: "10.0.0.7", TTL: "1800", ALL: "true" })[name];
  const yaml = `
broker:
  sts: {endpoint_url: "http://s.test", duration_seconds: {$env: TTL}, can_list_uploads: {$env: ALL}}
  issuers: {ci: {url: {$file: url}, audiences: [a, {$env: AUD}]}}
  tenants:
    team:
      identities: {ci: {issuer: ci, claims: {repository: {$env: CLAIM}, other: [{$env: CLAIM}, x]}}}
      bucket: media
      prefix: {$env: TTL}
      allow: [read]
  trusted_proxies: [{$env: PROXY}]
`;
  const config = readBrokerConfig({ yaml, env, readTextFile: (path) => `https://${path}.test\n` });
  assertEquals([config.sts?.durationSeconds, config.sts?.canListUploads], [1_800, true]);
  assertEquals(plain(config.issuers), { ci: { url: "https://url.test", audiences: ["a", "s3-broker"] } });
  assertEquals(plain(config.tenants["team"]?.identities?.["ci"]?.claims), {
    repository: "acme/site",
    other: ["acme/site", "x"],
  });
  assertEquals([config.tenants["team"]?.prefix, config.trustedProxies], ["1800", ["10.0.0.7"]]);
});

Deno.test("readBrokerConfig() takes the text of a variable as it is", () => {
  const yaml = YAML.replace("prefix: team", "prefix: {$env: PREFIX}");
  for (const text of ['"team"', "5", "true", "[1]"]) {
    assertEquals(readBrokerConfig({ yaml, env: () => text }).tenants["team"]?.prefix, text);
  }
});

Deno.test("readBrokerConfig() says where references lead nowhere, and nothing of their values", () => {
  const yaml = `
broker:
  sts: {endpoint_url: "http://s.test", access_key_id: {$env: ID}, secret_access_key: {$file: key}, duration_seconds: {$env: CANARY}}
  issuers: {ci: {url: "https://ci.test", audiences: [{$env: AUD}]}}
  tenants:
    team:
      secrets: {old: {sha256: {$env: CANARY}}, new: {sha256: {$env: 5}}}
      bucket: media
      prefix: team
      allow: [read]
`;
  const cause = new Error("denied");
  const error = assertThrows(() =>
    readBrokerConfig({
      yaml,
      env: (name) => name === "CANARY" ? "canary-value" : undefined,
      readTextFile: () => {
        throw cause;
      },
    }), ConfigError);
  assertEquals(error.message.split("\n"), [
    'Cannot use "broker.sts.access_key_id": the environment variable "ID" is not set',
    'Cannot use "broker.sts.secret_access_key": the file "key" cannot be read',
    'Cannot use "broker.sts.duration_seconds": it must be a whole number from 900 to 43200, but is a text',
    'Cannot use "broker.issuers.ci.audiences": the environment variable "AUD" is not set',
    'Cannot use "broker.tenants.team.secrets.old.sha256": it is no SHA-256: 64 hexadecimal digits, as the command ' +
    '"secret" prints them',
    'Cannot use "broker.tenants.team.secrets.new.sha256": its reference must be a name, but is a number',
  ]);
  assertInstanceOf(error.cause, Error);
  assertEquals(error.cause, cause);
});

Deno.test("readBrokerConfig() does not show a variable that is not a list", () => {
  const yaml = YAML.replace("[write, read]", "{$env: CANARY}");
  assertEquals(
    refusalOf({ yaml, env: () => "canary-value" }),
    'Cannot use "broker.tenants.team.allow": it must be a list of texts, but is a text',
  );
});

Deno.test("readBrokerConfig() shows 50 mistakes, and how many more there are", () => {
  const tenants = Array.from({ length: 60 }, (_, index) => `    t${index}: 5\n`).join("");
  const lines = refusalOf({ yaml: `${YAML}${tenants}` }).split("\n");
  assertEquals(lines.slice(-2), [
    'Cannot use "broker.tenants.t49": it must be a mapping, but is a number',
    "And 10 more mistakes like these",
  ]);
});

Deno.test("readBrokerConfig() reads neither variables nor files if it cannot", () => {
  const yaml = YAML.replace("media", "{$env: BUCKET}").replace(HASH, "{$file: hash}");
  assertEquals(refusalOf({ yaml }).split("\n"), [
    'Cannot use "broker.tenants.team.secret_sha256": the file "hash" cannot be read here',
    'Cannot use "broker.tenants.team.bucket": the environment variable "BUCKET" is not set',
  ]);
});

Deno.test("readBrokerDocument() refuses a state that it cannot share", () => {
  const read = (settings: [string, string][]) => readBrokerDocument({ yaml: YAML, settings });
  const redis = ["broker.state", "redis://127.0.0.1:6379"] satisfies [string, string];
  assertThrows(
    () => read([redis]),
    ConfigError,
    'Cannot use "broker.state": it needs "secret", the same in every process',
  );
  assertThrows(
    () => read([redis, ["broker.secret", "short"]]),
    ConfigError,
    "it has 5 characters and needs 32 or more",
  );
  assertThrows(
    () => read([["broker.state", "etcd://127.0.0.1"]]),
    ConfigError,
    'it must be "memory:", or a URL such as',
  );
});
