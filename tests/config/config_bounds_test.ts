import { assertEquals, assertThrows } from "@std/assert";
import { readBrokerConfig, readDatasetteConfig } from "../../src/config/datasette_yaml.ts";
import { ConfigError } from "../../src/errors.ts";

const DEPTH = 20_000;
const DEEP = "it is nested more than 64 levels deep";
const lines = (count: number, line: (index: number) => string) =>
  Array.from({ length: count }, (_, i) => line(i)).join("\n");

const texts: Record<string, readonly [yaml: string, message: string]> = {
  "20,000 lists": ["a: " + "[".repeat(DEPTH) + "]".repeat(DEPTH), DEEP],
  "20,000 lists that are not closed": ["a: " + "[".repeat(DEPTH), DEEP],
  "20,000 mappings": ["{a: ".repeat(DEPTH) + "1" + "}".repeat(DEPTH), DEEP],
  "20,000 dashes": ["a:\n  " + "- ".repeat(DEPTH) + "a", DEEP],
  "20,000 references in each other": ["{$env: ".repeat(DEPTH) + "HOME" + "}".repeat(DEPTH), DEEP],
  "2,000 mappings in lines": [lines(2_000, (i) => `${" ".repeat(i)}a:`), DEEP],
  "100 mappings": ["{a: ".repeat(100) + "1" + "}".repeat(100), DEEP],
  "a list that contains itself": ["a: &a [*a]", DEEP],
  "aliases of aliases": [
    `a0: &a0 [lol, lol]\n${lines(40, (i) => `a${i + 1}: &a${i + 1} [${`*a${i}, `.repeat(9)}*a${i}]`)}`,
    "it has more than 1,000,000 values, counting repeated ones",
  ],
  "an alias merged into mappings again and again": [
    `a0: &a0 {k: [1, 2]}\n${lines(40, (i) => `a${i + 1}: &a${i + 1} {b: *a${i}, c: *a${i}, d: {<<: *a${i}}}`)}`,
    "Cannot read",
  ],
};

const readers = { "datasette.yaml": readDatasetteConfig, "broker.yaml": readBrokerConfig };

for (const [fileName, read] of Object.entries(readers)) {
  for (const [name, [yaml, message]] of Object.entries(texts)) {
    Deno.test(`${fileName} with ${name} is a ConfigError`, () => {
      assertThrows(() => read({ yaml }), ConfigError, message);
    });
  }

  Deno.test(`${fileName} is not read with a setting of 20,000 names, or a value that is nested so deep`, () => {
    const key = Array.from({ length: DEPTH }, () => "a").join(".");
    const error = assertThrows(() => read({ settings: [[key, "1"]] }), ConfigError, "it has more than 64 names");
    assertEquals(error.message.length < 300, true);
    const values = ["[".repeat(DEPTH) + "]".repeat(DEPTH), '{"$env":'.repeat(DEPTH) + '"A"' + "}".repeat(DEPTH)];
    const keys = ["a", "broker.sts.region", "plugins.datasette-files.sources.a.config.bucket"];
    for (const value of values) {
      for (const key of keys) assertThrows(() => read({ settings: [[key, value]] }), ConfigError, DEEP);
    }
  });
}

Deno.test("a datasette.yaml may have 1,000,000 values, and 64 levels, but no more", () => {
  const valuesOf = (rest: number) => {
    const list = (count: number, value: string) => `[${Array(count).fill(value).join(",")}]`;
    return `a: &a ${list(999, "1")}\nb: ${list(998, "*a")}\nc: ${list(rest, "1")}`;
  };
  const levels = (count: number) => "[".repeat(count) + "]".repeat(count);
  const missing = "Cannot find a source";
  assertThrows(() => readDatasetteConfig({ yaml: valuesOf(997) }), ConfigError, missing);
  assertThrows(() => readDatasetteConfig({ yaml: valuesOf(998) }), ConfigError, "more than 1,000,000 values");
  assertThrows(() => readDatasetteConfig({ yaml: `a: ${levels(63)}` }), ConfigError, missing);
  assertThrows(() => readDatasetteConfig({ yaml: `a: ${levels(64)}` }), ConfigError, DEEP);
  const setting = (names: number) => [[Array(names).fill("a").join("."), "1"]] as const;
  assertThrows(() => readDatasetteConfig({ settings: setting(64) }), ConfigError, missing);
  assertThrows(() => readDatasetteConfig({ settings: setting(65) }), ConfigError, "it has more than 64 names");
});

Deno.test("a broker.yaml whose tenants share an alias can be read", () => {
  const tenant = (i: number) =>
    `    t${i}: {<<: *shared, secret_sha256: "${i.toString(16).padStart(64, "0")}", prefix: t${i}/}`;
  const yaml = `shared: &shared {bucket: media, allow: [read]}
broker:
  sts: {region: eu-west-1, role_arn: "arn:aws:iam::123456789012:role/files"}
  tenants:
${lines(300, tenant)}`;
  assertEquals(Object.keys(readBrokerConfig({ yaml }).tenants).length, 300);
});
