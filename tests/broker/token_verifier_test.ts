import { assertEquals, assertInstanceOf, assertRejects } from "@std/assert";
import { createTokenVerifier, type TokenVerifierOptions } from "../../src/broker/identities/token_verifier.ts";
import { TokenRefusal, type TokenVerifier } from "../../src/broker/types.ts";
import { fromBase64Url, toBase64Url } from "../../src/hash/base64url.ts";
import { openTestIssuer, type TestIssuer, type TokenOptions } from "../support/test_issuer.ts";
import { watchBroker } from "../support/watch_broker.ts";

const NOW = Date.parse("2030-01-01T00:00:00Z");
const now = () => NOW;
const SECONDS = NOW / 1000;

function verifierOf(issuers: TokenVerifierOptions["issuers"]): TokenVerifier {
  return createTokenVerifier({ issuers, fetch, now, observer: watchBroker() }).current();
}

function believing({ url }: TestIssuer): TokenVerifier {
  return verifierOf({ cluster: { url, audiences: ["s3-broker", "other"] } });
}

/** The reason for refusing a token. */
async function refusal(verifier: TokenVerifier, token: string): Promise<string> {
  const error = await assertRejects(() => verifier.verify(token));
  assertInstanceOf(error, TokenRefusal);
  return error.message;
}

const encode = (value: unknown) => toBase64Url(new TextEncoder().encode(JSON.stringify(value)));

/** A token with another header, claims or signature. */
function alter(token: string, part: 0 | 1 | 2, text: string): string {
  return token.split(".").with(part, text).join(".");
}

for (const alg of ["RS256", "PS256", "ES256", "ES384", "EdDSA"]) {
  Deno.test(`createTokenVerifier() verifies a token of ${alg}`, async () => {
    await using issuer = await openTestIssuer({ algorithms: [alg], now });
    const token = await issuer.issue({ repository: "acme/site" });
    assertEquals(await believing(issuer).verify(token), {
      issuer: "cluster",
      subject: "tester",
      audiences: ["s3-broker"],
      claims: {
        iss: issuer.url,
        aud: "s3-broker",
        sub: "tester",
        iat: SECONDS,
        exp: SECONDS + 600,
        repository: "acme/site",
      },
    });
  });
}

