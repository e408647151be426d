import { assertEquals } from "@std/assert";
import { presignQuery } from "../../src/s3/sign/presign.ts";
import { canonicalQuery, signHeaders, type SigningScope } from "../../src/s3/sign/sign.ts";
import fixture from "../fixtures/sigv4_vectors.json" with { type: "json" };

interface Group {
  credentials: { accessKeyId: string; secretAccessKey: string };
  service: string;
  region: string;
  date: string;
}

interface Vector {
  name: string;
  method: string;
  host: string;
  path: string;
  query: Record<string, string>;
  headers: Record<string, string>;
  sessionToken?: string;
  region?: string;
  date?: string;
}

interface HeaderVector extends Vector {
  payloadHash: string;
  signedHeaders: string;
  signature: string;
}

interface PresignedVector extends Vector {
  expiresInSeconds: number;
  presignedQuery: Record<string, string>;
}

const headerGroups: Record<string, Group & { vectors: HeaderVector[] }> = {
  "AWS's test suite": fixture.suite,
  "S3's documentation": fixture.documentation,
  "botocore": fixture.botocore,
};
const presigned: Group & { vectors: PresignedVector[] } = fixture.presigned;

for (const [source, group] of Object.entries(headerGroups)) {
  for (const vector of group.vectors) {
    Deno.test(`signHeaders() signs like ${source}: ${vector.name}`, () => {
      const scope = scopeOf(vector, group);
      const date = vector.date ?? group.date;
      assertEquals(signHeaders({ ...vector, query: canonicalQuery(vector.query) }, scope), {
        ...vector.headers,
        "x-amz-date": date,
        ...(vector.sessionToken === undefined ? {} : { "x-amz-security-token": vector.sessionToken }),
        authorization: `AWS4-HMAC-SHA256 Credential=${group.credentials.accessKeyId}/` +
          `${date.slice(0, 8)}/${scope.region}/${group.service}/aws4_request, ` +
          `SignedHeaders=${vector.signedHeaders}, Signature=${vector.signature}`,
      });
    });
  }
}

for (const vector of presigned.vectors) {
  Deno.test(`presignQuery() signs like S3's documentation and botocore: ${vector.name}`, () => {
    const query = presignQuery(vector, { ...scopeOf(vector, presigned), expiresInSeconds: vector.expiresInSeconds });
    assertEquals(decodeQuery(query), vector.presignedQuery);
  });
}

Deno.test("presignQuery() percent-encodes a space, which S3 would not take as a plus sign", () => {
  const query = presignQuery(
    { method: "GET", host: "b.example", path: "/k", query: { "response-content-type": "a b+c" }, headers: {} },
    { ...exampleScope("20130524T000000Z"), expiresInSeconds: 60 },
  );
  assertEquals(/response-content-type=[^&]*/.exec(query)?.[0], "response-content-type=a%20b%2Bc");
});

Deno.test("signHeaders() derives a new signing key when the day changes under the same credentials", () => {
  const credentials = presigned.credentials;
  const sign = (date: string, fresh: boolean) =>
    signHeaders(exampleRequest, { ...exampleScope(date), credentials: fresh ? { ...credentials } : credentials });
  sign("20130524T235959Z", false);
  assertEquals(sign("20130525T000000Z", false), sign("20130525T000000Z", true));
});

Deno.test("signHeaders() derives a new signing key when the region changes under the same credentials", () => {
  const scope = exampleScope("20130524T000000Z");
  signHeaders(exampleRequest, scope);
  assertEquals(
    signHeaders(exampleRequest, { ...scope, region: "eu-west-1" }),
    signHeaders(exampleRequest, { ...scope, region: "eu-west-1", credentials: { ...scope.credentials } }),
  );
});

for (const value of ["a ", " a", "a\t", "\ta"]) {
  Deno.test(`signHeaders() ignores white space at the ends of a value: ${JSON.stringify(value)}`, () => {
    const sign = (value: string) =>
      signHeaders({ ...exampleRequest, headers: { a: value, b: "2" } }, exampleScope("20130524T000000Z")).authorization;
    assertEquals(sign(value), sign("a"));
  });
}

Deno.test("signHeaders() rounds the time down to the second", () => {
  const scope = exampleScope("20130524T000000Z");
  const { "x-amz-date": date } = signHeaders(exampleRequest, { ...scope, nowMs: scope.nowMs + 999 });
  assertEquals(date, "20130524T000000Z");
});

Deno.test("signHeaders() leaves the request's headers alone", () => {
  const request = { ...exampleRequest, headers: Object.freeze({ a: "1" }) };
  signHeaders(request, exampleScope("20130524T000000Z"));
  assertEquals(request.headers, { a: "1" });
});

const exampleRequest = { method: "GET", host: "b.example", path: "/k", query: "", headers: {}, payloadHash: "0" };

function exampleScope(date: string): SigningScope {
  return { credentials: presigned.credentials, region: "us-east-1", nowMs: toEpochMs(date) };
}

function scopeOf(vector: Vector, { credentials, region, service, date }: Group): SigningScope {
  const { sessionToken } = vector;
  return {
    credentials: sessionToken === undefined ? credentials : { ...credentials, sessionToken },
    region: vector.region ?? region,
    service,
    nowMs: toEpochMs(vector.date ?? date),
  };
}

function toEpochMs(timestamp: string): number {
  return Date.parse(timestamp.replace(/^(....)(..)(..T..)(..)/, "$1-$2-$3:$4:"));
}

function decodeQuery(query: string): Record<string, string> {
  return Object.fromEntries(
    query.split("&").map((pair) => pair.split("=")).map(([name = "", value = ""]) => [
      decodeURIComponent(name),
      decodeURIComponent(value),
    ]),
  );
}
