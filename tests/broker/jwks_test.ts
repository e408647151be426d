import { assert, assertEquals, assertInstanceOf, assertRejects } from "@std/assert";
import { FakeTime } from "@std/testing/time";
import { createTokenVerifier, type ReloadableVerifier } from "../../src/broker/identities/token_verifier.ts";
import { IssuerUnavailable, TokenRefusal } from "../../src/broker/types.ts";
import type { IssuerConfig } from "../../src/options/broker_options.ts";
import { hang, stubFetch } from "../support/stub_fetch.ts";
import { openTestIssuer, type TestIssuer } from "../support/test_issuer.ts";
import { watchBroker, type WatchedBroker } from "../support/watch_broker.ts";

const MINUTE = 60_000;

/** An issuer and a verifier that believes it, on one clock. */
interface World extends AsyncDisposable {
  readonly issuer: TestIssuer;
  readonly verifier: ReloadableVerifier;
  readonly observer: WatchedBroker;
  /** Moves the clock. */
  pass(ms: number): void;
}

async function openWorld(configure: (issuer: TestIssuer) => Partial<IssuerConfig> = () => ({})): Promise<World> {
  let nowMs = Date.parse("2030-01-01T00:00:00Z");
  const now = () => nowMs;
  const issuer = await openTestIssuer({ now });
  const observer = watchBroker();
  const cluster = { url: issuer.url, audiences: ["s3-broker"], ...configure(issuer) };
  return {
    issuer,
    observer,
    verifier: createTokenVerifier({ issuers: { cluster }, fetch, now, observer }),
    pass: (ms) => void (nowMs += ms),
    [Symbol.asyncDispose]: () => issuer[Symbol.asyncDispose](),
  };
}

/** The subject of a token, or why it is not believed. */
async function outcome(verifier: ReloadableVerifier, token: string): Promise<string | undefined> {
  try {
    return (await verifier.current().verify(token)).subject;
  } catch (error) {
    if (error instanceof TokenRefusal || error instanceof IssuerUnavailable) return error.message;
    throw error;
  }
}

const NO_KEY = "its issuer has no such key";
const unavailable = (reason: string) => `Cannot get the keys of the issuer "cluster": ${reason}`;
const unanswered = () => new Response("no", { status: 503 });

Deno.test("createIssuerKeys() fetches an issuer's keys once for all tokens", async () => {
  await using world = await openWorld();
  const { issuer, verifier, observer } = world;
  const tokens = await Promise.all(["a", "b", "c"].map((sub) => issuer.issue({ sub })));
  assertEquals(issuer.requests, { discovery: 0, jwks: 0 });
  assertEquals(await Promise.all(tokens.map((token) => outcome(verifier, token))), ["a", "b", "c"]);
  world.pass(9 * MINUTE);
  assertEquals(await outcome(verifier, await issuer.issue()), "tester");
  assertEquals(issuer.requests, { discovery: 1, jwks: 1 });
  assertEquals(observer.fetches, ["cluster ok"]);
});

Deno.test("createIssuerKeys() does without discovery if it knows the keys' URL", async () => {
  await using world = await openWorld(({ url }) => ({ jwksUrl: `${url}/keys` }));
  assertEquals(await outcome(world.verifier, await world.issuer.issue()), "tester");
  assertEquals(world.issuer.requests, { discovery: 0, jwks: 1 });
});

Deno.test("createIssuerKeys() fetches with the issuer's own function", async () => {
  const urls: string[] = [];
  const own = (...[url, init]: Parameters<typeof fetch>) => {
    urls.push(String(url));
    return fetch(url, init);
  };
  await using world = await openWorld(() => ({ fetch: own }));
  assertEquals(await outcome(world.verifier, await world.issuer.issue()), "tester");
  const { url } = world.issuer;
  assertEquals(urls, [`${url}/.well-known/openid-configuration`, `${url}/keys`]);
});

