import { assertEquals, assertNotEquals } from "@std/assert";
import { documentedSymbols } from "../support/documented_symbols.ts";

const SYMBOLS = await documentedSymbols();

const hasExample = (
  { jsDoc }: { readonly jsDoc?: { readonly tags?: readonly { readonly kind: string }[] } | undefined },
) => jsDoc?.tags?.some(({ kind }) => kind === "example") ?? false;

Deno.test("every exported function and every method of an interface has an example", () => {
  const functions = SYMBOLS.filter(({ kind }) => kind === "function");
  const owners = SYMBOLS.filter(({ kind, methods }) => kind === "interface" && methods.length > 0);
  assertNotEquals([functions, owners], [[], []]);
  assertEquals(functions.filter((symbol) => !hasExample(symbol)).map(({ name }) => name), []);
  // One example may show all methods of a test double or a session. Those of a source and an upload have one each.
  const each = ["S3Source", "MultipartUpload"];
  assertEquals(each.filter((name) => !owners.some((owner) => owner.name === name)), []);
  const missing = owners.flatMap((owner) => {
    if (hasExample(owner) && !each.includes(owner.name)) return [];
    return owner.methods.filter((method) => !hasExample(method)).map(({ name }) => `${owner.name}.${name}`);
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
