import { assertEquals, assertThrows } from "@std/assert";
import { ConfigError } from "../../mod.ts";
import { type BrokerConfigInput, readBrokerConfig } from "../../src/config/broker_yaml.ts";

const YAML = `
broker:
  sts: {endpoint_url: "http://store.test"}
  tenants_folder: tenants.d/
`;

const tenant = (index: number, bucket = "media") =>
  `{secret_sha256: "${String(index).repeat(64)}", bucket: ${bucket}, prefix: t${index}, allow: [read]}`;

/** Input with a folder of these files. */
function inputOf(files: Readonly<Record<string, string>>, yaml = YAML): BrokerConfigInput {
  return {
    yaml,
    readFolder: (path) => path === "tenants.d/" ? Object.keys(files) : [],
    readTextFile: (path) => {
      const text = files[path.replace(/^tenants\.d\//, "")];
      if (text === undefined) throw new Error("no such file");
      return text;
    },
  };
}

function refusalOf(input: BrokerConfigInput): string {
  return assertThrows(() => readBrokerConfig(input), ConfigError).message;
}

Deno.test("readBrokerConfig() reads the tenants of a folder, in the order of the files' names", () => {
  const files = {
    "b.yaml": `b: ${tenant(1)}\nc: ${tenant(2)}`,
    "a.yaml": `z: ${tenant(3)}`,
    "empty.yaml": "",
    "note.txt": "!",
    ".hidden.yaml": "!",
    "old.yml": "!",
  };
  assertEquals(Object.keys(readBrokerConfig(inputOf(files)).tenants), ["z", "b", "c"]);
});

Deno.test("readBrokerConfig() adds the tenants of a folder to those of the file, and writes settings over both", () => {
  const input = inputOf({ "a.yaml": `a: ${tenant(1)}` }, `${YAML}  tenants: {own: ${tenant(2)}}`);
  const settings = [["broker.tenants.a.bucket", "photos"], ["broker.tenants.own.bucket", "texts"]] as const;
  const { tenants } = readBrokerConfig({ ...input, settings });
  assertEquals(Object.entries(tenants).map(([name, { bucket }]) => [name, bucket]), [["own", "texts"], [
    "a",
    "photos",
  ]]);
});

Deno.test("readBrokerConfig() takes the folder's name from a setting or a variable", () => {
  const input = { ...inputOf({ "a.yaml": `a: ${tenant(1)}` }, 'broker: {sts: {endpoint_url: "http://store.test"}}') };
  for (
    const setting of [
      ["broker.tenants_folder", "tenants.d/"],
      ["broker.tenantsFolder", "tenants.d/"],
      ["broker.tenants_folder.$env", "FOLDER"],
    ] as const
  ) {
    const { tenants } = readBrokerConfig({ ...input, settings: [setting], env: () => "tenants.d/" });
    assertEquals(Object.keys(tenants), ["a"]);
  }
});

Deno.test("readBrokerConfig() names the file of each mistake in a folder", () => {
  const files = { "a.yaml": `a: ${tenant(1, "M!")}`, "b.yaml": `b: {bukket: x}` };
  assertEquals(refusalOf(inputOf(files)).split("\n"), [
    'Cannot use "broker.tenants.a.bucket" in "tenants.d/a.yaml": "M!" is not a valid bucket name',
    'Cannot use "broker.tenants.b.bukket" in "tenants.d/b.yaml": there is no such key; did you mean "bucket"?',
    'Cannot use "broker.tenants.b.bucket" in "tenants.d/b.yaml": it is missing',
    'Cannot use "broker.tenants.b.allow" in "tenants.d/b.yaml": it is missing',
  ]);
});

Deno.test("readBrokerConfig() refuses a tenant that is in two files, naming both", () => {
  const input = inputOf(
    { "a.yaml": `a: ${tenant(1)}\nown: ${tenant(3)}`, "b.yaml": `a: ${tenant(4)}` },
    `${YAML}  tenants: {own: ${tenant(2)}}`,
  );
  assertEquals(refusalOf({ ...input, fileName: "/etc/broker.yaml" }).split("\n"), [
    'Cannot use "broker.tenants.own": it is in "/etc/broker.yaml", and in "tenants.d/a.yaml"',
    'Cannot use "broker.tenants.a": it is in "tenants.d/a.yaml", and in "tenants.d/b.yaml"',
  ]);
});

Deno.test("readBrokerConfig() does not let a folder take the place of tenants that cannot be used", () => {
  const message = 'Cannot use "broker.tenants": it must be a mapping, but is a list';
  assertEquals(refusalOf(inputOf({ "a.yaml": `a: ${tenant(1)}` }, `${YAML}  tenants: []`)), message);
});

for (
  const [files, message] of [
    [{ "a.yaml": "a: [" }, 'Cannot read "tenants.d/a.yaml": '],
    [{ "a.yaml": "[]" }, 'Cannot read "tenants.d/a.yaml": it must be a mapping'],
    [{ "a.yaml": "a: &a [*a]" }, 'Cannot read "tenants.d/a.yaml": it is nested more than 64 levels deep'],
    [{}, 'Cannot use "broker.tenants": it has no tenant'],
  ] as const
) {
  Deno.test(`readBrokerConfig() refuses a folder with ${JSON.stringify(files)}`, () => {
    assertEquals(refusalOf(inputOf({ ...files })).slice(0, message.length), message);
  });
}

Deno.test("readBrokerConfig() says that a folder cannot be read", () => {
  const { readFolder: _, ...withoutReader } = inputOf({});
  assertEquals(
    refusalOf(withoutReader),
    'Cannot use "broker.tenants_folder": the folder "tenants.d/" cannot be read here',
  );
  const cause = new Error("denied");
  const readFolder = () => {
    throw cause;
  };
  const error = assertThrows(() => readBrokerConfig({ ...withoutReader, readFolder }), ConfigError);
  assertEquals(
    error.message,
    'Cannot use "broker.tenants_folder": the folder "tenants.d/", or a file in it, cannot be read',
  );
  assertEquals(error.cause, cause);
});