Deno.test("createIssuerKeys() fetches at once for a new key, for all who wait", async () => {
  await using world = await openWorld();
  const { issuer, verifier } = world;
  const old = await issuer.issue();
  assertEquals(await outcome(verifier, old), "tester");
  await issuer.rotate();
  const fresh = await issuer.issue({ sub: "new" });
  const outcomes = await Promise.all(Array.from({ length: 20 }, () => outcome(verifier, fresh)));
  assertEquals(new Set(outcomes), new Set(["new"]));
  assertEquals(issuer.requests.jwks, 2);
  assertEquals(await outcome(verifier, old), NO_KEY);
});

Deno.test("createIssuerKeys() keeps old keys that the issuer still publishes", async () => {
  await using world = await openWorld();
  const { issuer, verifier } = world;
  const old = await issuer.issue({ sub: "old" });
  await outcome(verifier, old);
  await issuer.rotate({ keepsOld: true });
  assertEquals(await outcome(verifier, await issuer.issue({ sub: "new" })), "new");
  assertEquals(await outcome(verifier, old), "old");
});

Deno.test("createIssuerKeys() fetches once a minute for unknown keys", async () => {
  await using world = await openWorld();
  const { issuer, verifier } = world;
  const flood = async () => {
    const tokens = Array.from({ length: 50 }, (_, index) => issuer.issue({}, { header: { kid: `unknown-${index}` } }));
    const outcomes = await Promise.all((await Promise.all(tokens)).map((token) => outcome(verifier, token)));
    assertEquals(new Set(outcomes), new Set([NO_KEY]));
    return issuer.requests.jwks;
  };
  assertEquals(await flood(), 1);
  assertEquals(await flood(), 2);
  world.pass(MINUTE - 1);
  assertEquals(await flood(), 2);
  world.pass(1);
  assertEquals(await flood(), 3);
  assertEquals(await flood(), 3);
  assertEquals(await outcome(verifier, await issuer.issue()), "tester");
});

Deno.test("createIssuerKeys() fetches again after 10 minutes, and no one waits", async () => {
  await using world = await openWorld();
  const { issuer, verifier, observer } = world;
  const old = await issuer.issue({ exp: 2e9 });
  await outcome(verifier, old);
  await issuer.rotate();
  world.pass(10 * MINUTE - 1);
  assertEquals(await outcome(verifier, old), "tester");
  assertEquals(issuer.requests.jwks, 1);
  world.pass(1);
  const { promise, resolve } = Promise.withResolvers<void>();
  const { url, keys } = issuer;
  issuer.answer = async ({ url: asked }) => {
    await promise;
    return Response.json(asked.endsWith("/keys") ? { keys } : { issuer: url, jwks_uri: `${url}/keys` });
  };
  assertEquals(await outcome(verifier, old), "tester");
  assertEquals(await outcome(verifier, old), "tester");
  resolve();
  await observer.fetched(2);
  assertEquals(await outcome(verifier, old), NO_KEY);
});

Deno.test("createIssuerKeys() does not believe a key of 15 minutes ago before it has asked", async () => {
  await using world = await openWorld();
  const { issuer, verifier } = world;
  const old = await issuer.issue({ exp: 2e9 });
  await outcome(verifier, old);
  await issuer.rotate();
  world.pass(15 * MINUTE);
  assertEquals(await outcome(verifier, old), NO_KEY);
  assertEquals(issuer.requests.jwks, 2);
});

Deno.test("createIssuerKeys() keeps the last keys while the issuer is down, and asks once a minute", async () => {
  await using world = await openWorld();
  const { issuer, verifier, observer } = world;
  const token = await issuer.issue({ exp: 2e9 });
  await outcome(verifier, token);
  issuer.answer = unanswered;
  world.pass(24 * 60 * MINUTE);
  assertEquals(await outcome(verifier, token), "tester");
  assertEquals(observer.fetches, ["cluster ok", "cluster failed"]);
  world.pass(MINUTE - 1);
  assertEquals(await outcome(verifier, token), "tester");
  assertEquals(issuer.requests.discovery, 2);
  world.pass(1);
  assertEquals(await outcome(verifier, token), "tester");
  await observer.fetched(3);
  assertEquals(observer.warnings, [`${unavailable("it answered 503")}; the former ones stay in use`]);

  issuer.answer = undefined;
  await issuer.rotate();
  world.pass(MINUTE);
  assertEquals(await outcome(verifier, token), "tester");
  await observer.fetched(4);
  assertEquals(observer.fetches, ["cluster ok", "cluster failed", "cluster failed", "cluster ok"]);
  assertEquals(await outcome(verifier, token), NO_KEY);
});