/** Claims and headers that are refused, and the reason. */
const REFUSED: readonly (readonly [string, Record<string, unknown>, TokenOptions, string])[] = [
  ["another audience", { aud: "sts" }, {}, "it is for another audience"],
  ["no audience", { aud: undefined }, {}, "it is for another audience"],
  ["an empty list of audiences", { aud: [] }, {}, "it is for another audience"],
  ["a list in the list of audiences", { aud: [["s3-broker"]] }, {}, "it is for another audience"],
  ["an audience that is an object", { aud: { 0: "s3-broker" } }, {}, "it is for another audience"],
  ["an end that has passed", { exp: SECONDS - 60 }, {}, "it ended at 2029-12-31T23:59:00Z"],
  ["an end at a fraction", { exp: SECONDS - 60.5 }, {}, "it ended at 2029-12-31T23:58:59Z"],
  ["an end before 1970", { exp: -1 }, {}, "it ended at 1969-12-31T23:59:59Z"],
  ["a beginning to come", { nbf: SECONDS + 61 }, {}, "it counts only from 2030-01-01T00:01:01Z"],
  ["no end", { exp: undefined }, {}, "it has no end"],
  ["an end that is a text", { exp: String(SECONDS + 600) }, {}, 'its "exp" is not a time'],
  ["an end that is null", { exp: null }, {}, 'its "exp" is not a time'],
  ["an end that is a list", { exp: [SECONDS + 600] }, {}, 'its "exp" is not a time'],
  ["an end after all time", { exp: 1e300 }, {}, 'its "exp" is not a time'],
  ["an end before all time", { exp: -1e300 }, {}, 'its "exp" is not a time'],
  [
    "an infinite end",
    {},
    { text: '{"iss":"ISSUER","aud":"s3-broker","exp":1e999}' },
    'its "exp" is not a time',
  ],
  ["a beginning after all time", { nbf: 1e300 }, {}, 'its "nbf" is not a time'],
  ["a beginning that is a text", { nbf: "0" }, {}, 'its "nbf" is not a time'],
  ["an iat that is a text", { iat: "0" }, {}, 'its "iat" is not a time'],
  ["an unknown issuer", { iss: "https://issuer.example" }, {}, 'its issuer "https://issuer.example" is not known'],
  ["an issuer that is no URL", { iss: "\u001b[31m secret" }, {}, "its issuer is not known"],
  ["no issuer", { iss: undefined }, {}, "its issuer is not known"],
  ["the issuer's name", { iss: "cluster" }, {}, "its issuer is not known"],
  ["a property of objects as its issuer", { iss: "__proto__" }, {}, "its issuer is not known"],
  ["an unknown key", {}, { header: { kid: "other" } }, "its issuer has no such key"],
  ["a kid that is not a text", {}, { header: { kid: ["other"] } }, "its issuer has no such key"],
  ["an algorithm of another kind of key", {}, { header: { alg: "RS256" } }, "its issuer has no such key"],
  ["an algorithm of another curve", {}, { header: { alg: "ES384" } }, "its issuer has no such key"],
  ["no algorithm", {}, { header: { alg: undefined } }, "its algorithm is not taken"],
  ["an algorithm in a list", {}, { header: { alg: ["ES256"] } }, "its algorithm is not taken"],
  ["an algorithm with odd characters", {}, { header: { alg: "ES256\n" } }, "its algorithm is not taken"],
  ["an algorithm in lower case", {}, { header: { alg: "es256" } }, 'the algorithm "es256" is not taken'],
  ["a property of objects as algorithm", {}, { header: { alg: "toString" } }, 'the algorithm "toString" is not taken'],
  ["an extension", {}, { header: { crit: ["x"], x: 1 } }, 'it asks for extensions ("crit"), and there are none'],
  [
    "an unencoded payload",
    {},
    { header: { crit: ["b64"], b64: false } },
    'it asks for extensions ("crit"), and there are none',
  ],
  ["claims that are a list", {}, { text: "[]" }, "it is not a JWT"],
  ["claims that are null", {}, { text: "null" }, "it is not a JWT"],
  ["claims that are not JSON", {}, { text: "{" }, "it is not a JWT"],
  [
    "claims nested 5,000 levels deep",
    {},
    { text: `{"iss":"ISSUER","deep":${"[".repeat(5_000)}${"]".repeat(5_000)}}` },
    "it is for another audience",
  ],
];

Deno.test("createTokenVerifier() says why a token is refused", async (test) => {
  await using issuer = await openTestIssuer({ now });
  const verifier = believing(issuer);
  await verifier.verify(await issuer.issue());
  for (const [name, claims, options, reason] of REFUSED) {
    await test.step(name, async () => {
      const text = options.text?.replace("ISSUER", issuer.url);
      const token = await issuer.issue(claims, { ...options, ...text !== undefined && { text } });
      assertEquals(await refusal(verifier, token), reason);
    });
  }
});

Deno.test("createTokenVerifier() refuses what is not a signed JWT", async () => {
  await using issuer = await openTestIssuer({ now });
  const verifier = believing(issuer);
  const token = await issuer.issue();
  const [header, claims, signature] = token.split(".");
  const texts = ["", ".", "..", "a.b.c", "secret", ` ${token}`, `${token}\n`, `${token}=`, `${token}.`, `${header}.`];
  const others = [`${header}..${signature}`, `.${claims}.${signature}`, `${header}.${claims}`, "é.é.é", "\u0000.a.b"];
  for (const text of [...texts, ...others]) assertEquals(await refusal(verifier, text), "it is not a JWT");
  assertEquals(await refusal(verifier, `${header}.a.b.c.d`), "it is encrypted");
  const latin1 = toBase64Url(Uint8Array.from(`{"iss":"${issuer.url}","sub":"é"}`, (char) => char.charCodeAt(0)));
  assertEquals(await refusal(verifier, alter(token, 1, latin1)), "it is not a JWT");
  assertEquals(issuer.requests, { discovery: 0, jwks: 0 });
});

