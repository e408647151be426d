import { assertEquals, assertFalse, assertInstanceOf, assertStringIncludes, assertThrows } from "@std/assert";
import { type DatasetteConfigInput, readDatasetteConfig } from "../../src/config/datasette_yaml.ts";
import { ConfigError } from "../../src/errors.ts";

const PREFIX = "plugins.datasette-files.sources";

/** A datasette.yaml with these lines as the sources. */
function yamlOf(sources: string): string {
  const lines = sources.trim().split("\n").map((line) => `      ${line}`);
  return ["plugins:", "  datasette-files:", "    sources:", ...lines].join("\n");
}

const SECRET = "kD3vQ8xN1mZs7RbT0cYw4HfJ6gLpA2eU";

const MEDIA = yamlOf(`
media:
  storage: s3
  config:
    bucket: media
    region: eu-west-1
`);

function refusalOf(input: DatasetteConfigInput): string {
  return assertThrows(() => readDatasetteConfig(input), ConfigError).message;
}

Deno.test("readDatasetteConfig() reads every source of the YAML", () => {
  const yaml = yamlOf(`
one:
  storage: s3
  config: {bucket: first}
two:
  storage: s3
  config: {bucket: second, endpoint_url: "http://127.0.0.1:8333"}
`);
  assertEquals({ ...readDatasetteConfig({ yaml }).sources }, {
    one: { bucket: "first" },
    two: { bucket: "second", endpoint_url: "http://127.0.0.1:8333" },
  });
});

Deno.test("readDatasetteConfig() reads what a source is for", () => {
  const yaml =
    "plugins: {datasette-files: {sources: {a: {storage: s3, description: For all., config: {bucket: media}}, " +
    "b: {storage: s3, config: {bucket: media}}}}}";
  const { sources, descriptions } = readDatasetteConfig({ yaml });
  assertEquals([{ ...sources }, { ...descriptions }], [{ a: { bucket: "media" }, b: { bucket: "media" } }, {
    a: "For all.",
  }]);
  assertEquals(
    refusalOf({ yaml: yaml.replace("For all.", "[]") }),
    `Cannot use "${PREFIX}.a.description": it must be a text, but is a list`,
  );
});

Deno.test("readDatasetteConfig() returns the whole document", () => {
  const { document } = readDatasetteConfig({ yaml: `${MEDIA}\npermissions:\n  files-browse: true\n` });
  assertEquals(document["permissions"], { "files-browse": true });
});

Deno.test("readDatasetteConfig() lets a setting override the file", () => {
  const { sources } = readDatasetteConfig({ yaml: MEDIA, settings: [[`${PREFIX}.media.config.region`, "us-west-2"]] });
  assertEquals(sources["media"], { bucket: "media", region: "us-west-2" });
});

Deno.test("readDatasetteConfig() lets a later setting override an earlier one", () => {
  const key = `${PREFIX}.media.config.region`;
  const { sources } = readDatasetteConfig({ yaml: MEDIA, settings: [[key, "us-west-2"], [key, "ap-south-1"]] });
  assertEquals(sources["media"]?.region, "ap-south-1");
});

Deno.test("readDatasetteConfig() lets a setting override an option in its other spelling", () => {
  const yaml = yamlOf(`
media:
  storage: s3
  config: {bucket: media, endpoint_url: "http://127.0.0.1:1"}
`);
  const settings = [[`${PREFIX}.media.config.endpointUrl`, "http://127.0.0.1:2"]] as const;
  assertEquals(readDatasetteConfig({ yaml, settings }).sources["media"], {
    bucket: "media",
    endpointUrl: "http://127.0.0.1:2",
  });
});

Deno.test("readDatasetteConfig() needs no YAML when settings define a source", () => {
  const settings = [[`${PREFIX}.media.storage`, "s3"], [`${PREFIX}.media.config.bucket`, "media"]] as const;
  assertEquals(readDatasetteConfig({ settings }).sources["media"], { bucket: "media" });
});

Deno.test("readDatasetteConfig() merges a mapping given as JSON", () => {
  const settings = [[`${PREFIX}.media`, '{"config": {"region": "us-west-2"}}']] as const;
  assertEquals(readDatasetteConfig({ yaml: MEDIA, settings }).sources["media"], {
    bucket: "media",
    region: "us-west-2",
  });
});

