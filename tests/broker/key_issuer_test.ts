import { assert, assertEquals, assertNotEquals, assertThrows } from "@std/assert";
import { ConfigError } from "../../mod.ts";
import { createKeyIssuer } from "../../src/broker/keys/key_issuer.ts";
import type { KeyRequest } from "../../src/broker/types.ts";
import type { BrokerConfig } from "../../src/broker/mod.ts";
import { stubFetch } from "../support/stub_fetch.ts";
import { stsReply, stubObserver } from "../support/stub_sts.ts";

const STS = { endpointUrl: "http://store.test", accessKeyId: "AKIDBROKER", secretAccessKey: "secret-canary" };
const R2 = { accountId: "0123456789abcdef0123456789abcdef", accessKeyId: "parent", secretAccessKey: "secret-canary" };
const REQUEST: KeyRequest = { tenant: "team", bucket: "media", prefix: "team/", allow: ["read"] };

function issuerOf(config: Pick<BrokerConfig, "sts" | "r2">, sts = stubFetch(stsReply())) {
  const now = () => Date.parse("2030-01-01T00:00:00Z");
  return createKeyIssuer(config, { fetch: sts.fetch, now, observer: stubObserver() });
}

Deno.test("createKeyIssuer() gets keys from STS or from R2, with the configured keys", async () => {
  const sts = stubFetch(stsReply());
  const fromSts = issuerOf({ sts: STS }, sts);
  assertEquals([fromSts.service, (await fromSts.issue(REQUEST)).accessKeyId], ["STS", "ASIAMINTED"]);
  assert(sts.requests[0]?.headers.get("authorization")?.includes("Credential=AKIDBROKER/"));
  const fromR2 = issuerOf({ r2: R2 });
  assertEquals([fromR2.service, (await fromR2.issue(REQUEST)).accessKeyId], ["R2", "parent"]);
});

Deno.test("createKeyIssuer() checks what can be granted", () => {
  const prefix = "a*/";
  assertThrows(() => issuerOf({ sts: STS }).check({ ...REQUEST, prefix }), ConfigError, 'its "*" would also match');
  issuerOf({ sts: { roleArn: "arn:1" } }).check({ ...REQUEST, prefix });
  const r2 = { accountId: R2.accountId, accessKeyId: "parent", apiToken: "t" };
  assertThrows(() => issuerOf({ r2 }).check({ ...REQUEST, allow: ["write"] }), ConfigError, "its API permits reading");
  issuerOf({ r2 }).check({ ...REQUEST, prefix });
});

Deno.test("createKeyIssuer() has the same fingerprint while store and parent keys are the same", () => {
  const { fingerprint } = issuerOf({ sts: STS });
  assertEquals(
    issuerOf({ sts: { ...STS, roleArn: "arn:1", externalId: "x", durationSeconds: 900 } }).fingerprint,
    fingerprint,
  );
  assert(/^[0-9a-f]{64}$/.test(fingerprint));
});

for (
  const other of [
    { endpointUrl: "http://other.test" },
    { region: "eu-west-1" },
    { accessKeyId: "AKIDOTHER" },
    { secretAccessKey: "other" },
    { canListUploads: true },
  ]
) {
  Deno.test(`createKeyIssuer() has another fingerprint for another ${Object.keys(other)[0]}`, () => {
    assertNotEquals(issuerOf({ sts: { ...STS, ...other } }).fingerprint, issuerOf({ sts: STS }).fingerprint);
  });
}

for (
  const other of [
    { accountId: "1123456789abcdef0123456789abcdef" },
    { accessKeyId: "other" },
    { secretAccessKey: "other" },
    { jurisdiction: "eu" },
    { secretAccessKey: undefined, apiToken: "secret-canary" },
  ]
) {
  Deno.test(`createKeyIssuer() has another fingerprint for R2 with ${JSON.stringify(other)}`, () => {
    assertNotEquals(issuerOf({ r2: { ...R2, ...other } }).fingerprint, issuerOf({ r2: R2 }).fingerprint);
  });
}
