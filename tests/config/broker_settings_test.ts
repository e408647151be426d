import { assertEquals, assertThrows } from "@std/assert";
import { ConfigError } from "../../mod.ts";
import { readBrokerConfig } from "../../src/config/broker_yaml.ts";
import { applySettings } from "../../src/config/settings.ts";

const HASH = "0123456789abcdef".repeat(4);

const YAML = `
broker:
  sts: {endpoint_url: "http://127.0.0.1:8333"}
  issuers:
    github: {url: "https://token.actions.githubusercontent.com", audiences: [old]}
  tenants:
    team: {secret_sha256: ${HASH}, bucket: media, prefix: team, allow: [read]}
`;

function settingAt(key: string, text: string): unknown {
  const document = applySettings({}, [[key, text]]);
  return key.split(".").reduce<unknown>((inner, name) => Reflect.get(Object(inner), name), document);
}

for (
  const [key, text, value] of [
    ["broker.sts.duration_seconds", "1800", 1800],
    ["broker.sts.can_list_uploads", "true", true],
    ["broker.sts.access_key_id", "123", "123"],
    ["broker.r2.durationSeconds", "1800", 1800],
    ["broker.s3.region", "1", "1"],
    ["broker.issuers.github.audiences", '["s3-broker"]', ["s3-broker"]],
    ["broker.issuers.github.url", "5", "5"],
    ["broker.issuers.github.ca_file", "5", "5"],
    ["broker.tenants.team.prefix", "2024", "2024"],
    ["broker.tenants.team.allow", '["delete"]', ["delete"]],
    ["broker.tenants.team.secrets.old.sha256", "1".repeat(64), "1".repeat(64)],
    ["broker.tenants.team.secrets.old.expires_at", "2026-10-01", "2026-10-01"],
    ["broker.tenants.team.identities.ci.subject", "5", "5"],
    ["broker.tenants.team.identities.ci.subject", '["a", "b"]', ["a", "b"]],
    ["broker.tenants.team.identities.ci.claims.repository", "acme/site", "acme/site"],
    ["broker.tenants.team.identities.ci.claims.repository_id", "5", "5"],
    ["broker.tenants.team.identities.ci.claims.repository_id", '["5"]', ["5"]],
    ["broker.tenants.team.session_tags.cost", "5", "5"],
    ["broker.tenants.team.kms_key_arn", '["a"]', ["a"]],
    ["broker.trusted_proxies", '["10.0.0.0/8"]', ["10.0.0.0/8"]],
    ["broker.max_failures_per_minute", "5", 5],
    ["broker.tenants_folder", "5", "5"],
    ["broker.log_format", "json", "json"],
    ["broker.tenants.team.secrets", '{"a": {"sha256": "b"}}', { a: { sha256: "b" } }],
    ["broker.unknown.inner", "5", 5],
  ] as const
) {
  Deno.test(`a setting ${key} takes ${text.slice(0, 40)} for ${JSON.stringify(value).slice(0, 40)}`, () => {
    assertEquals(settingAt(key, text), value);
  });
}

for (
  const [key, names, value] of [
    ["claims.$env", ["claims", "$env"], "team"],
    ["claims./kubernetes.io/namespace", ["claims", "/kubernetes.io/namespace"], "team"],
    ["claims./kubernetes.io/namespace.$env", ["claims", "/kubernetes.io/namespace"], { $env: "team" }],
    ["subject.$file", ["subject"], { $file: "team" }],
  ] as const
) {
  Deno.test(`a setting ${key} is one of an identity`, () => {
    const path = ["broker", "tenants", "team", "identities", "ci"];
    const document = applySettings({}, [[`${path.join(".")}.${key}`, "team"]]);
    const at = [...path, ...names].reduce<unknown>((inner, name) => Reflect.get(Object(inner), name), document);
    assertEquals(at, value);
  });
}

Deno.test("readBrokerConfig() writes settings over the file, at any depth", () => {
  const { issuers, tenants } = readBrokerConfig({
    yaml: YAML,
    settings: [
      ["broker.issuers.github.audiences", '["s3-broker"]'],
      ["broker.tenants.team.identities.ci.issuer", "github"],
      ["broker.tenants.team.identities.ci.claims.repository", "acme/site"],
      ["broker.tenants.team.secretSha256.$env", "HASH"],
    ],
    env: () => "a".repeat(64),
  });
  assertEquals(issuers?.["github"]?.audiences, ["s3-broker"]);
  const { secretSha256, identities } = tenants["team"] ?? {};
  assertEquals(secretSha256, "a".repeat(64));
  assertEquals(identities?.["ci"]?.claims?.["repository"], "acme/site");
});

Deno.test("readBrokerConfig() needs no YAML when settings say everything", () => {
  const settings = [
    ["broker.sts.endpoint_url", "http://127.0.0.1:8333"],
    ["broker.tenants.team.secrets.spring.sha256", HASH],
    ["broker.tenants.team.bucket", "media"],
    ["broker.tenants.team.whole_bucket", "true"],
    ["broker.tenants.team.allow", '["read"]'],
  ] as const;
  const { sts, tenants } = readBrokerConfig({ settings });
  assertEquals(sts, { endpointUrl: "http://127.0.0.1:8333", region: "us-east-1", canListUploads: false });
  assertEquals([tenants["team"]?.wholeBucket, tenants["team"]?.secrets?.["spring"]?.sha256], [true, HASH]);
});

for (
  const [key, reason] of [
    ["tenants.team.bucket.x", 'there is nothing below "bucket"; a name with a dot in it needs the YAML file'],
    [
      "tenants.team.secrets.old.sha256.x",
      'there is nothing below "sha256"; a name with a dot in it needs the YAML file',
    ],
    ["trusted_proxies.0", 'there is nothing below "trusted_proxies"; a name with a dot in it needs the YAML file'],
    ["tenants..bucket", "it must be names separated by dots"],
    ["sts.endpoint_url.$env.x", 'there is nothing below "endpoint_url"; a name with a dot in it needs the YAML file'],
  ] as const
) {
  Deno.test(`readBrokerConfig() refuses the setting broker.${key}`, () => {
    assertThrows(
      () => readBrokerConfig({ yaml: YAML, settings: [[`broker.${key}`, "y"]] }),
      ConfigError,
      `Cannot use the setting "broker.${key}": ${reason}`,
    );
  });
}

Deno.test("readBrokerConfig() does not take what every object has for an option", () => {
  for (const key of ["broker.constructor.name", "broker.tenants.team.toString.name"]) {
    const settings = [[key, "x"]] as const;
    assertThrows(() => readBrokerConfig({ yaml: YAML, settings }), ConfigError, "there is no such key");
  }
});

Deno.test("readBrokerConfig() suggests a key for an unknown setting", () => {
  assertThrows(
    () => readBrokerConfig({ yaml: YAML, settings: [["broker.tenants.team.identities.ci.isuer", "github"]] }),
    ConfigError,
    'Cannot use "broker.tenants.team.identities.ci.isuer": there is no such key; did you mean "issuer"?',
  );
});
