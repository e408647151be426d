import { assert, assertEquals, assertFalse } from "@std/assert";
import fc from "fast-check";
import { identityFits } from "../../src/broker/identity_match.ts";
import type { VerifiedToken } from "../../src/broker/types.ts";
import type { CheckedIdentity } from "../../src/options/checked_broker.ts";

/** A token of a Kubernetes service account. */
const CLAIMS: Record<string, unknown> = JSON.parse(`{
  "iss": "https://kubernetes.default.svc.cluster.local",
  "aud": ["s3-broker", "sts"],
  "sub": "system:serviceaccount:team-a:uploader",
  "kubernetes.io": {
    "namespace": "team-a",
    "pod": {"name": "uploader-0", "uid": "7"},
    "serviceaccount": {"name": "uploader"}
  },
  "https://example.com/roles": ["writer", "reader"],
  "groups": ["a", 1, true, null, ["nested"], {"name": "object"}],
  "a/b": {"m~n": "escaped", "~1": "tilde one", "": "empty"},
  "": "no name",
  "run_attempt": 1,
  "large": 9007199254740993,
  "small": 0.5,
  "negative": -0,
  "verified": true,
  "nothing": null,
  "empty": [],
  "text": "a,b",
  "__proto__": {"admin": "yes"}
}`);

const TOKEN: VerifiedToken = {
  issuer: "cluster",
  subject: "system:serviceaccount:team-a:uploader",
  audiences: ["s3-broker", "sts"],
  claims: CLAIMS,
};

function fits(identity: Partial<CheckedIdentity>, token: Partial<VerifiedToken> = {}): boolean {
  return identityFits({ issuer: "cluster", claims: new Map(), ...identity }, { ...TOKEN, ...token });
}

const fitsClaim = (place: string, ...texts: string[]) => fits({ claims: new Map([[place, texts]]) });

Deno.test("identityFits() compares the issuer's name", () => {
  assert(fits({}));
  for (const issuer of ["other", "Cluster", "", CLAIMS["iss"]]) assertFalse(fits({ issuer: String(issuer) }));
});

Deno.test("identityFits() takes any of the subjects, exactly", () => {
  assert(fits({ subjects: ["other", "system:serviceaccount:team-a:uploader"] }));
  const others = ["", "*", "system:serviceaccount:team-a:*", "system:serviceaccount:team-a:uploader ", "undefined"];
  for (const subject of others) assertFalse(fits({ subjects: [subject] }));
  assertFalse(fits({ subjects: [] }));
  assertFalse(fits({ subjects: ["undefined", ""] }, { subject: undefined }));
});

Deno.test("identityFits() takes one of the token's audiences", () => {
  assert(fits({ audience: "sts" }));
  assertFalse(fits({ audience: "s3" }));
  assertFalse(fits({ audience: "sts" }, { audiences: [] }));
});

Deno.test("identityFits() compares claims by name", () => {
  assert(fitsClaim("sub", "system:serviceaccount:team-a:uploader"));
  assert(fitsClaim("text", "x", "a,b"));
  assert(fitsClaim("", "no name"));
  assertFalse(fitsClaim("text", "a"));
  assertFalse(fitsClaim("text"));
  assertFalse(fitsClaim("Text", "a,b"));
  assertFalse(fitsClaim("missing", "undefined"));
  assertFalse(fitsClaim("kubernetes.io.namespace", "team-a"));
});

Deno.test("identityFits() compares claims at JSON pointers", () => {
  assert(fitsClaim("/kubernetes.io/namespace", "team-a"));
  assert(fitsClaim("/kubernetes.io/pod/uid", "7"));
  assert(fitsClaim("/a~1b/m~0n", "escaped"));
  assert(fitsClaim("/a~1b/~01", "tilde one"));
  assert(fitsClaim("/a~1b/", "empty"));
  assert(fitsClaim("/groups/0", "a"));
  assert(fitsClaim("/groups/4/0", "nested"));
  assert(fitsClaim("/https:~1~1example.com~1roles/1", "reader"));
  for (const place of ["/groups/00", "/groups/-1", "/groups/-", "/groups/0.0", "/groups/1e0", "/groups/ 0"]) {
    assertFalse(fitsClaim(place, "a", "1"), place);
  }
  for (const place of ["/groups/length", "/groups/99", "/text/0", "/text/length", "/nothing/a", "/a/b/m~0n", "/"]) {
    assertFalse(fitsClaim(place, "6", "a", "3", "undefined", "escaped"), place);
  }
});

Deno.test("identityFits() compares texts, numbers and booleans as text, and nothing else", () => {
  assert(fitsClaim("run_attempt", "1"));
  assert(fitsClaim("small", "0.5"));
  assert(fitsClaim("negative", "0"));
  assert(fitsClaim("verified", "true"));
  assertFalse(fitsClaim("verified", "1", "True"));
  assertFalse(fitsClaim("nothing", "null", ""));
  assertFalse(fitsClaim("kubernetes.io", "[object Object]"));
  assertFalse(fitsClaim("large", "9007199254740992", "9007199254740993"));
});

Deno.test("identityFits() takes one of a list in the token, but nothing deeper", () => {
  assert(fitsClaim("https://example.com/roles", "reader"));
  for (const text of ["a", "1", "true"]) assert(fitsClaim("groups", text));
  assertFalse(fitsClaim("groups", "null", "nested", "object", "[object Object]", "a,1,true,,nested,[object Object]"));
  assertFalse(fitsClaim("empty", "", "undefined"));
});

Deno.test("identityFits() needs all claims", () => {
  assert(fits({ claims: new Map([["text", ["a,b"]], ["run_attempt", ["1"]]]) }));
  assertFalse(fits({ claims: new Map([["text", ["a,b"]], ["run_attempt", ["2"]]]) }));
});

Deno.test("identityFits() sees only the token's own properties", () => {
  for (
    const place of ["constructor", "toString", "/constructor/name", "/text/constructor/name", "/__proto__/constructor"]
  ) {
    assertFalse(fitsClaim(place, "Object", "String", "undefined"), place);
  }
  Object.defineProperty(Object.prototype, "polluted", { value: "yes", configurable: true });
  try {
    for (const place of ["polluted", "/polluted", "/kubernetes.io/polluted"]) assertFalse(fitsClaim(place, "yes"));
  } finally {
    Reflect.deleteProperty(Object.prototype, "polluted");
  }
  assert(fitsClaim("/__proto__/admin", "yes"));
  assertFalse(fitsClaim("admin", "yes"));
  assertFalse(fits({ claims: new Map([["/__proto__/admin", ["yes"]]]) }, { claims: {} }));
});

Deno.test("identityFits() finds any value at its own pointer, and at no other", () => {
  const keys = fc.oneof(fc.string(), fc.constantFrom("/", "~", "~0", "~1", "", "0", "__proto__", "constructor"));
  fc.assert(fc.property(fc.array(keys, { minLength: 1, maxLength: 4 }), fc.string(), (path, text) => {
    const claims = path.reduceRight<unknown>(
      (inner, key) => JSON.parse(`{${JSON.stringify(key)}:${JSON.stringify(inner)}}`),
      text,
    );
    const pointer = path.map((key) => `/${key.replaceAll("~", "~0").replaceAll("/", "~1")}`).join("");
    const token = { claims: Object(claims) };
    assertEquals(fits({ claims: new Map([[pointer, [text]]]) }, token), true);
    assertEquals(fits({ claims: new Map([[`${pointer}/0`, [text]]]) }, token), false);
    assertEquals(fits({ claims: new Map([[pointer, [`${text}x`]]]) }, token), false);
  }));
});
