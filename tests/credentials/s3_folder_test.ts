import { assertEquals, assertStringIncludes, assertThrows } from "@std/assert";
import { parseS3Folder } from "../../src/credentials/s3_folder.ts";
import { BrokerError } from "../../src/errors.ts";

const accepted = {
  "s3://media/team/": { bucket: "media", prefix: "team/" },
  "s3://media/team": { bucket: "media", prefix: "team/" },
  "s3://media": { bucket: "media", prefix: "" },
  "s3://media/": { bucket: "media", prefix: "" },
  "s3://media/a/b/c/": { bucket: "media", prefix: "a/b/c/" },
  "s3://media/a b/ü%2e%2e/": { bucket: "media", prefix: "a b/ü%2e%2e/" },
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
  "s3:///team/": "it names no valid bucket",
  "s3://": "it names no valid bucket",
  "s3://Media/team/": "it names no valid bucket",
  "s3://a_b/team/": "it names no valid bucket",
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
    const error = assertThrows(() => parseS3Folder(folder), BrokerError, reason);
    assertStringIncludes(error.message, "Cannot use the S3Folder");
  });
}

Deno.test("parseS3Folder() does not repeat a password", () => {
  const error = assertThrows(() => parseS3Folder("s3://user:hunter2@media/"), BrokerError);
  assertEquals(Deno.inspect(error).includes("hunter2"), false);
});
