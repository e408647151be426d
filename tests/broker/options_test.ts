import { assertEquals, assertRejects, assertStringIncludes, assertThrows } from "@std/assert";
import { ConfigError, InvalidArgumentError } from "../../mod.ts";
import { createBroker, sessionPolicy } from "../../src/broker/mod.ts";
import { askAs, SECRET, stubBroker, TEAM } from "../support/stub_broker.ts";
import { stubFetch } from "../support/stub_fetch.ts";
import { stsReply } from "../support/stub_sts.ts";

const BROKER = { sts: { roleArn: "arn:aws:iam::123456789012:role/files" }, tenants: { team: TEAM } };
const POLICY = { bucket: "media", prefix: "team/", allow: ["read"] };
const GARBAGE = [
  null,
  0,
  -1,
  1.5,
  NaN,
  Infinity,
  "",
  "text",
  true,
  Symbol("s"),
  1n,
  [],
  {},
  [null],
  new Date(0),
  () => {},
];

/** Calls a function with arguments that its types forbid. */
function call(target: (options: never) => unknown, ...args: unknown[]): void {
  Reflect.apply(target, undefined, args);
}

/** Asserts that the call succeeds or throws our own error. */
function assertNothingForeign(work: () => void): void {
  try {
    work();
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
  }
}

for (
  const [name, target, valid] of [["createBroker", createBroker, BROKER], [
    "sessionPolicy",
    sessionPolicy,
    POLICY,
  ]] as const
) {
  for (const given of [undefined, ...GARBAGE]) {
    Deno.test(`${name}() refuses ${Deno.inspect(given)} in place of its options`, () => {
      assertThrows(() => call(target, given), ConfigError);
    });
  }

  const names = [
    ...Object.keys(valid),
    ...name === "createBroker"
      ? ["addressHeader", "addressOf", "log", "fetch", "now", "maxFailuresPerMinute", "failureDelayMs"]
      : ["partition", "canEscape", "canListUploads"],
  ];
  for (const option of names) {
    for (const value of GARBAGE) {
      Deno.test(`${name}() takes ${Deno.inspect(value)} for "${option}", or refuses it with a ConfigError`, () => {
        assertNothingForeign(() => call(target, { ...valid, [option]: value }));
      });
    }
  }
}

for (const option of ["bucket", "prefix", "secretSha256", "allow", "wholeBucket"]) {
  for (const value of GARBAGE) {
    Deno.test(`createBroker() takes ${Deno.inspect(value)} for a tenant's "${option}", or refuses it with a ConfigError`, () => {
      assertNothingForeign(() => call(createBroker, { ...BROKER, tenants: { team: { ...TEAM, [option]: value } } }));
    });
  }
}

for (
  const [options, message] of [
    [{ tenant: {} }, 'the option "tenant": there is no such option; did you mean "tenants"?'],
    [{ failureDelay: 1 }, 'the option "failureDelay": there is no such option; did you mean "failureDelayMs"?'],
    [{ toString: 1 }, 'the option "toString": there is no such option'],
    [{ log: "console" }, 'the option "log": it must be a function'],
    [{ log: null }, 'the option "log": it must be a function'],
    [{ fetch: {} }, 'the option "fetch": it must be a function'],
    [{ now: 5 }, 'the option "now": it must be a function'],
    [{ addressOf: "x-real-ip" }, 'the option "addressOf": it must be a function'],
    [{ failureDelayMs: -1 }, 'the option "failureDelayMs": it must be a whole number from 0 to 60000'],
    [{ failureDelayMs: NaN }, 'the option "failureDelayMs": it must be'],
    [{ maxFailuresPerMinute: 1e9 }, 'the option "maxFailuresPerMinute": it must be a whole number from 1 to 1000'],
    [{ tenants: null }, 'Cannot use "broker.tenants": it is missing'],
    [{ sts: "aws" }, 'Cannot use "broker.sts": it must be a mapping'],
  ] as const
) {
  Deno.test(`createBroker() refuses ${JSON.stringify(options)} by name`, () => {
    const error = assertThrows(() => call(createBroker, { ...BROKER, ...options }), ConfigError);
    assertStringIncludes(error.message, message);
  });
}

for (
  const [options, message] of [
    [{ prefixes: "a/" }, 'the option "prefixes": there is no such option; did you mean "prefix"?'],
    [{ allow: ["raed"] }, 'the option "allow": it must be a list of read, write, delete'],
    [{ allow: undefined }, 'the option "allow": it is missing'],
    [{ prefix: "team" }, 'the option "prefix": it must be empty, or a path that ends in "/"'],
    [{ bucket: "*" }, 'the option "bucket": "*" is not a valid bucket name'],
    [{ canEscape: "yes" }, 'the option "canEscape": it must be true or false'],
  ] as const
) {
  Deno.test(`sessionPolicy() refuses ${JSON.stringify(options)} by name`, () => {
    const error = assertThrows(() => call(sessionPolicy, { ...POLICY, ...options }), ConfigError);
    assertStringIncludes(error.message, message);
  });
}

for (const name of ["addressHeader", "address_header"]) {
  Deno.test(`createBroker() takes the caller's address from the header that ${name} names`, async () => {
    const { broker, log } = stubBroker(stubFetch(() => stsReply()), { [name]: "X-Forwarded-For" });
    const request = askAs(SECRET);
    request.headers.set("x-forwarded-for", "198.51.100.7, 192.0.2.1");
    assertEquals((await broker(request)).status, 200);
    assertEquals(log.map(({ type, address }) => [type, address]), [["granted", "192.0.2.1"]]);
  });
}

const OTHER_ADDRESSES: Record<string, (request: Request) => unknown> = {
  "throws": () => {
    throw new Error("no");
  },
  "returns a number": () => 5,
  "returns a promise": () => Promise.resolve("192.0.2.1"),
};
for (const [name, addressOf] of Object.entries(OTHER_ADDRESSES)) {
  Deno.test(`createBroker() serves a correct secret, and logs the failure, when addressOf ${name}`, async () => {
    const options = { addressOf: addressOf as () => string };
    const { broker, log } = stubBroker(stubFetch(() => stsReply()), options);
    assertEquals((await broker(askAs(SECRET))).status, 200);
    assertEquals((await broker(askAs("wrong"))).status, 403);
    assertEquals(log.map(({ type, address }) => [type, address]), [
      ["failed", undefined],
      ["granted", undefined],
      ["failed", undefined],
      ["refused", undefined],
    ]);
  });
}

for (
  const given of [undefined, null, "x", {}, { url: "https://broker.test/credentials", method: "POST", headers: {} }]
) {
  Deno.test(`createBroker() refuses ${Deno.inspect(given)} in place of a request`, async () => {
    const { broker } = stubBroker(stubFetch());
    await assertRejects(() => broker(given as never), InvalidArgumentError, "Cannot answer: it takes a Request");
  });
}

for (const secret of [SECRET, "wrong"]) {
  Deno.test(`createBroker() refuses a clock that returns NaN, given the secret ${secret}`, async () => {
    const { broker } = stubBroker(stubFetch(stsReply()), { now: () => NaN, addressOf: () => "192.0.2.1" });
    await assertRejects(() => broker(askAs(secret)).then(() => broker(askAs(secret))), ConfigError, 'the option "now"');
  });
}
