/**
 * Writes `docs/broker.schema.json`, with which editors complete and check a broker.yaml:
 *
 *     deno run --allow-read --allow-write=docs tools/broker_schema.ts
 */
import { BROKER_FILE } from "../src/config/broker_file.ts";
import { type Option, type Table, toSnakeCase } from "../src/options/option_table.ts";

type Schema = Readonly<Record<string, unknown>>;

const PAGE = new URL("../docs/brokers.md", import.meta.url);
const FILE = new URL("../docs/broker.schema.json", import.meta.url);
const REFERENCE = { $ref: "#/$defs/reference" };
const TEXT = { anyOf: [{ type: "string" }, REFERENCE] };
const TEXTS = { type: "array", minItems: 1, items: TEXT };

/** The types of a value in YAML, or a reference to one. */
const TYPES: Readonly<Record<Option["type"], Schema>> = {
  string: TEXT,
  number: { anyOf: [{ type: "integer" }, REFERENCE] },
  boolean: { anyOf: [{ type: "boolean" }, REFERENCE] },
  list: TEXTS,
  texts: { anyOf: [...TEXT.anyOf, TEXTS] },
  any: TEXT,
  object: { type: "object" },
  function: {},
};

/** The schema as a text, with the sentences of the guide's tables. */
export function brokerSchema(guide: string): string {
  const sentences = readSentences(guide);
  // The tenants may all be in the folder.
  const { required: _, ...broker } = schemaOfGroup(BROKER_FILE, "broker", sentences);
  const schema = {
    $schema: "https://json-schema.org/draft/2020-12/schema",
    title: "broker.yaml of s3-source",
    type: "object",
    required: ["broker"],
    properties: { broker },
    $defs: { reference: { oneOf: ["$env", "$file"].map(schemaOfReference) } },
  };
  return `${JSON.stringify(schema, null, 2)}\n`;
}

function schemaOfReference(name: string): Schema {
  return { type: "object", required: [name], additionalProperties: false, properties: { [name]: { type: "string" } } };
}

function schemaOfGroup(table: Table, place: string, sentences: ReadonlyMap<string, string>): Schema {
  const rows = Object.entries(table);
  const required = rows.flatMap(([name, { isRequired }]) => isRequired ? [toSnakeCase(name)] : []);
  const properties = rows.map(([name, option]): [string, Schema] => {
    const path = `${place}.${toSnakeCase(name)}`;
    const description = sentences.get(path);
    const schema = schemaOf(option, path, sentences);
    return [toSnakeCase(name), {
      ...description !== undefined && { description },
      ...option.default !== undefined && { default: option.default },
      ...schema,
    }];
  });
  return {
    type: "object",
    additionalProperties: false,
    ...required.length > 0 && { required },
    properties: Object.fromEntries(properties),
  };
}

function schemaOf(option: Option, path: string, sentences: ReadonlyMap<string, string>): Schema {
  const { options, each, type } = option;
  if (options !== undefined) return schemaOfGroup(options, path, sentences);
  if (each === undefined) return TYPES[type];
  return { type: "object", additionalProperties: schemaOf(each, `${path}.NAME`, sentences) };
}

/** The sentences of the tables below "option below `PLACE`", by the paths of the options. */
function readSentences(guide: string): ReadonlyMap<string, string> {
  const sentences = new Map<string, string>();
  for (const [, place = "", rows = ""] of guide.matchAll(/^\| option below `([^`]+)`.*\n\|[- |]+\n((?:\|.*\n)+)/gm)) {
    for (const row of rows.trim().split("\n")) {
      const [names = "", , sentence = ""] = row.split("|").slice(1, -1).map((cell) => cell.trim());
      for (const [, name = ""] of names.matchAll(/`([^`]+)`/g)) sentences.set(`${place}.${name}`, sentence);
    }
  }
  return sentences;
}

if (import.meta.main) await Deno.writeTextFile(FILE, brokerSchema(await Deno.readTextFile(PAGE)));
