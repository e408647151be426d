import { assert, assertEquals } from "@std/assert";
import { parse } from "@std/yaml";
import { Ajv2020 } from "ajv";
import { brokerSchema } from "../../tools/broker_schema.ts";
import { isMapping } from "../../src/options/mapping.ts";
import { blocksOf, readDocPages } from "../support/doc_blocks.ts";

const readText = (path: string) => Deno.readTextFile(new URL(`../../${path}`, import.meta.url));

Deno.test("docs/broker.schema.json is what tools/broker_schema.ts writes", async () => {
  assertEquals(await readText("docs/broker.schema.json"), brokerSchema(await readText("docs/brokers.md")));
});

Deno.test("docs/broker.schema.json has a sentence for each option", async () => {
  const lacking: string[] = [];
  const visit = (schema: unknown, path: string): void => {
    if (!isMapping(schema)) return;
    for (const [name, inner] of Object.entries(schema)) {
      if (path.endsWith(".properties") && !Object.hasOwn(Object(inner), "description")) lacking.push(`${path}.${name}`);
      visit(inner, `${path}.${name}`);
    }
  };
  visit(JSON.parse(await readText("docs/broker.schema.json")).properties.broker, "broker");
  assertEquals(lacking, []);
});

const validate = new Ajv2020({ strict: false }).compile(JSON.parse(await readText("docs/broker.schema.json")));
const HASH = "a".repeat(64);

Deno.test("docs/broker.schema.json takes every broker.yaml of the guides", async () => {
  const blocks = (await readDocPages()).flatMap(blocksOf).filter(({ kind, text }) => {
    return kind === "yaml" && text.startsWith("broker:") && text.includes("tenants:");
  });
  assert(blocks.length > 0);
  // In JSON a date is a text, as it is to editors.
  const asJson = (text: string) => JSON.parse(JSON.stringify(parse(text)));
  assertEquals(blocks.filter(({ text }) => !validate(asJson(text))).map(({ place }) => place), []);
});

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
