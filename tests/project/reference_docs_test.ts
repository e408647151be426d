import { assertEquals, assertNotEquals } from "@std/assert";
import { documentedSymbols } from "../support/documented_symbols.ts";

const SYMBOLS = await documentedSymbols();

const hasExample = (
  { jsDoc }: { readonly jsDoc?: { readonly tags?: readonly { readonly kind: string }[] } | undefined },
) => jsDoc?.tags?.some(({ kind }) => kind === "example") ?? false;

Deno.test("every exported function, and every method of a source and an upload, has an example", () => {
  const functions = SYMBOLS.filter(({ kind }) => kind === "function");
  const methods = ["S3Source", "MultipartUpload"].flatMap((owner) => {
    const found = SYMBOLS.find(({ name }) => name === owner)?.methods ?? [];
    assertNotEquals(found, []);
    return found.map((method) => ({ ...method, name: `${owner}.${method.name}` }));
  });
  assertNotEquals(functions, []);
  assertEquals([...functions, ...methods].filter((one) => !hasExample(one)).map(({ name }) => name), []);
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
