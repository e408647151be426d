/**
 * Writes the schemas in `docs/`, with which editors complete and check a broker.yaml and a datasette.yaml:
 *
 *     deno run --allow-read --allow-write=docs tools/config_schemas.ts
 */
import { FILES_FILE } from "../src/config/app_file.ts";
import { BROKER_FILE } from "../src/config/broker_file.ts";
import { FILES_PATH } from "../src/config/settings.ts";
import { type Option, type Table, toSnakeCase } from "../src/options/option_table.ts";

type Schema = Readonly<Record<string, unknown>>;

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
  any: {},
  object: { type: "object" },
  function: {},
};

/** The schemas as texts by their files, with the sentences of the guides' tables. */
export async function configSchemas(): Promise<Readonly<Record<string, string>>> {
  const sentences = new Map<string, string>();
  for (const page of ["README.md", "docs/stores.md", "docs/files_app.md", "docs/brokers.md"]) {
    addSentences(sentences, await Deno.readTextFile(new URL(page, ROOT)));
  }
  // The tenants may all be in the folder.
  const { required: _, ...broker } = schemaOfGroup(BROKER_FILE, "broker", sentences);
  const files = schemaOfGroup(FILES_FILE, FILES_PATH.join("."), sentences);
  const plugins = { type: "object", properties: { [FILES_PATH[1] ?? ""]: files } };
  return {
    "docs/broker.schema.json": toText("broker.yaml", { required: ["broker"], properties: { broker } }),
    "docs/datasette.schema.json": toText("datasette.yaml", {
      properties: { plugins, permissions: { description: "who may do what", type: "object" } },
    }),
  };
}

const ROOT = new URL("../", import.meta.url);

function toText(name: string, schema: Schema): string {
  const whole = {
    $schema: "https://json-schema.org/draft/2020-12/schema",
    title: `${name} of s3-source`,
    type: "object",
    ...schema,
    $defs: { reference: { oneOf: ["$env", "$file"].map(schemaOfReference) } },
  };
  return `${JSON.stringify(whole, null, 2)}\n`;
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
  const { options, each, single, type, check } = option;
  if (options !== undefined) return schemaOfGroup(options, path, sentences);
  if (each === undefined && type === "list" && check([]) === undefined) return { ...TEXTS, minItems: 0 };
  if (each === undefined) return TYPES[type];
  const one = schemaOf(each, single === undefined ? `${path}.NAME` : path, sentences);
  const byName = { type: "object", additionalProperties: one };
  return single === undefined ? byName : { anyOf: [one, byName] };
}

/** Adds the sentences of the tables of options, by the paths of the options. */
function addSentences(sentences: Map<string, string>, page: string): void {
  const config = `${FILES_PATH.join(".")}.sources.NAME.config`;
  for (
    const [, place, rows = ""] of page.matchAll(/^\| option(?: below `([^`]+)`)? *\|.*\n\|[- |]+\n((?:\|.*\n)+)/gm)
  ) {
    const start = place === undefined ? config : place === "store" ? `${config}.store` : place;
    for (const row of rows.trim().split("\n")) {
      const [names = "", , sentence = ""] = row.split("|").slice(1, -1).map((cell) => cell.trim());
      for (const [, name = ""] of names.matchAll(/`([^`]+)`/g)) sentences.set(`${start}.${name}`, sentence);
    }
  }
}

if (import.meta.main) {
  for (const [file, text] of Object.entries(await configSchemas())) {
    await Deno.writeTextFile(new URL(file, ROOT), text);
  }
}
