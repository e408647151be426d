import { assert, assertEquals, assertThrows } from "@std/assert";
import { ConfigError, type S3SourceConfig } from "../../mod.ts";
import { CONFIG_FILE, FILES_FILE, LIMIT_OPTIONS, OIDC_OPTIONS } from "../../src/config/app_file.ts";
import { applySettings } from "../../src/config/settings.ts";
import { STS_OPTIONS, TENANT_OPTIONS } from "../../src/options/broker_tables.ts";
import { callable, flag, text, whole } from "../../src/options/checks.ts";
import { type Option, type OptionTable, readOptions, toSnakeCase } from "../../src/options/option_table.ts";
import type { SOURCE_CONFIG } from "../../src/options/source_config.ts";

interface Sample {
  name?: string | null;
  maxCount?: number;
  isReallyOn?: boolean;
  otherName?: string;
  onEvent?: () => void;
}

const SAMPLE = {
  name: { ...text, needs: "isReallyOn" },
  maxCount: { ...whole(0), default: 7 },
  isReallyOn: flag,
  otherName: { ...text, needs: "isReallyOn" },
  onEvent: callable,
} as const satisfies OptionTable<Sample>;

Deno.test("readOptions() takes undefined for absent, and fills in the defaults", () => {
  const given = { isReallyOn: false, maxCount: undefined };
  assertEquals(readOptions<Sample, typeof SAMPLE>(given, SAMPLE), { isReallyOn: false, maxCount: 7 });
});

Deno.test("readOptions() takes an unknown option that is undefined for absent, unless it reads YAML", () => {
  const given = { maxcount: undefined };
  assertEquals(readOptions<Sample, typeof SAMPLE>(given, SAMPLE), { maxCount: 7 });
  assertThrows(() => readOptions<Sample, typeof SAMPLE>(given, SAMPLE, { yamlOptions: SAMPLE }), ConfigError);
});

Deno.test("readOptions() reads what is inherited, and refuses it if it is unknown", () => {
  assertEquals(readOptions<Sample, typeof SAMPLE>(Object.create({ maxCount: 1 }), SAMPLE).maxCount, 1);
  assertThrows(() => readOptions(Object.create({ maxcount: 1 }), SAMPLE), ConfigError, 'did you mean "maxCount"?');
});

for (
  const [given, yamlOptions, message] of [
    [{ max_count: 1 }, {}, 'option "max_count": there is no such option; did you mean "maxCount"?'],
    [{ max_cuont: 1 }, SAMPLE, 'option "max_cuont": there is no such option; did you mean "max_count"?'],
    [{ max_Count: 1 }, SAMPLE, "there is no such option"],
    [{ is_reallyOn: true }, SAMPLE, "there is no such option"],
    [{ max_count: 1, name: "a" }, SAMPLE, 'option "name": it needs "isReallyOn" too'],
    [{ other_name: "a" }, SAMPLE, 'option "other_name": it needs "is_really_on" too'],
    [{ maxCount: null }, {}, 'option "maxCount": it must be a whole number of at least 0, not null'],
    [{ maxcount: null }, SAMPLE, "there is no such option"],
    [{ maxcount: undefined }, SAMPLE, "there is no such option"],
    [{ maxCount: 1, max_count: 2 }, SAMPLE, 'option "max_count": it is given in both spellings'],
    [{ on_event: "x" }, SAMPLE, 'option "on_event": it must be a function, not a string'],
    [{ name: "a", isReallyOn: undefined }, {}, 'option "name": it needs "isReallyOn" too'],
    [{ constructor: 1 }, SAMPLE, 'option "constructor": there is no such option'],
    [{ toString: 1 }, SAMPLE, 'option "toString": there is no such option'],
  ] as const
) {
  Deno.test(`readOptions() refuses ${JSON.stringify(given)}${"name" in yamlOptions ? " of a YAML file" : ""}`, () => {
    assertThrows(() => readOptions<Sample, typeof SAMPLE>(given, SAMPLE, { yamlOptions }), ConfigError, message);
  });
}

Deno.test("readOptions() reads both spellings and null where YAML is read", () => {
  const given = { max_count: 1, isReallyOn: null };
  assertEquals(readOptions<Sample, typeof SAMPLE>(given, SAMPLE, { yamlOptions: SAMPLE }), { maxCount: 1 });
});

Deno.test("readOptions() shows no value that it refuses", () => {
  const secret = "the-secret-itself-canary";
  const { message } = assertThrows(
    () => readOptions<Sample, typeof SAMPLE>(JSON.parse(`"${secret}"`), SAMPLE),
    ConfigError,
    "the options are not an object, but a string",
  );
  assert(!message.includes(secret));
});

Deno.test("the spellings of a source's configuration are those of its type", () => {
  type SnakeCase<Name extends string> = Name extends `${infer First}${infer Rest}`
    ? `${First extends Lowercase<First> ? First : `_${Lowercase<First>}`}${SnakeCase<Rest>}`
    : Name;
  type Spellings = keyof typeof SOURCE_CONFIG | SnakeCase<keyof typeof SOURCE_CONFIG>;
  type Difference = Exclude<Spellings, keyof S3SourceConfig> | Exclude<keyof S3SourceConfig, Spellings>;
  // The compiler compares them.
  const isSame: [Difference] extends [never] ? true : false = true;
  assert(isSame);
});

/** A value of each type, as a setting has it. */
const VALUES: Readonly<Record<string, readonly [text: string, value: unknown]>> = {
  number: ["1800", 1800],
  boolean: ["true", true],
  list: ['["read"]', ["read"]],
};

for (
  const [place, table] of [
    ["broker.sts", STS_OPTIONS],
    ["broker.tenants.team", TENANT_OPTIONS],
    ["plugins.datasette-files.sources.media.config", CONFIG_FILE],
    ["plugins.datasette-files", FILES_FILE],
    ["plugins.datasette-files.limits", LIMIT_OPTIONS],
    ["plugins.datasette-files.login.oidc", OIDC_OPTIONS],
    ["plugins.datasette-files.login.oidc.school", OIDC_OPTIONS],
  ] as const
) {
  for (const [name, { type, each, options }] of Object.entries<Option>(table)) {
    if (each !== undefined || options !== undefined) continue;
    for (const spelling of new Set([name, toSnakeCase(name)])) {
      Deno.test(`a setting ${place}.${spelling} is a ${type}`, () => {
        const [text, value] = VALUES[type] ?? ["1800", "1800"];
        const key = `${place}.${spelling}`;
        const document = applySettings({}, [[key, text]]);
        assertEquals(
          key.split(".").reduce<unknown>((inner, name) => Reflect.get(Object(inner), name), document),
          value,
        );
      });
    }
  }
}