for (const text of ["12345", "1e5", "true", "null", "[1]", '{"a": 1}', " padded "]) {
  Deno.test(`readDatasetteConfig() keeps the option ${JSON.stringify(text)} a string`, () => {
    const settings = [
      [`${PREFIX}.media.config.access_key_id`, "id"],
      [`${PREFIX}.media.config.secret_access_key`, text],
    ] as const;
    assertEquals(readDatasetteConfig({ yaml: MEDIA, settings }).sources["media"]?.secret_access_key, text);
  });
}

Deno.test("readDatasetteConfig() takes the quotes off an option that is a JSON string", () => {
  const settings = [[`${PREFIX}.media.config.prefix`, '"team/"']] as const;
  assertEquals(readDatasetteConfig({ yaml: MEDIA, settings }).sources["media"]?.prefix, "team/");
});

Deno.test("readDatasetteConfig() reads a boolean option of a setting as a boolean", () => {
  const settings = [[`${PREFIX}.media.config.allow_insecure_credentials_url`, "true"]] as const;
  assertEquals(readDatasetteConfig({ yaml: MEDIA, settings }).sources["media"]?.allow_insecure_credentials_url, true);
});

Deno.test("readDatasetteConfig() reads other settings as JSON", () => {
  const settings = [["permissions.files-browse", "true"], ["permissions.note", "plain text"]] as const;
  const { document } = readDatasetteConfig({ yaml: MEDIA, settings });
  assertEquals(document["permissions"], { "files-browse": true, note: "plain text" });
});

Deno.test("readDatasetteConfig() takes options from environment variables", () => {
  const yaml = yamlOf(`
media:
  storage: s3
  config: {bucket: media, access_key_id: id, secret_access_key: {$env: KEY}}
`);
  const { sources } = readDatasetteConfig({ yaml, env: (name) => name === "KEY" ? "12345" : undefined });
  assertEquals(sources["media"]?.secret_access_key, "12345");
});

Deno.test("readDatasetteConfig() takes options from files without their last line break", () => {
  const yaml = yamlOf(`
media:
  storage: s3
  config: {credentials_url: "https://b.test", credentials_url_secret: {$file: /run/secrets/key}}
`);
  const { sources } = readDatasetteConfig({ yaml, readTextFile: (path) => `text of ${path}\n\n` });
  assertEquals(sources["media"]?.credentials_url_secret, "text of /run/secrets/key\n");
});

for (const [key, value] of [["region", '{"$env": "REGION"}'], ["region.$env", "REGION"]]) {
  Deno.test(`readDatasetteConfig() takes a reference from the setting config.${key}`, () => {
    const settings = [[`${PREFIX}.media.config.${key}`, value ?? ""]] as const;
    assertEquals(readDatasetteConfig({ yaml: MEDIA, settings, env: () => "us-west-2" }).sources["media"], {
      bucket: "media",
      region: "us-west-2",
    });
  });
}

Deno.test("readDatasetteConfig() names source, option and variable when the variable is not set", () => {
  const settings = [[`${PREFIX}.media.config.region.$env`, "REGION"]] as const;
  assertEquals(
    refusalOf({ yaml: MEDIA, settings, env: () => undefined }),
    `Cannot use "${PREFIX}.media.config.region": the environment variable "REGION" is not set`,
  );
});

Deno.test("readDatasetteConfig() names source, option and file when the file cannot be read", () => {
  const settings = [[`${PREFIX}.media.config.region.$file`, "missing.txt"]] as const;
  const readTextFile = () => {
    throw new Error("not found");
  };
  const error = assertThrows(() => readDatasetteConfig({ yaml: MEDIA, settings, readTextFile }), ConfigError);
  assertStringIncludes(error.message, 'media.config.region": the file "missing.txt" cannot be read');
  assertInstanceOf(error.cause, Error);
});

Deno.test("readDatasetteConfig() names the source and the nearest option of an unknown one", () => {
  const message = refusalOf({ yaml: MEDIA, settings: [[`${PREFIX}.media.config.buckt`, "x"]] });
  assertEquals(message, `Cannot use "${PREFIX}.media.config.buckt": there is no such key; did you mean "bucket"?`);
});

Deno.test("readDatasetteConfig() names the source and its storage when it is not s3", () => {
  assertEquals(
    refusalOf({ yaml: yamlOf("local:\n  storage: filesystem\n  config: {bucket: media}") }),
    `Cannot use "${PREFIX}.local.storage": it is "filesystem", and only "s3" is supported`,
  );
});

Deno.test("readDatasetteConfig() says that a source has no storage", () => {
  const message = refusalOf({ settings: [[`${PREFIX}.media.config.bucket`, "media"]] });
  assertEquals(message, `Cannot use "${PREFIX}.media.storage": it is missing`);
});