Deno.test("createIssuerKeys() does not refuse a new key while the issuer is down", async () => {
  await using world = await openWorld();
  const { issuer, verifier } = world;
  await outcome(verifier, await issuer.issue());
  await issuer.rotate();
  const fresh = await issuer.issue();
  issuer.answer = unanswered;
  assertEquals(await outcome(verifier, fresh), unavailable("it answered 503"));
  assertEquals(await outcome(verifier, fresh), unavailable("it answered 503"));
  assertEquals(issuer.requests.discovery, 2);
  issuer.answer = undefined;
  world.pass(MINUTE);
  assertEquals(await outcome(verifier, fresh), "tester");
});

Deno.test("createIssuerKeys() asks an issuer that is down only once for a token", async () => {
  await using world = await openWorld();
  const { issuer, verifier } = world;
  await outcome(verifier, await issuer.issue());
  issuer.answer = unanswered;
  world.pass(15 * MINUTE);
  const unknown = await issuer.issue({}, { header: { kid: "unknown" } });
  assertEquals(await outcome(verifier, unknown), unavailable("it answered 503"));
  assertEquals(issuer.requests.discovery, 2);
});

Deno.test("createIssuerKeys() asks again after 2 seconds if there never were keys", async () => {
  await using world = await openWorld();
  const { issuer, verifier, observer } = world;
  issuer.answer = unanswered;
  const token = await issuer.issue();
  const error = await assertRejects(
    () => verifier.current().verify(token),
    IssuerUnavailable,
    unavailable("it answered 503"),
  );
  assertEquals([error.issuer, error.name, error instanceof TokenRefusal], ["cluster", "Error", false]);
  issuer.answer = undefined;
  world.pass(1_999);
  assertEquals(await outcome(verifier, token), unavailable("it answered 503"));
  assertEquals(issuer.requests.discovery, 1);
  world.pass(1);
  assertEquals(await outcome(verifier, token), "tester");
  assertEquals(observer.warnings, []);
});

Deno.test("createTokenVerifier() keeps the keys of issuers that stay", async () => {
  await using world = await openWorld();
  const { issuer, verifier } = world;
  const cluster = { url: issuer.url, audiences: ["s3-broker"] };
  const token = await issuer.issue();
  await outcome(verifier, token);
  const urls: string[] = [];
  const own = (...[url, init]: Parameters<typeof fetch>) => {
    urls.push(String(url));
    return fetch(url, init);
  };

  verifier.setIssuers({ cluster: { ...cluster, audiences: ["s3-broker", "other"], fetch: own } });
  assertEquals(await outcome(verifier, token), "tester");
  assertEquals(await outcome(verifier, await issuer.issue({ aud: "other" })), "tester");
  assertEquals(issuer.requests.jwks, 1);
  world.pass(15 * MINUTE);
  await outcome(verifier, token);
  assertEquals(urls, [`${issuer.url}/.well-known/openid-configuration`, `${issuer.url}/keys`]);

  verifier.setIssuers({ cluster: { ...cluster, jwksUrl: `${issuer.url}/keys` } });
  await outcome(verifier, await issuer.issue());
  assertEquals(issuer.requests.jwks, 3);
  verifier.setIssuers({ renamed: { ...cluster, jwksUrl: `${issuer.url}/keys` } });
  assertEquals((await verifier.current().verify(await issuer.issue())).issuer, "renamed");
  assertEquals(issuer.requests.jwks, 4);

  const other = { ...cluster, url: "https://issuer.example" };
  verifier.setIssuers({ other });
  assertEquals(await outcome(verifier, await issuer.issue()), `its issuer "${issuer.url}" is not known`);
});

