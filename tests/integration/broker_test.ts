import {
  CopyObjectCommand,
  CreateMultipartUploadCommand,
  DeleteObjectCommand,
  DeleteObjectsCommand,
  GetObjectCommand,
  HeadObjectCommand,
  ListBucketsCommand,
  ListMultipartUploadsCommand,
  ListObjectsCommand,
  ListObjectsV2Command,
  PutObjectCommand,
  S3Client,
  S3ServiceException,
} from "@aws-sdk/client-s3";
import { assert, assertEquals, assertRejects, assertStringIncludes } from "@std/assert";
import { AccessDeniedError, BrokerError, createS3Source, type S3Source } from "../../mod.ts";
import { type BrokerLogEntry, createBroker, createSecret, type TenantConfig } from "../../src/broker/broker.ts";
import { collect, isSame, PART_BYTES, someBytes } from "../conformance/suite.ts";
import { type SeaweedFs, useSeaweedFs } from "./seaweedfs.ts";

const seaweedFs = await useSeaweedFs({ sts: true, otherBuckets: ["other"] });

if (seaweedFs !== undefined) await testBroker(seaweedFs);

async function testBroker({ config, bucket, sdk, roleArn, listUploads }: SeaweedFs): Promise<void> {
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
  const sts = { endpointUrl, roleArn, accessKeyId, secretAccessKey, canListUploads: true };
  const broker = createBroker({ sts, tenants, log: (entry) => log.push(entry) });
  const strayBroker = createBroker({
    sts: { ...sts, roleArn: "arn:aws:iam::role/none" },
    tenants,
    log: (entry) => log.push(entry),
  });
  const serve = (handler: typeof broker) =>
    Deno.serve({ hostname: "127.0.0.1", port: 0, onListen: () => {} }, (request) => handler(request));
  const servers = [serve(broker), serve(strayBroker)] as const;
  Deno.test.afterAll(async () => {
    for (const server of servers) await server.shutdown();
  });

  function open(tenant: string, server: Deno.HttpServer<Deno.NetAddr> = servers[0]): S3Source {
    return createS3Source({
      credentialsUrl: `http://127.0.0.1:${server.addr.port}/credentials`,
      credentialsUrlSecret: secrets[tenant] ?? "",
      endpointUrl,
    }, { upload: { partSizeBytes: PART_BYTES } });
  }

  /** The AWS SDK with the very keys that a source has. */
  async function sdkOf(tenant: string): Promise<S3Client> {
    const credentials = await open(tenant).credentials();
    return new S3Client({ endpoint: endpointUrl, region: "us-east-1", credentials, forcePathStyle: true });
  }

  for (const key of ["team-2/a", "team-2/deep/a", "root.txt", "team"]) {
    await sdk.send(new PutObjectCommand({ Bucket: bucket, Key: key, Body: "not yours" }));
  }
  await sdk.send(new PutObjectCommand({ Bucket: "other", Key: "team/a", Body: "not yours" }));

  for (const tenant of ["team", "ünïcode"]) {
    const prefix = `${tenants[tenant]?.prefix}/`;

    Deno.test(`createBroker() grants ${tenant} its folder on SeaweedFS`, async () => {
      const source = open(tenant);
      assertEquals((await source.connect()).prefix, prefix);
      await source.upload("a/hello.txt", "Hello!");
      const bytes = someBytes(PART_BYTES + 1);
      await source.upload("large.bin", bytes);
      assertEquals((await source.stat("a/hello.txt"))?.size, 6);
      assertEquals(await source.stat("none"), null);
      assert(isSame(await source.read("large.bin"), bytes));
      await source.copy("a/hello.txt", "a/copy.txt");
      await source.move("a/copy.txt", "moved.txt");
      assertEquals((await collect(source.walk())).map(({ path }) => path), ["a/hello.txt", "large.bin", "moved.txt"]);
      assertEquals((await source.list({ folders: true })).folders, ["a/"]);
      const { Contents = [] } = await sdk.send(new ListObjectsV2Command({ Bucket: bucket, Prefix: prefix }));
      assertEquals(
        Contents.map(({ Key }) => Key),
        ["a/hello.txt", "large.bin", "moved.txt"].map((path) => prefix + path),
      );
      await source.delete("moved.txt");
      assertEquals((await source.deleteMany(["a/hello.txt", "large.bin"])).errors, []);
      assertEquals((await source.list()).files, []);
    });

    Deno.test(`createBroker() grants ${tenant} signed URLs on SeaweedFS`, async () => {
      const source = open(tenant);
      await source.upload("shared file.txt", "shared");
      const { url } = await source.downloadUrl("shared file.txt");
      const response = await fetch(url);
      assertEquals([response.status, await response.text()], [200, "shared"]);
      const elsewhere = await fetch(url.replace("shared%20file.txt", "other.txt"));
      await elsewhere.body?.cancel();
      assertEquals(elsewhere.status, 403);
      await source.delete("shared file.txt");
    });

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

    Deno.test(`diagnose() finds no leak for ${tenant} on SeaweedFS`, async () => {
      const { checks, leaks } = await open(tenant).diagnose();
      const outcomes = Object.fromEntries(checks.map(({ name, outcome }) => [name, outcome]));
      assertEquals(leaks, false);
      assertEquals(
        ["list", "read", "write", "multipart", "delete"].map((name) => outcomes[name]),
        Array(5).fill("allowed"),
      );
      assertEquals(
        ["listBucketRoot", "listSibling", "readSibling"].map((name) => outcomes[name]),
        Array(3).fill("denied"),
      );
    });
  }

  const at = (Key: string, Bucket = bucket) => ({ Bucket, Key });
  const below = (Prefix?: string, Bucket = bucket) => ({ Bucket, ...Prefix !== undefined && { Prefix } });

  const forbidden: Record<string, (client: S3Client) => Promise<SdkAnswer>> = {
    "read a sibling prefix": (client) => client.send(new GetObjectCommand(at("team-2/a"))),
    "look at a sibling prefix": (client) => client.send(new HeadObjectCommand(at("team-2/a"))),
    "write a sibling prefix": (client) => client.send(new PutObjectCommand({ ...at("team-2/new"), Body: "x" })),
    "overwrite in a sibling prefix": (client) => client.send(new PutObjectCommand({ ...at("team-2/a"), Body: "x" })),
    "delete in a sibling prefix": (client) => client.send(new DeleteObjectCommand(at("team-2/a"))),
    "list a sibling prefix": (client) => client.send(new ListObjectsV2Command(below("team-2/"))),
    "list what begins like its prefix": (client) => client.send(new ListObjectsV2Command(below("team"))),
    "list the folders beside its own": (client) =>
      client.send(new ListObjectsV2Command({ ...below("team"), Delimiter: "/" })),
    "begin an upload in a sibling prefix": (client) => client.send(new CreateMultipartUploadCommand(at("team-2/new"))),
    "list the uploads of a sibling prefix": (client) => client.send(new ListMultipartUploadsCommand(below("team-2/"))),
    "list all uploads": (client) => client.send(new ListMultipartUploadsCommand(below())),
    "copy from a sibling prefix": (client) =>
      client.send(new CopyObjectCommand({ ...at("team/stolen"), CopySource: `${bucket}/team-2/a` })),
    "copy to a sibling prefix": (client) =>
      client.send(new CopyObjectCommand({ ...at("team-2/new"), CopySource: `${bucket}/team/own` })),
    "read the bucket's root": (client) => client.send(new GetObjectCommand(at("root.txt"))),
    "read the file called like its folder": (client) => client.send(new GetObjectCommand(at("team"))),
    "write the bucket's root": (client) => client.send(new PutObjectCommand({ ...at("new.txt"), Body: "x" })),
    "list the bucket's root": (client) => client.send(new ListObjectsV2Command(below())),
    "list the bucket's root with an empty prefix": (client) => client.send(new ListObjectsV2Command(below(""))),
    "list the bucket's root the old way": (client) => client.send(new ListObjectsCommand(below())),
    "list the bucket's folders": (client) => client.send(new ListObjectsV2Command({ ...below(), Delimiter: "/" })),
    "read another bucket": (client) => client.send(new GetObjectCommand(at("team/a", "other"))),
    "write another bucket": (client) => client.send(new PutObjectCommand({ ...at("team/new", "other"), Body: "x" })),
    "list another bucket": (client) => client.send(new ListObjectsV2Command(below("team/", "other"))),
  };

  for (const [what, attempt] of Object.entries(forbidden)) {
    Deno.test(`createBroker() lets nobody ${what} on SeaweedFS`, async () => {
      await open("team").upload("own", "x");
      const client = await sdkOf("team");
      assertEquals(await statusOf(attempt(client)), 403);
      // The owner may: it is not the request that is wrong.
      if (/^(read|look|list)/.test(what)) assertEquals(await statusOf(attempt(sdk)), 200);
      client.destroy();
    });
  }

  Deno.test("createBroker() lets nobody delete many in a sibling prefix on SeaweedFS", async () => {
    const client = await sdkOf("team");
    const Objects = [{ Key: "team-2/a" }, { Key: "root.txt" }];
    const { Errors = [] } = await client.send(new DeleteObjectsCommand({ Bucket: bucket, Delete: { Objects } }));
    assertEquals(Errors.map(({ Key, Code }) => [Key, Code]), Objects.map(({ Key }) => [Key, "AccessDenied"]));
    client.destroy();
  });

  Deno.test("createBroker() shows nobody other buckets on SeaweedFS", async () => {
    const client = await sdkOf("team");
    assertEquals((await client.send(new ListBucketsCommand())).Buckets ?? [], []);
    client.destroy();
  });

  Deno.test("createBroker() lets readers read and list, not write or delete, on SeaweedFS", async () => {
    await open("team").upload("for-readers.txt", "text");
    const source = open("readers");
    assertEquals(new TextDecoder().decode(await source.read("for-readers.txt")), "text");
    assert((await source.list()).files.some(({ path }) => path === "for-readers.txt"));
    const { url } = await source.downloadUrl("for-readers.txt");
    assertEquals(await (await fetch(url)).text(), "text");
    await assertRejects(() => source.upload("for-readers.txt", "changed"), AccessDeniedError);
    await assertRejects(() => source.upload("large", someBytes(PART_BYTES + 1)), AccessDeniedError);
    await assertRejects(() => source.copy("for-readers.txt", "copy.txt"), AccessDeniedError);
    await assertRejects(() => source.delete("for-readers.txt"), AccessDeniedError);
    assertEquals((await source.deleteMany(["for-readers.txt"])).errors.map(({ code }) => code), ["AccessDenied"]);
    assertEquals(await open("team").stat("for-readers.txt").then((file) => file?.size), 4);
  });

  Deno.test("createBroker() lets writers write, not read, list or delete, on SeaweedFS", async () => {
    const source = open("writers");
    await source.upload("dropped.txt", "text");
    await source.upload("dropped.bin", someBytes(PART_BYTES + 1));
    await assertRejects(() => source.read("dropped.txt"), AccessDeniedError);
    await assertRejects(() => source.list(), AccessDeniedError);
    await assertRejects(() => source.delete("dropped.txt"), AccessDeniedError);
    assertEquals((await open("team").stat("dropped.bin"))?.size, PART_BYTES + 1);
  });

  Deno.test("createBroker() grants a whole bucket, and no other, on SeaweedFS", async () => {
    const source = open("everything");
    assertEquals((await source.connect()).prefix, "");
    assertEquals((await source.stat("root.txt"))?.size, 9);
    assert((await collect(source.walk())).some(({ path }) => path === "team-2/a"));
    const client = await sdkOf("everything");
    assertEquals(await statusOf(client.send(new ListObjectsV2Command(below("team/", "other")))), 403);
    client.destroy();
  });

  Deno.test("createBroker() keeps from its caller what SeaweedFS says of a role that is not there", async () => {
    const error = await assertRejects(() => open("team", servers[1]).connect(), BrokerError, "it answered 502");
    assertEquals(error.status, 502);
    assertStringIncludes(log.at(-1)?.reason ?? "", "Cannot get keys from STS: it answered 403 (AccessDenied: ");
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
        new URL("../../src/serve.ts", import.meta.url).href,
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

interface SdkAnswer {
  readonly Body?: { transformToString(): Promise<string> };
  readonly $metadata: { readonly httpStatusCode?: number };
}

/** The status of the SDK's answer, whatever it is. */
async function statusOf(answer: Promise<SdkAnswer>): Promise<number | undefined> {
  try {
    const { Body, $metadata } = await answer;
    await Body?.transformToString();
    return $metadata.httpStatusCode;
  } catch (error) {
    if (!(error instanceof S3ServiceException)) throw error;
    return error.$metadata.httpStatusCode;
  }
}