Deno.test("readDatasetteConfig() says where an option beside config belongs", () => {
  assertStringIncludes(
    refusalOf({ yaml: yamlOf("media:\n  storage: s3\n  bucket: media") }),
    `Cannot use "${PREFIX}.media.bucket": it belongs below "config"`,
  );
});

for (const yaml of ["", "title: x", "plugins:", yamlOf("{}")]) {
  Deno.test(`readDatasetteConfig() says what to write when ${JSON.stringify(yaml)} has no source`, () => {
    assertStringIncludes(refusalOf({ yaml }), "Cannot find a source: write at least one");
  });
}

for (const name of ["", "a/b", "a\\tb", ".", "..", "a.json"]) {
  Deno.test(`readDatasetteConfig() refuses the source name "${name}"`, () => {
    const yaml = yamlOf(`"${name}":\n  storage: s3\n  config: {bucket: media}`);
    assertStringIncludes(refusalOf({ yaml }), `Cannot use "${PREFIX}.${name}": its name `);
  });
}

Deno.test("readDatasetteConfig() gives file, line and column of a broken YAML", () => {
  assertEquals(
    refusalOf({ yaml: "plugins:\n  a: [1\n  b: 2", fileName: "my.yaml" }),
    'Cannot read "my.yaml": missing comma between flow collection entries at line 3, column 3',
  );
});

Deno.test("readDatasetteConfig() gives line and column of a duplicated key", () => {
  assertEquals(refusalOf({ yaml: "a: 1\na: 2" }), 'Cannot read "datasette.yaml": duplicated key at line 2, column 1');
});

for (
  const value of ["hunter2: x", "!hunter2", "*hunter2", '"\\qhunter2"', "'hunter2", "@hunter2", "{hunter2", "%hunter2"]
) {
  Deno.test(`readDatasetteConfig() keeps ${value} of a broken YAML to itself`, () => {
    const yaml = yamlOf(`media:\n  storage: s3\n  config:\n    secret_access_key: ${value}`);
    const error = assertThrows(() => readDatasetteConfig({ yaml }), ConfigError);
    assertFalse(Deno.inspect(error).includes("hunter2"), error.message);
  });
}

for (
  const [path, yaml] of [
    ["plugins", "plugins: [a]"],
    ["plugins.datasette-files", "plugins: {datasette-files: text}"],
    ["plugins.datasette-files.sources", "plugins: {datasette-files: {sources: 5}}"],
  ]
) {
  Deno.test(`readDatasetteConfig() names ${path} when it is not a mapping`, () => {
    assertStringIncludes(refusalOf({ yaml: yaml ?? "" }), `Cannot use "${path}": it must be a mapping`);
  });
}

Deno.test("readDatasetteConfig() refuses a YAML that is not a mapping", () => {
  assertStringIncludes(refusalOf({ yaml: "- a\n- b" }), 'Cannot read "datasette.yaml": it must be a mapping');
});

Deno.test("readDatasetteConfig() says that a setting cannot reach a source with a dot in its name", () => {
  const key = `${PREFIX}.my.media.config.bucket`;
  const message = refusalOf({ yaml: MEDIA, settings: [[key, "x"]] });
  assertStringIncludes(message, `Cannot use the setting "${key}"`);
  assertStringIncludes(message, "a name with a dot in it needs the YAML file");
});

for (
  const key of ["", "a..b", `${PREFIX}.media.storage.x`, `${PREFIX}.media.config.bucket.x`]
) {
  Deno.test(`readDatasetteConfig() refuses the setting "${key}"`, () => {
    assertStringIncludes(refusalOf({ yaml: MEDIA, settings: [[key, "x"]] }), `Cannot use the setting "${key}": `);
  });
}

Deno.test("readDatasetteConfig() names what a setting runs through that is not a mapping", () => {
  assertEquals(
    refusalOf({ yaml: `${MEDIA}\ntitle: x`, settings: [["title.text", "y"]] }),
    'Cannot use the setting "title.text": "title" is a string, not a mapping',
  );
});

Deno.test("readDatasetteConfig() leaves the prototype of objects alone", () => {
  const settings = [["__proto__.polluted", "1"], ["a", '{"__proto__": {"polluted": 1}}']] as const;
  const { document } = readDatasetteConfig({ yaml: MEDIA, settings });
  assertEquals([Reflect.get({}, "polluted"), Reflect.get(document, "polluted")], [undefined, undefined]);
});

