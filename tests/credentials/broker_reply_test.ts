import { assert, assertEquals, assertStringIncludes, assertThrows } from "@std/assert";
import { parseExpiration, parseS3Folder, readBrokerReply } from "../../src/credentials/broker_reply.ts";
import { createEndpoint } from "../../src/s3/endpoint.ts";
import { CredentialsError } from "../../src/errors.ts";

const reply = {
  AccessKeyId: "AKID",
  SecretAccessKey: "secret-canary",
  SessionToken: "token-canary",
  Expiration: "2030-01-01T00:15:00Z",
  S3Folder: "s3://granted/folder/",
};

Deno.test("readBrokerReply() reads the five fields", () => {
  assertEquals(readBrokerReply(JSON.stringify(reply)), {
    accessKeyId: "AKID",
    secretAccessKey: "secret-canary",
    sessionToken: "token-canary",
    expiration: new Date("2030-01-01T00:15:00Z"),
    bucket: "granted",
    prefix: "folder/",
  });
});

for (const name of Object.keys(reply)) {
  Deno.test(`readBrokerReply() refuses a reply without ${name}`, () => {
    const { [name]: _, ...rest } = reply as Record<string, string>;
    assertThrows(
      () => readBrokerReply(JSON.stringify(rest)),
      CredentialsError,
      `"${name}" of the broker's reply: it is missing`,
    );
  });

  for (const value of [null, 5, "", {}, ["a"]]) {
    Deno.test(`readBrokerReply() refuses ${name}: ${JSON.stringify(value)}`, () => {
      assertThrows(() => readBrokerReply(JSON.stringify({ ...reply, [name]: value })), CredentialsError, `"${name}"`);
    });
  }
}

for (const name of ["AccessKeyId", "SessionToken"]) {
  for (const value of ["a b", "key\n", "ü"]) {
    Deno.test(`readBrokerReply() refuses ${name} ${JSON.stringify(value)}, which is no header`, () => {
      assertThrows(
        () => readBrokerReply(JSON.stringify({ ...reply, [name]: value })),
        CredentialsError,
        `"${name}" of the broker's reply: it must be printable ASCII without spaces`,
      );
    });
  }
}

for (const rest of ["junk", " ", "0", "+01:00"]) {
  Deno.test(`parseExpiration() refuses text after a time: "${rest}"`, () => {
    assertThrows(() => parseExpiration(`2030-01-01T00:15:00Z${rest}`), CredentialsError, "ISO 8601");
  });
}

for (const text of ["", "<html>secret-canary</html>", '{"SecretAccessKey": "secret-canary"', "null", "[]", '"text"']) {
  Deno.test(`readBrokerReply() refuses ${JSON.stringify(text)} without quoting it`, () => {
    const error = assertThrows(() => readBrokerReply(text), CredentialsError, "it is not ");
    assertEquals(Deno.inspect(error).includes("secret-canary"), false);
  });
}

const times = {
  "2030-01-01T00:15:00Z": "2030-01-01T00:15:00.000Z",
  "2030-01-01T00:15:00+00:00": "2030-01-01T00:15:00.000Z",
  "2030-01-01T02:15:00+02:00": "2030-01-01T00:15:00.000Z",
  "2030-01-01T00:15:00": "2030-01-01T00:15:00.000Z",
  "2030-01-01 00:15:00": "2030-01-01T00:15:00.000Z",
  "2030-01-01T00:15:00.123456": "2030-01-01T00:15:00.123Z",
  "2028-02-29T00:00:00Z": "2028-02-29T00:00:00.000Z",
};
for (const [text, iso] of Object.entries(times)) {
  Deno.test(`parseExpiration() reads ${text} as ${iso}`, () => assertEquals(parseExpiration(text).toISOString(), iso));
}

for (
  const text of [
    "tomorrow",
    "2030-01-01",
    "1893456900",
    "2030-13-01T00:00:00Z",
    "2030-02-30T00:00:00Z",
    "2030-01-01T25:00:00Z",
    "01/02/2030",
  ]
) {
  Deno.test(`parseExpiration() refuses ${text}`, () => {
    assertThrows(() => parseExpiration(text), CredentialsError, '"Expiration"');
  });
}

for (const key of [reply.SecretAccessKey, reply.SessionToken, "client-secret"]) {
  Deno.test(`readBrokerReply() does not quote an S3Folder that contains ${key}`, () => {
    for (const folder of [key, `s3://media/../${key}/`, `s3://media/${key}/`]) {
      const text = JSON.stringify({ ...reply, S3Folder: folder });
      const error = assertThrows(
        () => readBrokerReply(text, { secret: "client-secret" }),
        CredentialsError,
        '"S3Folder"',
      );
      assert(!error.message.includes(key), error.message);
    }
  });
}

