import { assertEquals, assertFalse, assertStringIncludes, assertThrows } from "@std/assert";
import { parseServeArguments } from "../../src/command/arguments.ts";
import { UsageError } from "../../src/command/option_parser.ts";

const DEFAULTS = {
  kind: "serve",
  settings: [],
  host: "127.0.0.1",
  port: 8001,
  asRoot: false,
  allowsAnonymous: false,
  allowedHosts: [],
  limits: {},
} as const;

Deno.test("parseServeArguments() listens on port 8001 of the loopback interface by default", () => {
  assertEquals(parseServeArguments(["serve", "a.yaml"]), { ...DEFAULTS, configPath: "a.yaml" });
});

Deno.test("parseServeArguments() lets a broker listen on port 8002 by default", () => {
  const args = ["broker", "b.yaml", "-s", "broker.tenants.a.bucket", "x", "--host", "0.0.0.0"];
  assertEquals(parseServeArguments(args), {
    kind: "broker",
    configPath: "b.yaml",
    settings: [["broker.tenants.a.bucket", "x"]],
    host: "0.0.0.0",
    port: 8002,
  });
});

Deno.test("parseServeArguments() needs no file", () => {
  assertEquals(parseServeArguments(["serve"]), DEFAULTS);
});

Deno.test("parseServeArguments() keeps settings in their order", () => {
  assertEquals(parseServeArguments(["serve", "-s", "a.b", "1", "x.yaml", "--setting", "a.b", "2"]), {
    ...DEFAULTS,
    configPath: "x.yaml",
    settings: [["a.b", "1"], ["a.b", "2"]],
  });
});

Deno.test("parseServeArguments() takes the value of a setting as it is", () => {
  assertEquals(parseServeArguments(["serve", "-s", "a.b", "--port=1"]), {
    ...DEFAULTS,
    settings: [["a.b", "--port=1"]],
  });
});

for (const args of [["--host", "::1", "--port", "0"], ["--host=::1", "--port=0"]]) {
  Deno.test(`parseServeArguments() reads ${args.join(" ")}`, () => {
    assertEquals(parseServeArguments(["serve", ...args]), { ...DEFAULTS, host: "::1", port: 0 });
  });
}

Deno.test("parseServeArguments() reads the largest port and the limits, and takes the last of several", () => {
  const args = ["--port", "1", "--port", "65535", "--host=a.test", "--host", "b.test", "--max-upload-bytes", "7"];
  assertEquals(parseServeArguments(["serve", ...args, "--max-buffered-bytes=8", "--max-buffered-bytes", "9"]), {
    ...DEFAULTS,
    host: "b.test",
    port: 65_535,
    limits: { maxUploadBytes: 7, maxBufferedBytes: 9 },
  });
});

for (
  const [kind, ...args] of [
    ["help", "--help"],
    ["help", "-h"],
    ["help", "serve", "--help"],
    ["help", "broker", "-h"],
    ["help", "secret", "--help"],
    ["help", "credentials", "https://broker.test/", "-h"],
    ["help", "diagnose", "--json", "--help"],
    ["version", "--version"],
    ["secret", "secret"],
  ]
) {
  Deno.test(`parseServeArguments() takes "${args.join(" ")}" as asking for ${kind}`, () => {
    assertEquals(parseServeArguments(args).kind, kind);
  });
}

for (
  const [reason, ...args] of [
    ["Missing command"],
    ['Unknown command "server"; did you mean "serve"?', "server"],
    ['Unexpected argument "--port"; a command comes first', "--port", "1"],
    ['Unexpected argument "--prot"; did you mean "--port"?', "serve", "--prot", "1"],
    ['Unexpected argument "--seting"; did you mean "--setting"?', "broker", "--seting=a"],
    ['Unexpected argument "--hlep"; did you mean "--help"?', "secret", "--hlep"],
    ['Unexpected argument "-s"', "credentials", "https://broker.test/", "-s", "a", "b"],
    ['"--tls-cert" needs "--tls-key"', "serve", "--tls-cert", "a.pem"],
    ['"--tls-key" needs "--tls-cert"', "broker", "--tls-key", "a.pem"],
    ['"--json" needs "--check"', "broker", "b.yaml", "--json"],
    ["Missing URL", "credentials", "--cache"],
    [
      '"--allow" needs a list of read, write, delete, and not "raed"; did you mean "read"?',
      "credentials",
      "u",
      "--allow=raed",
    ],
    ['"--duration-seconds" needs a number of seconds, not "1h"', "credentials", "u", "--duration-seconds", "1h"],
    ['"-s" needs a key and a value', "serve", "-s", "key"],
    ['"-s" needs a key and a value after it, not "--check"', "broker", "-s", "broker.tenants.a.prefix", "--check"],
    ['"--host" needs a value after it, not "--port"', "broker", "--host", "--port", "1"],
    ['"--port" needs a value', "serve", "--port"],
    ['"eight" is not a port number', "serve", "--port", "eight"],
    ['"65536" is not a port number', "serve", "--port", "65536"],
    ['"-1" is not a port number', "serve", "--port=-1"],
    ['"" is not a port number', "serve", "--port="],
    ['"--max-upload-bytes" needs a number of bytes, not "0"', "serve", "--max-upload-bytes", "0"],
    ['"--max-upload-bytes" needs a number of bytes, not ""', "serve", "--max-upload-bytes="],
    ['"--max-buffered-bytes" needs a number of bytes, not "1e9"', "serve", "--max-buffered-bytes", "1e9"],
    ['"--max-buffered-bytes" needs a number of bytes', "serve", "--max-buffered-bytes", "1000000000000000"],
    ['Unexpected argument "--max-upload-bytes"', "broker", "--max-upload-bytes", "1"],
    ['Unexpected argument "--verbose"', "serve", "--verbose"],
    ['Unexpected argument "b.yaml"', "secret", "b.yaml"],
    ["Missing CONFIG.yaml", "diagnose"],
    ['Unexpected argument "c"', "diagnose", "a.yaml", "b", "c"],
    ['Unexpected argument "--json=yes": "--json" has no value', "diagnose", "a.yaml", "b", "--json=yes"],
    ['Unexpected argument "--json"', "serve", "a.yaml", "--json"],
    ['Unexpected argument "b.yaml"', "serve", "a.yaml", "b.yaml"],
  ]
) {
  Deno.test(`parseServeArguments() refuses "${args.join(" ")}"`, () => {
    assertStringIncludes(assertThrows(() => parseServeArguments(args), UsageError).message, reason ?? "");
  });
}