Deno.test("createTokenVerifier() refuses more than 16 KiB before it decodes anything", async () => {
  await using issuer = await openTestIssuer({ now });
  const verifier = believing(issuer);
  const fits = await issuer.issue({ padding: "a".repeat(11_900) });
  assertEquals((await verifier.verify(fits)).subject, "tester");
  assertEquals(await refusal(verifier, "a".repeat(16_384)), "it is not a JWT");
  assertEquals(await refusal(verifier, "a".repeat(16_385)), "it is larger than 16 KiB");
  assertEquals(
    await refusal(verifier, await issuer.issue({ padding: "a".repeat(13_000) })),
    "it is larger than 16 KiB",
  );
});

Deno.test("createTokenVerifier() refuses unsigned tokens", async () => {
  await using issuer = await openTestIssuer({ now });
  const token = await issuer.issue();
  for (const alg of ["none", "None", "NONE"]) {
    for (const signature of ["", token.split(".")[2] ?? ""]) {
      const unsigned = alter(alter(token, 0, encode({ alg })), 2, signature);
      assertEquals(await refusal(believing(issuer), unsigned), `the algorithm "${alg}" is not taken`);
    }
  }
  assertEquals(await refusal(believing(issuer), alter(token, 2, "")), "its signature is wrong");
});

Deno.test("createTokenVerifier() refuses a token signed with the public key as a secret", async () => {
  await using issuer = await openTestIssuer({ algorithms: ["RS256"], now });
  const [jwk] = issuer.keys;
  const spki = await crypto.subtle.exportKey(
    "spki",
    await crypto.subtle.importKey("jwk", jwk ?? {}, { name: "RSASSA-PKCS1-v1_5", hash: "SHA-256" }, true, ["verify"]),
  );
  const pem = `-----BEGIN PUBLIC KEY-----\n${
    btoa(String.fromCharCode(...new Uint8Array(spki)))
  }\n-----END PUBLIC KEY-----`;
  const secrets = [new Uint8Array(spki), new TextEncoder().encode(pem), new TextEncoder().encode(jwk?.n)];
  const verifier = believing(issuer);
  const [, claims] = (await issuer.issue()).split(".");
  for (const [alg, bits] of [["HS256", 256], ["HS384", 384], ["HS512", 512], ["RS256", 256]] as const) {
    for (const secret of secrets) {
      const signed = `${encode({ alg, kid: jwk && "kid" in jwk ? jwk.kid : undefined })}.${claims}`;
      const hmac = { name: "HMAC", hash: `SHA-${bits}` };
      const key = await crypto.subtle.importKey("raw", secret, hmac, false, ["sign"]);
      const signature = await crypto.subtle.sign("HMAC", key, new TextEncoder().encode(signed));
      const reason = alg === "RS256" ? "its signature is wrong" : `the algorithm "${alg}" is not taken`;
      assertEquals(await refusal(verifier, `${signed}.${toBase64Url(new Uint8Array(signature))}`), reason);
    }
  }
});

