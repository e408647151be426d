/**
 * The broker that bench/broker/main.ts measures: many tenants, each with a secret and an identity, on an STS that
 * answers at once. Arguments: the number of tenants, and the issuer's URL.
 *
 * @module
 */
import { createHash } from "node:crypto";
import { createBroker } from "@files/s3-source/broker";

const [count = "", issuer = ""] = Deno.args;

const tenants = Object.fromEntries(Array.from({ length: Number(count) }, (_, index) => {
  const sha256 = createHash("sha256").update(`secret of tenant ${index}`).digest("hex");
  return [`tenant-${index}`, {
    secrets: { first: { sha256 } },
    identities: { job: { issuer: "bench", subject: `tenant ${index}` } },
    bucket: "media",
    prefix: `folders/${index}/`,
    allow: ["read", "write"] as const,
  }];
}));

const broker = createBroker({
  sts: { endpointUrl: "http://sts.test", accessKeyId: "bench", secretAccessKey: "bench" },
  issuers: { bench: { url: issuer, audiences: ["s3-broker"], fetch: (url, init) => globalThis.fetch(url, init) } },
  tenants,
  fetch: () => Promise.resolve(new Response(stsReply())),
  log: (entry) => void JSON.stringify(entry),
  addressOf: () => "127.0.0.1",
});

Deno.serve({
  hostname: "127.0.0.1",
  port: 0,
  // deno-lint-ignore no-console -- Its parent reads the port.
  onListen: ({ port }) => console.log(port),
}, broker);

function stsReply(): string {
  const expiration = new Date(Date.now() + 3_600_000).toISOString();
  return `<AssumeRoleResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/"><AssumeRoleResult><Credentials>
    <AccessKeyId>ASIA${crypto.randomUUID()}</AccessKeyId><SecretAccessKey>${"k".repeat(40)}</SecretAccessKey>
    <SessionToken>${"t".repeat(900)}</SessionToken><Expiration>${expiration}</Expiration>
  </Credentials></AssumeRoleResult></AssumeRoleResponse>`;
}