Deno.test("createIssuerKeys() fetches again if the clock was set back", async () => {
  await using world = await openWorld();
  const { issuer, verifier } = world;
  const token = await issuer.issue();
  await outcome(verifier, token);
  await issuer.rotate();
  world.pass(-60 * MINUTE);
  assertEquals(await outcome(verifier, token), NO_KEY);
  assertEquals(issuer.requests.jwks, 2);
});

Deno.test("createIssuerKeys() takes an empty set at its word", async () => {
  await using world = await openWorld();
  const { issuer, verifier } = world;
  const token = await issuer.issue();
  await outcome(verifier, token);
  issuer.keys.length = 0;
  world.pass(15 * MINUTE);
  assertEquals(await outcome(verifier, await issuer.issue()), NO_KEY);
});

const KEYS_URL = '"jwks_uri" in its OpenID configuration is not an https: URL';
const NO_JSON = "its answer is not a JSON object";
const TOO_LARGE = "its answer is larger than 256 KiB";
const REDIRECT = "it redirects, which is not followed";

/** Answers to the request for the configuration, and why they are of no use. */
const BAD_CONFIGURATIONS: readonly (readonly [string, (url: string) => Response, string])[] = [
  [
    "of another issuer",
    (url) => Response.json({ issuer: `${url}/`, jwks_uri: `${url}/keys` }),
    '"issuer" in its OpenID configuration is not the configured "url"',
  ],
  [
    "of no issuer",
    (url) => Response.json({ jwks_uri: `${url}/keys` }),
    '"issuer" in its OpenID configuration is not the configured "url"',
  ],
  ["without the keys' URL", (url) => Response.json({ issuer: url }), KEYS_URL],
  ["with keys at an http: URL", (url) => Response.json({ issuer: url, jwks_uri: "http://a.example/keys" }), KEYS_URL],
  ["with keys at a URL with a password", (url) => Response.json({ issuer: url, jwks_uri: "https://a:b@c/" }), KEYS_URL],
  ["with keys at a file: URL", (url) => Response.json({ issuer: url, jwks_uri: "file:///keys" }), KEYS_URL],
  ["with a list of URLs", (url) => Response.json({ issuer: url, jwks_uri: [`${url}/keys`] }), KEYS_URL],
  ["that is a list", () => Response.json([]), NO_JSON],
  ["that is not JSON", () => new Response("<html>"), NO_JSON],
  ["that is empty", () => new Response(null, { status: 200 }), NO_JSON],
  ["that is elsewhere", (url) => Response.redirect(`${url}/elsewhere`), REDIRECT],
  ["that is not found", () => new Response(null, { status: 404 }), "it answered 404"],
  ["that is too large", () => new Response(" ".repeat(256 * 1024 + 1)), TOO_LARGE],
];

for (const [name, answer, reason] of BAD_CONFIGURATIONS) {
  Deno.test(`createIssuerKeys() does not use a configuration ${name}`, async () => {
    await using world = await openWorld();
    const { issuer, verifier } = world;
    issuer.answer = () => answer(issuer.url);
    assertEquals(await outcome(verifier, await issuer.issue()), unavailable(reason));
    assertEquals(issuer.requests, { discovery: 1, jwks: 0 });
  });
}

/** Answers to the request for the keys, and why they are of no use. */
const BAD_KEYS: readonly (readonly [string, () => Response, string])[] = [
  ["without a list", () => Response.json({ keys: {} }), 'its set of keys has no list "keys"'],
  ["that is empty", () => Response.json({}), 'its set of keys has no list "keys"'],
  ["that is elsewhere", () => Response.redirect("https://a.example/"), REDIRECT],
  ["that is too large", () => new Response(" ".repeat(256 * 1024 + 1)), TOO_LARGE],
  ["that is nested too deep", () => new Response(`{"keys":${"[".repeat(200_000)}`), NO_JSON],
];

