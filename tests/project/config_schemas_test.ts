import { assert, assertEquals } from "@std/assert";
import { parse } from "@std/yaml";
import { Ajv2020 } from "ajv";
import { configSchemas } from "../../tools/config_schemas.ts";
import { isMapping } from "../../src/options/mapping.ts";
import { blocksOf, readDocPages } from "../support/doc_blocks.ts";

const readSchema = async (name: string) =>
  JSON.parse(await Deno.readTextFile(new URL(`../../docs/${name}.schema.json`, import.meta.url)));

Deno.test("the schemas in docs/ are what tools/config_schemas.ts writes", async () => {
  const written = await configSchemas();
  assertEquals(Object.keys(written), ["docs/broker.schema.json", "docs/datasette.schema.json"]);
  for (const [file, text] of Object.entries(written)) {
    assertEquals(await Deno.readTextFile(new URL(`../../${file}`, import.meta.url)), text);
  }
});

Deno.test("the schemas in docs/ have a sentence for each option", async () => {
  const lacking: string[] = [];
  const visit = (schema: unknown, path: string): void => {
    if (!isMapping(schema)) return;
    for (const [name, inner] of Object.entries(schema)) {
      if (path.endsWith(".properties") && !Object.hasOwn(Object(inner), "description")) lacking.push(`${path}.${name}`);
      visit(inner, `${path}.${name}`);
    }
  };
  visit((await readSchema("broker")).properties.broker, "broker");
  visit((await readSchema("datasette")).properties.plugins.properties["datasette-files"], "files");
  assertEquals(lacking, []);
});

const compile = async (name: string) => new Ajv2020({ strict: false }).compile(await readSchema(name));
const validate = await compile("broker");
const validateDatasette = await compile("datasette");
const HASH = "a".repeat(64);

for (
  const [file, start, key, validates] of [
    ["broker", "broker:", "tenants:", validate],
    ["datasette", "plugins:", "sources:", validateDatasette],
  ] as const
) {
  Deno.test(`docs/${file}.schema.json takes every ${file}.yaml of the guides`, async () => {
    const blocks = (await readDocPages()).flatMap(blocksOf).filter(({ kind, text }) => {
      return kind === "yaml" && text.startsWith(start) && text.includes(key);
    });
    assert(blocks.length > 0);
    // In JSON a date is a text, as it is to editors.
    const asJson = (text: string) => JSON.parse(JSON.stringify(parse(text)));
    assertEquals(blocks.filter(({ text }) => !validates(asJson(text))).map(({ place }) => place), []);
  });
}

for (
  const [name, broker, isGood] of [
    ["a reference", { sts: { duration_seconds: { $env: "TTL" } } }, true],
    ["a list with a reference", { trusted_proxies: ["10.0.0.7", { $file: "proxy" }] }, true],
    ["a text, or a list", { tenants: { a: { bucket: "media", allow: ["read"], kms_key_arn: ["a"] } } }, true],
    ["claims", {
      tenants: { a: { bucket: "m", allow: ["read"], identities: { c: { issuer: "i", claims: { d: "e" } } } } },
    }, true],
    ["an unknown key", { sts: { duration: 5 } }, false],
    ["a number in quotes", { sts: { duration_seconds: "900" } }, false],
    ["a text for a list", { trusted_proxies: "10.0.0.7" }, false],
    ["a claim that is a number", {
      tenants: { a: { bucket: "m", allow: ["read"], identities: { c: { issuer: "i", claims: { d: 5 } } } } },
    }, false],
    ["a tenant without a bucket", { tenants: { a: { secret_sha256: HASH, allow: ["read"] } } }, false],
    ["a reference with more keys", { sts: { region: { $env: "A", default: "b" } } }, false],
  ] as const
) {
  Deno.test(`docs/broker.schema.json ${isGood ? "takes" : "refuses"} ${name}`, () => {
    assertEquals(validate({ broker }), isGood);
  });
}

const PROVIDER = { issuer: "https://id.example.com", client_id: "files" };
const MEDIA = { storage: "s3", config: { bucket: "media" } };

for (
  const [name, files, isGood] of [
    ["a provider", { login: { oidc: PROVIDER } }, true],
    ["providers by name", { login: { oidc: { a: PROVIDER, b: PROVIDER } } }, true],
    ["secrets by reference", { secret: [{ $env: "NEW" }, { $file: "former" }] }, true],
    ["no host names", { allowed_hosts: [] }, true],
    [
      "options of a store",
      { sources: { a: { ...MEDIA, config: { store: { max_parts: 5, conditions: "uploads" } } } } },
      true,
    ],
    ["an unknown limit", { limits: { max_upload: 5 } }, false],
    ["an unknown option of a store", { sources: { a: { ...MEDIA, config: { store: { parts: 5 } } } } }, false],
    ["a provider without an id", { login: { oidc: { issuer: "https://id.example.com" } } }, false],
  ] as const
) {
  Deno.test(`docs/datasette.schema.json ${isGood ? "takes" : "refuses"} ${name}`, () => {
    const plugins = { "datasette-files": { sources: { media: MEDIA }, ...files } };
    assertEquals(validateDatasette({ plugins, permissions: {} }), isGood);
  });
}
