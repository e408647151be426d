import { assert, assertEquals, assertNotEquals } from "@std/assert";
import { documentedSymbols } from "../support/documented_symbols.ts";

const SYMBOLS = await documentedSymbols();

/** What a program calls: all functions, and the methods of a source and of an upload in parts. */
const CALLS = [
  ...SYMBOLS.filter(({ kind }) => kind === "function"),
  ...SYMBOLS.filter(({ name }) => name === "S3Source" || name === "MultipartUpload").flatMap((owner) =>
    owner.methods.map((method) => ({ ...method, name: `${owner.name}.${method.name}` }))
  ),
];

const tagsOf = ({ jsDoc }: typeof CALLS[number], kind: string) => jsDoc?.tags?.filter((tag) => tag.kind === kind) ?? [];

Deno.test("every exported function, and every method of a source and an upload, has an example", () => {
  for (const name of ["createS3Source", "S3Source.read", "MultipartUpload.parts"]) {
    assert(CALLS.some((call) => call.name === name), name);
  }
  const missing = CALLS.filter((call) => tagsOf(call, "example").length === 0);
  assertEquals(missing.map(({ name }) => name), []);
});

Deno.test("all their parameters are documented", () => {
  const missing = CALLS.flatMap((call) => {
    const documented = tagsOf(call, "param").map(({ name }) => name);
    const params = call.params?.map(({ name, left }) => name ?? left?.name) ?? [];
    return params.filter((name) => !documented.includes(name)).map((name) => `${call.name}: ${name}`);
  });
  assertEquals(missing, []);
});

Deno.test("the documentation of every optional property says its default, or what its absence means", () => {
  const said = /\bDefault(?:[:,]| `| [\d"])|\bDefault$|\bRequired\b|^Same as `|\babsent\b/m;
  const properties = SYMBOLS.flatMap((symbol) =>
    symbol.properties.map((property) => ({ ...property, place: `${symbol.name}.${property.name}` }))
  );
  const optional = properties.filter(({ optional }) => optional);
  assertNotEquals(optional, []);
  assertEquals(optional.filter(({ jsDoc }) => !said.test(jsDoc?.doc ?? "")).map(({ place }) => place), []);
});