for (const [name, answer, reason] of BAD_KEYS) {
  Deno.test(`createIssuerKeys() does not use a set of keys ${name}`, async () => {
    await using world = await openWorld(({ url }) => ({ jwksUrl: `${url}/keys` }));
    const { issuer, verifier } = world;
    issuer.answer = () => answer();
    assertEquals(await outcome(verifier, await issuer.issue()), unavailable(reason));
    assertEquals(issuer.requests, { discovery: 0, jwks: 1 });
  });
}

Deno.test("createIssuerKeys() ignores what is not a key, and unknown properties", async () => {
  await using world = await openWorld(({ url }) => ({ jwksUrl: `${url}/keys` }));
  const { issuer, verifier } = world;
  const odd = [null, 1, "key", [], {}, { kty: 1 }, { kty: "RSA" }, { kty: "__proto__" }, { kty: "AKP" }];
  const good = issuer.keys.map((key) => ({ ...key, x5c: ["AAAA"], more: { a: 1 } }));
  issuer.answer = () => Response.json({ keys: [...odd, ...good] });
  assertEquals(await outcome(verifier, await issuer.issue()), "tester");
});

/** A verifier whose requests are answered by a script. */
function scripted(answers: Parameters<typeof stubFetch>, url = "https://kubernetes.default.svc.cluster.local") {
  const stub = stubFetch(...answers);
  const issuers = { cluster: { url, audiences: ["s3-broker"] } };
  const verifier = createTokenVerifier({ issuers, fetch: stub.fetch, now: Date.now, observer: watchBroker() });
  return { ...stub, url, verifier };
}

Deno.test("createIssuerKeys() finds the keys of a Kubernetes cluster", async () => {
  await using issuer = await openTestIssuer();
  const jwksUrl = "https://10.0.0.1:6443/openid/v1/jwks";
  const configuration = {
    issuer: "https://kubernetes.default.svc.cluster.local",
    jwks_uri: jwksUrl,
    response_types_supported: ["id_token"],
    subject_types_supported: ["public"],
    id_token_signing_alg_values_supported: ["RS256"],
  };
  const headers = { "content-type": "application/jwk-set+json" };
  const keys = new Response(JSON.stringify({ keys: issuer.keys }), { headers });
  const { verifier, url, requests } = scripted([Response.json(configuration), keys]);
  const subject = "system:serviceaccount:team-a:uploader";
  assertEquals(await outcome(verifier, await issuer.issue({ iss: url, sub: subject })), subject);
  assertEquals(requests.map(({ url }) => url), [`${url}/.well-known/openid-configuration`, jwksUrl]);
  assert(requests.every(({ method, headers }) => method === "GET" && [...headers].length === 0));
});

Deno.test("createIssuerKeys() finds the configuration below a URL with a path and a slash at its end", async () => {
  await using issuer = await openTestIssuer();
  const url = "https://login.example/tenant/";
  const configuration = Response.json({ issuer: url, jwks_uri: "https://login.example/keys" });
  const { verifier, requests } = scripted([configuration, Response.json({ keys: issuer.keys })], url);
  assertEquals(await outcome(verifier, await issuer.issue({ iss: url })), "tester");
  assertEquals(requests[0]?.url, "https://login.example/tenant/.well-known/openid-configuration");
});

Deno.test("createIssuerKeys() waits 5 seconds for an answer", async () => {
  await using issuer = await openTestIssuer();
  const { verifier, url } = scripted([hang]);
  const token = await issuer.issue({ iss: url });
  using time = new FakeTime();
  const waiting = outcome(verifier, token);
  await time.tickAsync(4_999);
  await time.tickAsync(1);
  assertEquals(await waiting, unavailable("it did not answer within 5000 ms"));
});

Deno.test("createIssuerKeys() says why the connection failed, without the URL", async () => {
  await using issuer = await openTestIssuer();
  const { verifier, url } = scripted([new TypeError("error sending request for url (https://u:p@a.example/?token=1)")]);
  const error = await assertRejects(async () => verifier.current().verify(await issuer.issue({ iss: url })));
  assertInstanceOf(error, IssuerUnavailable);
  assertEquals(error.message, unavailable("the connection failed (kubernetes.default.svc.cluster.local:443)"));
});
