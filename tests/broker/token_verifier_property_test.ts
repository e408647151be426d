import { assert, assertEquals, assertInstanceOf } from "@std/assert";
import fc from "fast-check";
import { createTokenVerifier } from "../../src/broker/identities/token_verifier.ts";
import { TokenRefusal } from "../../src/broker/types.ts";
import { fromBase64Url, toBase64Url } from "../../src/hash/base64url.ts";
import { openTestIssuer, type TestIssuer } from "../support/test_issuer.ts";
import { watchBroker } from "../support/watch_broker.ts";

const NOW = Date.parse("2030-01-01T00:00:00Z");
const now = () => NOW;

async function withVerifier(
  work: (issuer: TestIssuer, outcome: (token: string) => Promise<unknown>) => Promise<void>,
): Promise<void> {
  await using issuer = await openTestIssuer({ algorithms: ["ES256", "RS256", "EdDSA"], now });
  const issuers = { cluster: { url: issuer.url, audiences: ["s3-broker"] } };
  const verifier = createTokenVerifier({ issuers, fetch, now, observer: watchBroker() }).current();
  await work(issuer, (token) => verifier.verify(token).catch((error) => error));
}

const characters = fc.constantFrom(...'AZaz09-_.=+/ \n\u0000é{}"~');
const places = fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true });

/** Changes to a text: replaced, inserted, removed and swapped pieces. */
const mutations = fc.array(
  fc.record({ at: places, length: fc.nat({ max: 5 }), text: fc.string({ unit: characters, maxLength: 5 }) }),
  { minLength: 1, maxLength: 4 },
);

function mutate(token: string, changes: { at: number; length: number; text: string }[]): string {
  return changes.reduce((text, { at, length, text: piece }) => {
    const start = Math.floor(at * (text.length + 1));
    return text.slice(0, start) + piece + text.slice(start + length);
  }, token);
}

Deno.test("createTokenVerifier() believes no mutation of a good token", async () => {
  await withVerifier(async (issuer, outcome) => {
    for (const alg of ["ES256", "RS256", "EdDSA"]) {
      const token = await issuer.issue({ groups: ["a"] }, { alg });
      const property = fc.asyncProperty(mutations, async (changes) => {
        const mutated = mutate(token, changes);
        fc.pre(mutated !== token);
        assertInstanceOf(await outcome(mutated), TokenRefusal);
      });
      await fc.assert(property, { numRuns: 300 });
    }
  });
});

Deno.test("createTokenVerifier() believes no token with a flipped bit", async () => {
  await withVerifier(async (issuer, outcome) => {
    const token = await issuer.issue();
    const parts = token.split(".").map((part) => fromBase64Url(part) ?? new Uint8Array());
    for (const [index, bytes] of parts.entries()) {
      for (let bit = 0; bit < bytes.length * 8; bit++) {
        const flipped = bytes.map((byte, place) => place === bit >> 3 ? byte ^ (1 << (bit & 7)) : byte);
        assertInstanceOf(await outcome(parts.with(index, flipped).map(toBase64Url).join(".")), TokenRefusal);
      }
    }
  });
});

Deno.test("createTokenVerifier() refuses any header and claims under a signature of others", async () => {
  await withVerifier(async (issuer, outcome) => {
    const [, , signature] = (await issuer.issue()).split(".");
    const kids = issuer.keys.map((key) => "kid" in key ? key.kid : "");
    const encode = (value: unknown) => toBase64Url(new TextEncoder().encode(JSON.stringify(value)));
    const headers = fc.record({
      alg: fc.oneof(fc.constantFrom("ES256", "RS256", "EdDSA", "none", "HS256"), fc.jsonValue()),
      kid: fc.oneof(fc.constantFrom(...kids), fc.jsonValue()),
      crit: fc.jsonValue(),
      jwk: fc.jsonValue(),
    }, { requiredKeys: [] });
    const claims = fc.record({
      iss: fc.oneof(fc.constant(issuer.url), fc.jsonValue()),
      aud: fc.oneof(fc.constant("s3-broker"), fc.jsonValue()),
      exp: fc.oneof(fc.constant(NOW / 1000 + 600), fc.jsonValue()),
    }, { requiredKeys: [] });
    await fc.assert(
      fc.asyncProperty(headers, claims, async (header, claims) => {
        assertInstanceOf(await outcome(`${encode(header)}.${encode(claims)}.${signature}`), TokenRefusal);
      }),
      { numRuns: 300 },
    );
  });
});

Deno.test("createTokenVerifier() believes signed claims only as they should be", async () => {
  const seconds = NOW / 1000;
  const times = fc.oneof(
    fc.constantFrom(seconds + 600, seconds - 600, seconds - 60, seconds - 59, seconds + 60, seconds + 61),
    fc.double(),
    fc.jsonValue(),
  );
  const audiences = fc.oneof(fc.constantFrom("s3-broker", ["sts", "s3-broker"], "s3-Broker", []), fc.jsonValue());
  const claims = fc.record({ exp: times, nbf: times, iat: times, aud: audiences, sub: fc.jsonValue() }, {
    requiredKeys: ["exp", "aud"],
  });
  await withVerifier(async (issuer, outcome) => {
    await fc.assert(
      fc.asyncProperty(claims, async (claims) => {
        const token = await issuer.issue(claims);
        const [, text = ""] = token.split(".");
        const { exp, nbf, iat, aud } = JSON.parse(new TextDecoder().decode(fromBase64Url(text)));
        const isBelieved = typeof exp === "number" && exp > seconds - 60 && exp <= 8.64e12 &&
          (nbf === undefined || typeof nbf === "number" && nbf <= seconds + 60) &&
          (iat === undefined || typeof iat === "number") &&
          (aud === "s3-broker" || Array.isArray(aud) && aud.includes("s3-broker"));
        const result = await outcome(token);
        assert(isBelieved || result instanceof TokenRefusal, String(result));
        assertEquals(result instanceof Error, !isBelieved, String(result));
      }),
      { numRuns: 300 },
    );
  });
});