const accepted = {
  "s3://media/team/": { bucket: "media", prefix: "team/" },
  "s3://media/team": { bucket: "media", prefix: "team/" },
  "s3://media": { bucket: "media", prefix: "" },
  "s3://media/": { bucket: "media", prefix: "" },
  "s3://media/a/b/c/": { bucket: "media", prefix: "a/b/c/" },
  "s3://media/a b/ü%2e%2e/": { bucket: "media", prefix: "a b/ü%2e%2e/" },
  "s3://My_bucket/team/": { bucket: "My_bucket", prefix: "team/" },
  "s3://my.bucket/a..b/": { bucket: "my.bucket", prefix: "a..b/" },
};
for (const [folder, location] of Object.entries(accepted)) {
  Deno.test(`parseS3Folder() reads "${folder}"`, () => assertEquals(parseS3Folder(folder), location));
}

const refused = {
  "https://media/team/": "it is not an s3:// URL",
  "S3://media/team/": "it is not an s3:// URL",
  "media/team/": "it is not an s3:// URL",
  "": "it is not an s3:// URL",
  "s3:///team/": "its bucket name is not valid",
  "s3://": "its bucket name is not valid",
  "s3://me dia/team/": "its bucket name is not valid",
  "s3://../team/": "its bucket name is not valid",
  "s3://media/team/?a=b": "it has a query or a fragment",
  "s3://media/team/?": "it has a query or a fragment",
  "s3://media/team/#": "it has a query or a fragment",
  "s3://user@media/team/": "it has a user name",
  "s3://user:word@media/team/": "it has a user name",
  "s3://media:9000/team/": "it has a port",
  "s3://media/team/../other/": "its prefix breaks the path rules",
  "s3://media/./team/": "its prefix breaks the path rules",
  "s3://media//team/": "its prefix breaks the path rules",
  "s3://media/te\u0000am/": "its prefix breaks the path rules",
  "s3://media/te\nam/": "its prefix breaks the path rules",
};
for (const [folder, reason] of Object.entries(refused)) {
  Deno.test(`parseS3Folder() refuses ${JSON.stringify(folder)}`, () => {
    const error = assertThrows(() => parseS3Folder(folder), CredentialsError, reason);
    assertStringIncludes(error.message, "Cannot use the S3Folder");
  });
}

for (const name of ["Media", "a_b", "data--usw2-az1--x-s3"]) {
  Deno.test(`readBrokerReply() refuses the bucket ${name} on AWS`, () => {
    const text = JSON.stringify({ ...reply, S3Folder: `s3://${name}/team/` });
    const { bucketProblem } = createEndpoint();
    assertThrows(() => readBrokerReply(text, { bucketProblem }), CredentialsError, "its bucket name is not valid");
  });
}

Deno.test("readBrokerReply() refuses a secret key with a line end", () => {
  const text = JSON.stringify({ ...reply, SecretAccessKey: "key-canary\n" });
  const error = assertThrows(() => readBrokerReply(text), CredentialsError, '"SecretAccessKey"');
  assert(!error.message.includes("key-canary"));
});

Deno.test("parseExpiration() reads a time without a zone as UTC in any time zone", async () => {
  const module = JSON.stringify(new URL("../../src/credentials/broker_reply.ts", import.meta.url).href);
  const script = `const { parseExpiration } = await import(${module});
    console.log(parseExpiration("2030-01-01T00:15:00").toJSON(), new Date(2030, 0).toJSON());`;
  const args = ["eval", "--no-lock", "--no-check", script];
  const { stdout } = await new Deno.Command(Deno.execPath(), { args, env: { TZ: "Asia/Tokyo", NO_COLOR: "1" } })
    .output();
  assertEquals(new TextDecoder().decode(stdout), "2030-01-01T00:15:00.000Z 2029-12-31T15:00:00.000Z\n");
});

Deno.test("parseS3Folder() quotes at most 200 characters", () => {
  const error = assertThrows(() => parseS3Folder(`s3://${"x".repeat(1_000)}`), CredentialsError);
  assertEquals(error.message, `Cannot use the S3Folder "s3://${"x".repeat(195)}": its bucket name is not valid`);
});

Deno.test("parseS3Folder() does not quote a password", () => {
  const error = assertThrows(() => parseS3Folder("s3://user:hunter2@media/"), CredentialsError);
  assertEquals(Deno.inspect(error).includes("hunter2"), false);
});