Deno.test("readDatasetteConfig() takes a source called constructor for what it is", () => {
  const yaml = yamlOf("constructor:\n  storage: s3\n  config: {bucket: media}");
  const { sources } = readDatasetteConfig({ yaml });
  assertEquals([Object.keys(sources), "toString" in sources], [["constructor"], false]);
});

for (
  const [given, settings] of [
    [`secret: '${SECRET}'`, []],
    ["secret: {$env: NAME}", []],
    ["secret: {$file: /run/secret}", []],
    ["", [["plugins.datasette-files.secret", SECRET]]],
    ["secret: other", [["plugins.datasette-files.secret.$env", "NAME"]]],
  ] as const
) {
  Deno.test(`readDatasetteConfig() reads what the app signs with from ${JSON.stringify([given, settings])}`, () => {
    const yaml = MEDIA.replace("    sources:", given === "" ? "    sources:" : `    ${given}\n    sources:`);
    const readers = { env: () => SECRET, readTextFile: () => `${SECRET}\n` };
    assertEquals(readDatasetteConfig({ yaml, settings, ...readers }).secret, SECRET);
  });
}

Deno.test("readDatasetteConfig() reads the new and the former secret", () => {
  const of = (secret: string) =>
    readDatasetteConfig({
      yaml: MEDIA.replace("    sources:", `    secret: ${secret}\n    sources:`),
      env: (name) => name === "NEW" ? SECRET : undefined,
    }).secret;
  const former = SECRET.split("").toReversed().join("");
  assertEquals([of(`[{$env: NEW}, ${former}]`), of("[{$env: NEW}]")], [[SECRET, former], [SECRET]]);
  for (const wrong of ["[]", "[a, b, c]", "[a, 7]", "[[a]]"]) {
    assertThrows(() => of(wrong), ConfigError, 'Cannot use "plugins.datasette-files.secret"');
  }
});

Deno.test("readDatasetteConfig() refuses a secret that is no text, without showing it", () => {
  const yaml = MEDIA.replace("    sources:", "    secret: 12345\n    sources:");
  assertEquals(
    refusalOf({ yaml }),
    'Cannot use "plugins.datasette-files.secret": it must be a text, or a list of the new secret and, at most, the former one, but is a number; put it in quotes',
  );
});

for (const key of ["config.region.$env.x", "config.region.x", "storage.x"]) {
  Deno.test(`readDatasetteConfig() refuses the setting ${key} of a source`, () => {
    const message = refusalOf({ yaml: MEDIA, settings: [[`${PREFIX}.media.${key}`, "A"]] });
    assertStringIncludes(message, `Cannot use the setting "${PREFIX}.media.${key}": there is nothing below "`);
  });
}

Deno.test("readDatasetteConfig() takes a storage for the text it is", () => {
  const refusal = (text: string) => refusalOf({ yaml: MEDIA, settings: [[`${PREFIX}.media.storage`, text]] });
  assertStringIncludes(refusal("5"), 'media.storage": it is "5", and only "s3" is supported');
});

Deno.test("readDatasetteConfig() refuses a reference with more keys, and takes a variable that is empty for set", () => {
  const of = (region: string) => refusalOf({ yaml: MEDIA.replace("eu-west-1", region), env: () => "" });
  assertStringIncludes(of('{$env: REGION, default: "a"}'), 'media.config.region": it must be a text, but is a mapping');
  assertStringIncludes(of("{$env: REGION}"), 'media.config.region": it must not be empty');
});

for (const [text, expected] of [["eu-1\n", "eu-1"], ["eu-1\r\n", "eu-1"], ["eu-1", "eu-1"]]) {
  Deno.test(`readDatasetteConfig() takes off the line break of the file ${JSON.stringify(text)}`, () => {
    const yaml = MEDIA.replace("eu-west-1", "{$file: region}");
    const { sources } = readDatasetteConfig({ yaml, readTextFile: () => text ?? "" });
    assertEquals(sources["media"]?.region, expected);
  });
}

for (const name of ["\\ud800", "constructor.json", "a\\u0080"]) {
  Deno.test(`readDatasetteConfig() refuses the source name ${name}`, () => {
    const settings = [[PREFIX, `{"${name}": {"storage": "s3", "config": {"bucket": "media"}}}`]] as const;
    assertStringIncludes(refusalOf({ settings }), ": its name ");
  });
}

Deno.test("readDatasetteConfig() does not take what every object has for a part of the document", () => {
  assertStringIncludes(refusalOf({ settings: [["constructor.name", "x"]] }), "Cannot find a source");
});
