import { assertEquals, assertStringIncludes, assertThrows } from "@std/assert";
import { ConfigError } from "../../mod.ts";
import { readBrokerConfig, readDatasetteConfig } from "../../src/config/datasette_yaml.ts";

const READERS = { readBrokerConfig, readDatasetteConfig };

/** A configuration for either reader, with references in it. */
const YAML = `
broker:
  sts: {endpoint_url: "http://store.test", access_key_id: {$env: KEY}, secret_access_key: {$file: key.txt}}
  tenants:
    team: {secret_sha256: ${"a".repeat(64)}, bucket: media, prefix: team, allow: [read]}
plugins: {datasette-files: {sources: {media: {storage: s3, config: {bucket: {$env: KEY}, prefix: {$file: key.txt}}}}}}
`;

for (const [name, read] of Object.entries(READERS)) {
  const refusalOf = (input: unknown) => assertThrows(() => read(input as never), ConfigError).message;

  for (const input of [undefined, null, 5, "yaml", [], () => {}, new Date(0)]) {
    Deno.test(`${name}() refuses ${Deno.inspect(input)} in place of its input`, () => {
      assertStringIncludes(refusalOf(input), "the options are not an object, but ");
    });
  }

  for (
    const [input, reason] of [
      [{ ymal: YAML }, '"ymal": there is no such option; did you mean "yaml"?'],
      [{ yaml: null }, '"yaml": it must be a string, not null'],
      [{ yaml: new Uint8Array(3) }, '"yaml": it must be a string, not an instance of a class'],
      [{ yaml: YAML, fileName: 5 }, '"fileName": it must be a string, not a number'],
      [{ yaml: YAML, env: { KEY: "x" } }, '"env": it must be a function'],
      [{ yaml: YAML, readTextFile: "key.txt" }, '"readTextFile": it must be a function'],
      [
        { yaml: YAML, settings: null },
        '"settings": it must be a list of pairs of strings, a key and a value, not null',
      ],
      [{ yaml: YAML, settings: { "broker.sts.region": "x" } }, '"settings": it must be a list of pairs of strings'],
      [{ yaml: YAML, settings: ["broker.sts.region=x"] }, '"settings": it must be a list of pairs of strings'],
      [{ yaml: YAML, settings: [["broker.sts.region"]] }, '"settings": it must be a list of pairs of strings'],
      [{ yaml: YAML, settings: [["broker.sts.region", 5]] }, '"settings": it must be a list of pairs of strings'],
      [{ yaml: YAML, settings: [null] }, '"settings": it must be a list of pairs of strings'],
    ] as const
  ) {
    Deno.test(`${name}() refuses ${Deno.inspect({ ...input, yaml: undefined }, { compact: true })} by name`, () => {
      assertEquals(refusalOf(input).includes(`Cannot use the option ${reason}`), true, refusalOf(input));
    });
  }

  Deno.test(`${name}() says which variable cannot be read`, () => {
    const env = () => {
      throw new Deno.errors.NotCapable("Requires env access");
    };
    assertStringIncludes(refusalOf({ yaml: YAML, env }), 'the environment variable "KEY" cannot be read');
  });

  for (const given of [undefined, null, 5, {}, Symbol("s"), Promise.resolve("x")]) {
    Deno.test(`${name}() refuses ${Deno.inspect(given)} in place of a variable's or a file's text`, () => {
      refusalOf({ yaml: YAML, env: () => given, readTextFile: () => "media" });
      refusalOf({ yaml: YAML, env: () => "media", readTextFile: () => given });
    });
  }
}
