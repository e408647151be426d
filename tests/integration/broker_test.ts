import { CreateMultipartUploadCommand, ListMultipartUploadsCommand } from "@aws-sdk/client-s3";
import { assertEquals, assertRejects, assertStringIncludes } from "@std/assert";
import { createS3Source, CredentialsError } from "../../mod.ts";
import { createLimitedTests } from "../conformance/limited_tests.ts";
import { PART_BYTES, someBytes } from "../conformance/suite.ts";
import { testBroker } from "./broker_suite.ts";
import { type SeaweedFs, useSeaweedFs } from "./seaweedfs.ts";
import { limitsOf } from "../stores/differences.ts";
import { startTestBroker } from "./test_broker.ts";

const seaweedFs = await useSeaweedFs({ sts: true, otherBuckets: ["other"] });

if (seaweedFs !== undefined) await testSeaweedFsBroker(seaweedFs);

async function testSeaweedFsBroker(seaweedFs: SeaweedFs): Promise<void> {
  const { config, bucket, roleArn, listUploads } = seaweedFs;
  const { endpointUrl, accessKeyId, secretAccessKey } = config;
  const broker = await startTestBroker(seaweedFs, { roleArn, canListUploads: true });
  const stray = await startTestBroker(seaweedFs, { roleArn: "arn:aws:iam::role/none", canListUploads: true });
  const { tenants, secrets, open, sdkOf } = broker;

  const { test, end } = createLimitedTests("SeaweedFS", limitsOf("SeaweedFS", "brokerFailures"));
  testBroker(seaweedFs, broker, test);
  end();

  for (const tenant of ["team", "ünïcode"]) {
    const prefix = `${tenants[tenant]?.prefix}/`;

    Deno.test(`createBroker() lets ${tenant} list and abort its own uploads on SeaweedFS`, async () => {
      const client = await sdkOf(tenant);
      const Key = `${prefix}unfinished`;
      const { UploadId } = await client.send(new CreateMultipartUploadCommand({ Bucket: bucket, Key }));
      const { Uploads = [] } = await client.send(new ListMultipartUploadsCommand({ Bucket: bucket, Prefix: prefix }));
      assertEquals(Uploads.map((upload) => upload.UploadId), [UploadId]);
      const controller = new AbortController();
      const body = new ReadableStream<Uint8Array>({
        pull(stream) {
          stream.enqueue(someBytes(PART_BYTES));
        },
      });
      const onProgress = () => controller.abort(new Error("enough"));
      await assertRejects(
        () => open(tenant).upload("x", body, { signal: controller.signal, onProgress }),
        Error,
        "enough",
      );
      assertEquals(await listUploads(prefix), [Key]);
      client.destroy();
    });
  }

  Deno.test("createBroker() hides from its caller what SeaweedFS says about a missing role", async () => {
    const error = await assertRejects(() => stray.open("team").connect(), CredentialsError, "it answered 502");
    assertEquals(error.status, 502);
    assertStringIncludes(stray.log.at(-1)?.reason ?? "", "Cannot get keys from STS: it answered 403 (AccessDenied: ");
  });

  Deno.test("the command broker serves keys until it is stopped", async () => {
    const settings = Object.entries({
      "broker.sts.endpoint_url": endpointUrl,
      "broker.sts.role_arn": roleArn,
      "broker.sts.access_key_id.$env": "BROKER_KEY_ID",
      "broker.sts.secret_access_key.$env": "BROKER_KEY",
      "broker.tenants.team": JSON.stringify({ ...tenants["team"], prefix: "command" }),
    }).flatMap(([key, value]) => ["-s", key, value]);
    const process = new Deno.Command(Deno.execPath(), {
      args: [
        "run",
        "--allow-all",
        new URL("../../src/command/cli.ts", import.meta.url).href,
        "broker",
        "--port",
        "0",
        ...settings,
      ],
      env: { BROKER_KEY_ID: accessKeyId, BROKER_KEY: secretAccessKey },
      stdout: "piped",
    }).spawn();
    const lines = process.stdout.pipeThrough(new TextDecoderStream()).getReader();
    const read = async () => (await lines.read()).value ?? "";
    const [, url = ""] = /^Credentials at (http:\/\/127\.0\.0\.1:\d+\/credentials)\n$/.exec(await read()) ?? [];
    const source = createS3Source({ credentialsUrl: url, credentialsUrlSecret: secrets["team"] ?? "", endpointUrl });
    await source.upload("a.txt", "x");
    const entry = JSON.parse(await read());
    assertEquals([entry.type, entry.tenant, entry.address, entry.isCached], ["granted", "team", "127.0.0.1", false]);
    const wrong = await fetch(url, { method: "POST", body: new URLSearchParams({ secret: "wrong" }) });
    assertEquals([wrong.status, await wrong.json()], [403, { error: "Forbidden" }]);
    assertEquals(JSON.parse(await read()).reason, "a wrong secret");
    process.kill("SIGTERM");
    assertEquals((await process.status).code, 0);
    await lines.cancel();
  });
}
