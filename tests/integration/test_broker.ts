import { PutObjectCommand, S3Client } from "@aws-sdk/client-s3";
import { createS3Source, type S3Source } from "../../mod.ts";
import { type BrokerLogEntry, createBroker, createSecret, type TenantConfig } from "../../src/broker/mod.ts";
import { PART_BYTES } from "../conformance/suite.ts";
import type { TestStore } from "./test_store.ts";

/** A broker with tenants, in front of a store. */
export interface TestBroker {
  /** The tenants, by name: `team` and its neighbours. */
  readonly tenants: Readonly<Record<string, TenantConfig>>;
  /** Their secrets. */
  readonly secrets: Readonly<Record<string, string>>;
  /** The broker's URL, without a slash at its end. */
  readonly url: string;
  /** What the broker has logged. */
  readonly log: readonly BrokerLogEntry[];
  /** A tenant's source, with keys from this broker. */
  open(tenant: string): S3Source;
  /** The AWS SDK with the keys of a tenant's source. */
  sdkOf(tenant: string): Promise<S3Client>;
}

/** How to use the store's STS. */
export interface TestBrokerOptions {
  /** The role to assume, if the store has roles. */
  readonly roleArn?: string;
  /** Whether the store can let writers list unfinished uploads of their prefix. */
  readonly canListUploads: boolean;
}

/**
 * Starts a broker for the tests of the calling file, and stores files that no tenant may see. Needs a bucket `other`.
 */
export async function startTestBroker(store: TestStore, options: TestBrokerOptions): Promise<TestBroker> {
  const { config, bucket, sdk } = store;
  const { endpointUrl, accessKeyId, secretAccessKey } = config;
  const secrets: Record<string, string> = {};
  const tenants: Record<string, TenantConfig> = {};
  const addTenant = async (name: string, options: Pick<TenantConfig, "prefix" | "wholeBucket" | "allow">) => {
    const { secret, sha256 } = await createSecret();
    secrets[name] = secret;
    tenants[name] = { secretSha256: sha256, bucket, ...options };
  };
  await addTenant("team", { prefix: "team", allow: ["read", "write", "delete"] });
  await addTenant("readers", { prefix: "team", allow: ["read"] });
  await addTenant("writers", { prefix: "team", allow: ["write"] });
  await addTenant("ünïcode", { prefix: "t {[ü+%&]} $/日本", allow: ["read", "write", "delete"] });
  await addTenant("everything", { wholeBucket: true, allow: ["read"] });

  const log: BrokerLogEntry[] = [];
  const sts = { endpointUrl, accessKeyId, secretAccessKey, ...options };
  const broker = createBroker({ sts, tenants, log: (entry) => log.push(entry) });
  const server = Deno.serve({ hostname: "127.0.0.1", port: 0, onListen: () => {} }, (request) => broker(request));
  Deno.test.afterAll(() => server.shutdown());

  const url = `http://127.0.0.1:${server.addr.port}`;
  const open = (tenant: string): S3Source =>
    createS3Source({
      credentialsUrl: `${url}/credentials`,
      credentialsUrlSecret: secrets[tenant] ?? "",
      endpointUrl,
    }, { upload: { partSizeBytes: PART_BYTES } });

  for (const key of ["team-2/a", "team-2/deep/a", "Team/a", "root.txt"]) {
    await sdk.send(new PutObjectCommand({ Bucket: bucket, Key: key, Body: "not yours" }));
  }
  await sdk.send(new PutObjectCommand({ Bucket: "other", Key: "team/a", Body: "not yours" }));
  return {
    tenants,
    secrets,
    url,
    log,
    open,
    async sdkOf(tenant) {
      const credentials = await open(tenant).credentials();
      return new S3Client({ endpoint: endpointUrl, region: "us-east-1", credentials, forcePathStyle: true });
    },
  };
}