Deno.test("createTokenVerifier() ignores symmetric and private keys of the set", async () => {
  await using issuer = await openTestIssuer({ now });
  const secret = { kty: "oct", k: "c2VjcmV0LXNlY3JldC1zZWNyZXQtc2VjcmV0LXNlY3I", kid: "oct" };
  const { privateKey } = await crypto.subtle.generateKey({ name: "ECDSA", namedCurve: "P-256" }, true, ["sign"]);
  const keyPair = { ...await crypto.subtle.exportKey("jwk", privateKey), kid: "private", key_ops: ["verify"] };
  issuer.keys.push(secret, keyPair);
  const verifier = believing(issuer);
  for (const [alg, kid] of [["ES256", "oct"], ["ES256", "private"]]) {
    const token = await issuer.issue({}, { header: { alg, kid } });
    assertEquals(await refusal(verifier, token), "its issuer has no such key");
  }
  assertEquals((await verifier.verify(await issuer.issue())).subject, "tester");
});

Deno.test("createTokenVerifier() ignores keys that cannot be used", async () => {
  await using issuer = await openTestIssuer({ algorithms: ["RS256"], now });
  const weak = { name: "RSASSA-PKCS1-v1_5", hash: "SHA-256", modulusLength: 1024, publicExponent: new Uint8Array([3]) };
  const { publicKey } = await crypto.subtle.generateKey(weak, true, ["sign", "verify"]);
  const { n, e } = await crypto.subtle.exportKey("jwk", publicKey);
  const unusable = [{ kty: "RSA", n, e, kid: "weak" }, { kty: "RSA", kid: "empty" }, { kty: "RSA", n: 1, kid: "odd" }];
  const forOthers = issuer.keys.map((key) => ({ ...key, kid: "encryption", use: "enc" }));
  issuer.keys.push(...unusable.map((key) => Object(key)), ...forOthers);
  const verifier = believing(issuer);
  for (const kid of ["weak", "empty", "odd", "encryption"]) {
    const token = await issuer.issue({}, { header: { kid } });
    assertEquals(await refusal(verifier, token), "its issuer has no such key");
  }
  assertEquals((await verifier.verify(await issuer.issue())).subject, "tester");
});

Deno.test("createTokenVerifier() takes a token without kid if only one key fits", async () => {
  await using issuer = await openTestIssuer({ algorithms: ["ES256", "EdDSA"], now });
  const verifier = believing(issuer);
  const token = await issuer.issue({}, { header: { kid: undefined } });
  assertEquals((await verifier.verify(token)).subject, "tester");
  await using other = await openTestIssuer({ now });
  const forged = await other.issue({ iss: issuer.url }, { header: { kid: undefined } });
  assertEquals(await refusal(verifier, forged), "its signature is wrong");

  await issuer.rotate({ keepsOld: true });
  assertEquals(await refusal(believing(issuer), token), "several keys of its issuer fit it");
});

Deno.test("createTokenVerifier() never uses a key that the token itself names", async () => {
  await using issuer = await openTestIssuer({ now });
  await using attacker = await openTestIssuer({ now });
  const verifier = believing(issuer);
  const jwk = attacker.keys[0];
  const jku = `${attacker.url}/keys`;
  for (const header of [{ jwk }, { jku }, { x5u: jku }, { jwk, jku, x5u: jku, x5c: ["AAAA"] }]) {
    const forged = (more: object) => attacker.issue({ iss: issuer.url }, { header: { ...header, ...more } });
    assertEquals(await refusal(verifier, await forged({})), "its issuer has no such key");
    assertEquals(await refusal(verifier, await forged({ kid: undefined })), "its signature is wrong");
  }
  assertEquals(attacker.requests, { discovery: 0, jwks: 0 });
  assertEquals((await verifier.verify(await issuer.issue({}, { header: { jku } }))).subject, "tester");
});

Deno.test("createTokenVerifier() believes an issuer's keys only for that issuer", async () => {
  await using one = await openTestIssuer({ now });
  await using other = await openTestIssuer({ now });
  const verifier = verifierOf({
    one: { url: one.url, audiences: ["s3-broker"] },
    other: { url: other.url, audiences: ["s3-broker"] },
  });
  assertEquals((await verifier.verify(await other.issue())).issuer, "other");
  const kid = one.keys.map((key) => "kid" in key ? key.kid : "")[0];
  assertEquals(await refusal(verifier, await other.issue({ iss: one.url })), "its issuer has no such key");
  assertEquals(
    await refusal(verifier, await other.issue({ iss: one.url }, { header: { kid } })),
    "its signature is wrong",
  );
});

