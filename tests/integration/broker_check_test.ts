import { ListObjectsV2Command } from "@aws-sdk/client-s3";
import { assertEquals, assertMatch } from "@std/assert";
import { stub } from "@std/testing/mock";
import { main } from "../../src/command/cli.ts";
import { useSeaweedFs } from "./seaweedfs.ts";

const seaweedFs = await useSeaweedFs({ sts: true });

if (seaweedFs !== undefined) {
  const { config, bucket, roleArn } = seaweedFs;
  const tenant = (name: string, allow: readonly string[], index: number) => {
    return { bucket, prefix: name, allow, secret_sha256: `${index}`.repeat(64) };
  };
  const broker = {
    sts: {
      endpoint_url: config.endpointUrl,
      role_arn: roleArn,
      access_key_id: config.accessKeyId,
      secret_access_key: config.secretAccessKey,
    },
    tenants: {
      all: tenant("all", ["read", "write", "delete"], 1),
      reader: tenant("all", ["read"], 2),
      inbox: tenant("inbox", ["write"], 3),
      typo: { ...tenant("typo", ["read"], 4), role_arn: `${roleArn}s` },
    },
  };

  Deno.test("broker --check finds on SeaweedFS which tenants work, and a typo in a role", async () => {
    using log = stub(console, "log", () => {});
    assertEquals(await main(["broker", "--check", "--json", "-s", "broker", JSON.stringify(broker)]), 1);
    const { tenants } = JSON.parse(String(log.calls[0]?.args[0]));
    const results = tenants.map(({ tenant, result }: { tenant: string; result: string }) => [tenant, result]);
    assertEquals(results, [["all", "works"], ["reader", "works"], ["inbox", "works"], ["typo", "no keys"]]);
    assertEquals(tenants.map(({ reason }: { reason: string }) => reason).slice(0, 3), ["", "", ""]);
    assertMatch(tenants[3].reason, /^Cannot get keys from STS: /);
    const files = await seaweedFs.sdk.send(new ListObjectsV2Command({ Bucket: bucket, Prefix: "inbox/" }));
    assertEquals(files.KeyCount, 0);
  });
}