for (
  const [args, expected] of [
    [["a.yaml", "media"], { configPath: "a.yaml", settings: [], source: "media", asJson: false }],
    [["media", "--json", "-s", "k", "v"], { settings: [["k", "v"]], source: "media", asJson: true }],
    [["a.yaml"], { configPath: "a.yaml", settings: [], asJson: false }],
    [["etc/a", "-s", "k", "v"], { configPath: "etc/a", settings: [["k", "v"]], asJson: false }],
    [["a.YML", "-s", "k", "v"], { configPath: "a.YML", settings: [["k", "v"]], asJson: false }],
    [["-s", "k", "v"], { settings: [["k", "v"]], asJson: false }],
  ] as const
) {
  Deno.test(`parseServeArguments() reads "diagnose ${args.join(" ")}"`, () => {
    assertEquals(parseServeArguments(["diagnose", ...args]), { kind: "diagnose", ...expected } as never);
  });
}

Deno.test("parseServeArguments() reads who may reach the files app", () => {
  const args = ["--root", "--allow-anonymous", "--allowed-host", "a.test", "--allowed-host=b.test"];
  const allowedHosts = ["a.test", "b.test"];
  assertEquals(parseServeArguments(["serve", ...args]), {
    ...DEFAULTS,
    asRoot: true,
    allowsAnonymous: true,
    allowedHosts,
  });
});

for (const option of ["--root", "--allow-anonymous", "--allowed-host"]) {
  Deno.test(`parseServeArguments() has no place for ${option} of a broker`, () => {
    assertThrows(() => parseServeArguments(["broker", option]), UsageError, `Unexpected argument "${option}"`);
  });
}

Deno.test("parseServeArguments() reads what credentials asks for", () => {
  const url = "https://broker.test/credentials";
  assertEquals(parseServeArguments(["credentials", url]), { kind: "credentials", url, asked: {}, isCached: false });
  const args = ["--secret-file", "s", "--tenant=a", "--folder", "a/in/", "--allow", "delete,read", "--cache"];
  assertEquals(parseServeArguments(["credentials", ...args, "--duration-seconds", "1800", url]), {
    kind: "credentials",
    url,
    secretPath: "s",
    asked: { tenant: "a", folder: "a/in/", allow: ["read", "delete"], durationSeconds: 1_800 },
    isCached: true,
  });
});

for (
  const args of [["--secret", "canary"], ["--secret=canary"], ["--token", "canary"], ["https://b.test/", "canary"]]
) {
  Deno.test(`parseServeArguments() refuses a secret as in ${args.join(" ")}, without showing it`, () => {
    const { message } = assertThrows(() => parseServeArguments(["credentials", ...args]), UsageError);
    assertStringIncludes(message, "a secret on the command line can be read by every user of this machine");
    assertFalse(message.includes("canary"));
  });
}

Deno.test("parseServeArguments() does not show the value of an unknown option", () => {
  const { message } = assertThrows(() => parseServeArguments(["credentials", "--secert-file=canary"]), UsageError);
  assertEquals(message, 'Unexpected argument "--secert-file"; did you mean "--secret-file"?');
});

Deno.test("parseServeArguments() reads the certificate of a server, and what checks a broker", () => {
  const tls = { certPath: "a.pem", keyPath: "a.key" };
  assertEquals(parseServeArguments(["serve", "--tls-cert", "a.pem", "--tls-key=a.key"]), { ...DEFAULTS, tls });
  const check = { kind: "check", configPath: "b.yaml", settings: [] } as const;
  assertEquals(parseServeArguments(["broker", "b.yaml", "--check"]), { ...check, asJson: false });
  assertEquals(parseServeArguments(["broker", "b.yaml", "--check", "--json", "--port", "1"]), {
    ...check,
    asJson: true,
  });
});