Deno.test("createTokenVerifier() compares the issuer to the character", async () => {
  await using issuer = await openTestIssuer({ now });
  const verifier = believing(issuer);
  for (const iss of [`${issuer.url}/`, `${issuer.url}/a`]) {
    assertEquals(await refusal(verifier, await issuer.issue({ iss })), `its issuer "${iss}" is not known`);
  }
  for (const iss of [` ${issuer.url}`, `${issuer.url}\u001b[31m`, [issuer.url], { url: issuer.url }]) {
    assertEquals(await refusal(verifier, await issuer.issue({ iss })), "its issuer is not known");
  }
});

Deno.test("createTokenVerifier() takes the last of duplicate claims, as JSON.parse does", async () => {
  await using issuer = await openTestIssuer({ now });
  const verifier = believing(issuer);
  const rest = `"aud":"s3-broker","exp":${SECONDS + 600}`;
  const text = `{"iss":"https://issuer.example","iss":"${issuer.url}","sub":"a","sub":"b",${rest}}`;
  assertEquals((await verifier.verify(await issuer.issue({}, { text }))).subject, "b");
  const swapped = `{"iss":"${issuer.url}","iss":"https://issuer.example",${rest}}`;
  const reason = 'its issuer "https://issuer.example" is not known';
  assertEquals(await refusal(verifier, await issuer.issue({}, { text: swapped })), reason);
});

Deno.test("createTokenVerifier() takes no claim from __proto__", async () => {
  await using issuer = await openTestIssuer({ now });
  const verifier = believing(issuer);
  const text = `{"iss":"${issuer.url}","__proto__":{"aud":"s3-broker","exp":${SECONDS + 600},"sub":"a"}}`;
  assertEquals(await refusal(verifier, await issuer.issue({}, { text })), "it is for another audience");
});

Deno.test("createTokenVerifier() allows clocks to differ by a minute", async () => {
  await using issuer = await openTestIssuer({ now });
  const verifier = believing(issuer);
  for (const claims of [{ exp: SECONDS - 59 }, { nbf: SECONDS + 60 }]) {
    assertEquals((await verifier.verify(await issuer.issue(claims))).subject, "tester");
  }
});

Deno.test("createTokenVerifier() returns the texts of a list of audiences", async () => {
  await using issuer = await openTestIssuer({ now });
  const token = await issuer.issue({ aud: ["sts", 1, "other", null], sub: 7 });
  const { audiences, subject } = await believing(issuer).verify(token);
  assertEquals([audiences, subject], [["sts", "other"], undefined]);
});

Deno.test("createTokenVerifier() refuses a signature that is written in another way", async () => {
  await using issuer = await openTestIssuer({ now });
  const token = await issuer.issue();
  const signature = token.split(".")[2] ?? "";
  const alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
  const last = alphabet[alphabet.indexOf(signature.at(-1) ?? "") + 1];
  const same = `${signature.slice(0, -1)}${last}`;
  assertEquals(fromBase64Url(same), fromBase64Url(signature));
  assertEquals(await refusal(believing(issuer), alter(token, 2, same)), "its signature is wrong");
});

Deno.test("createTokenVerifier() refuses signatures of zeros", async () => {
  await using issuer = await openTestIssuer({ algorithms: ["ES256", "EdDSA", "RS256"], now });
  for (const alg of ["ES256", "EdDSA", "RS256"]) {
    const token = await issuer.issue({}, { alg });
    for (const length of [1, 63, 64, 65, 255, 256]) {
      const zeros = toBase64Url(new Uint8Array(length));
      assertEquals(await refusal(believing(issuer), alter(token, 2, zeros)), "its signature is wrong");
    }
  }
});
