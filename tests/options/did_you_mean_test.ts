import { assertEquals } from "@std/assert";
import { didYouMean } from "../../src/options/did_you_mean.ts";

const LIST = ["signal", "prefix", "cursor", "limit", "recursive"];
const CONFIG = ["bucket", "region", "prefix", "endpointUrl", "accessKeyId", "secretAccessKey", "credentialsUrl"];
const SOURCE = ["credentials", "fetch", "now", "retry", "timeouts", "upload", "onEvent"];
const TENANT = ["secretSha256", "bucket", "prefix", "wholeBucket", "allow", "secret_sha256", "whole_bucket"];
const UPLOAD = ["partSizeBytes", "concurrency", "encryption", "storageClass"];
const STORE = ["bucket", "store"];

for (
  const [given, names, expected] of [
    ["limt", LIST, "limit"],
    ["lmiit", LIST, "limit"],
    ["LIMIT", LIST, "limit"],
    ["acess_key_id", CONFIG, "accessKeyId"],
    ["AccessKeyID", CONFIG, "accessKeyId"],
    ["endpoint-url", CONFIG, "endpointUrl"],
    // The beginning of a name, however much is left of it, rather than another name of its length.
    ["part", UPLOAD, "partSizeBytes"],
    ["stor", UPLOAD, "storageClass"],
    ["cred", CONFIG, "credentialsUrl"],
    // A name and more words.
    ["retryPolicy", SOURCE, "retry"],
    ["limit_per_page", LIST, "limit"],
    // Names of other libraries.
    ["maxKeys", LIST, "limit"],
    ["MaxKeys", LIST, "limit"],
    ["max_keys", LIST, "limit"],
    ["delimiter", LIST, "recursive"],
    ["folders", LIST, "recursive"],
    ["credentials", CONFIG, "accessKeyId"],
    ["provider", SOURCE, "credentials"],
    ["forcePathStyle", STORE, "store.addressing"],
    ["equal_parts", STORE, "store.equalParts"],
    ["endpoint", CONFIG, "endpointUrl"],
    ["secret", TENANT, "secret_sha256"],
    ["secret", ["credentialsUrl", "credentialsUrlSecret"], "credentialsUrlSecret"],
  ] as const
) {
  Deno.test(`didYouMean() finds ${expected} for ${given} among ${names[0]} and others`, () => {
    assertEquals(didYouMean(given, names), `; did you mean "${expected}"?`);
  });
}

for (
  const [given, names] of [
    ["nowhere", SOURCE],
    ["colour", LIST],
    ["maxKeys", SOURCE],
    ["x", LIST],
    ["", LIST],
    ["fo", LIST],
    ["lxmxt", LIST],
    ["recycle", SOURCE],
    ["li".repeat(500), LIST],
    ["limit", []],
  ] as const
) {
  Deno.test(`didYouMean() says nothing of ${given.slice(0, 20)} among ${names.length} other names`, () => {
    assertEquals(didYouMean(given, names), "");
  });
}
