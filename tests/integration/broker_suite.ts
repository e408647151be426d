import {
  CopyObjectCommand,
  CreateMultipartUploadCommand,
  DeleteObjectCommand,
  DeleteObjectsCommand,
  GetObjectCommand,
  GetObjectTaggingCommand,
  HeadObjectCommand,
  ListBucketsCommand,
  ListMultipartUploadsCommand,
  ListObjectsCommand,
  ListObjectsV2Command,
  PutObjectCommand,
  S3Client,
  S3ServiceException,
} from "@aws-sdk/client-s3";
import { fromHttp } from "@aws-sdk/credential-providers";
import { assert, assertEquals, assertRejects } from "@std/assert";
import { AccessDeniedError } from "../../mod.ts";
import type { LimitedTest } from "../conformance/limited_tests.ts";
import { collect, isSame, PART_BYTES, someBytes } from "../conformance/suite.ts";
import type { TestBroker } from "./test_broker.ts";
import type { TestStore } from "./test_store.ts";

/** Registers the tests of what a store allows and denies to a broker's keys. */
export function testBroker({ bucket, sdk, config }: TestStore, broker: TestBroker, test: LimitedTest): void {
  const { tenants, secrets, url, open, sdkOf } = broker;
  for (const tenant of ["team", "ünïcode"]) {
    const prefix = `${tenants[tenant]?.prefix}/`;

    test(`createBroker() grants ${tenant} its folder`, async () => {
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
      assertEquals((await source.list({ recursive: false })).folders, ["a/"]);
      const { Contents = [] } = await sdk.send(new ListObjectsV2Command({ Bucket: bucket, Prefix: prefix }));
      assertEquals(
        Contents.map(({ Key }) => Key),
        ["a/hello.txt", "large.bin", "moved.txt"].map((path) => prefix + path),
      );
      await source.delete("moved.txt");
      assertEquals((await source.deleteMany(["a/hello.txt", "large.bin"])).errors, []);
      assertEquals((await source.list()).files, []);
    });

    test(`copy() and move() with ${tenant}'s credentials keep tags that someone else has set`, async () => {
      const source = open(tenant);
      const named = (path: string) => ({ Bucket: bucket, Key: prefix + path });
      await sdk.send(new PutObjectCommand({ ...named("tagged"), Body: "x", Tagging: "state=a%20b" }));
      await source.copy("tagged", "copied", { cacheControl: "no-store" });
      await source.move("copied", "moved");
      const { TagSet } = await sdk.send(new GetObjectTaggingCommand(named("moved")));
      assertEquals(TagSet, [{ Key: "state", Value: "a b" }]);
      assertEquals((await source.deleteMany(["tagged", "moved"])).errors, []);
    });

    test(`createBroker() grants ${tenant} signed URLs`, async () => {
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

    test(`diagnose() finds no leak for ${tenant}`, async () => {
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
    "read a prefix in other letters": (client) => client.send(new GetObjectCommand(at("Team/a"))),
    "write a prefix in other letters": (client) => client.send(new PutObjectCommand({ ...at("Team/new"), Body: "x" })),
    "list a prefix in other letters": (client) => client.send(new ListObjectsV2Command(below("Team/"))),
    "read the bucket's root": (client) => client.send(new GetObjectCommand(at("root.txt"))),
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
    test(`createBroker() lets nobody ${what}`, async () => {
      await open("team").upload("own", "x");
      const client = await sdkOf("team");
      assertEquals(await statusOf(attempt(client)), 403);
      // The same request works with the owner's keys.
      if (/^(read|look|list)/.test(what)) assertEquals(await statusOf(attempt(sdk)), 200);
      client.destroy();
    });
  }

  test("createBroker() lets nobody read the file called like its folder", async () => {
    // Deleted at once: MinIO lists nothing below a folder while a file has its name.
    await sdk.send(new PutObjectCommand({ ...at("team"), Body: "not yours" }));
    const client = await sdkOf("team");
    assertEquals(await statusOf(client.send(new GetObjectCommand(at("team")))), 403);
    assertEquals(await statusOf(sdk.send(new GetObjectCommand(at("team")))), 200);
    await sdk.send(new DeleteObjectCommand(at("team")));
    client.destroy();
  });

  test("createBroker() lets nobody delete many in a sibling prefix", async () => {
    const client = await sdkOf("team");
    const Objects = [{ Key: "team-2/a" }, { Key: "root.txt" }];
    const { Errors = [] } = await client.send(new DeleteObjectsCommand({ Bucket: bucket, Delete: { Objects } }));
    assertEquals(Errors.map(({ Key, Code }) => [Key, Code]), Objects.map(({ Key }) => [Key, "AccessDenied"]));
    client.destroy();
  });

  test("createBroker() shows nobody other buckets", async () => {
    const client = await sdkOf("team");
    const names = client.send(new ListBucketsCommand()).then(({ Buckets = [] }) => Buckets.map(({ Name }) => Name));
    // MinIO denies the listing; others return an empty one.
    const isDenied = (error: unknown) => error instanceof S3ServiceException && error.name === "AccessDenied";
    assertEquals(await names.catch((error) => isDenied(error) ? [] : Promise.reject(error)), []);
    client.destroy();
  });

  test("createBroker() lets readers read and list, not write or delete", async () => {
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

  test("createBroker() lets writers write, not read, list or delete", async () => {
    const source = open("writers");
    await source.upload("dropped.txt", "text");
    await source.upload("dropped.bin", someBytes(PART_BYTES + 1));
    await assertRejects(() => source.read("dropped.txt"), AccessDeniedError);
    await assertRejects(() => source.list(), AccessDeniedError);
    await assertRejects(() => source.delete("dropped.txt"), AccessDeniedError);
    assertEquals((await open("team").stat("dropped.bin"))?.size, PART_BYTES + 1);
  });

  for (const allow of ["read", "read,write"]) {
    test(`createBroker() gives the AWS SDK keys that only ${allow}, in a folder of the tenant's`, async () => {
      await open("team").upload("in/a", "text");
      await open("team").upload("other/a", "text");
      const client = new S3Client({
        endpoint: config.endpointUrl,
        region: "us-east-1",
        forcePathStyle: true,
        credentials: fromHttp({
          awsContainerCredentialsFullUri: `${url}/credentials?prefix=team/in&allow=${allow}`,
          awsContainerAuthorizationToken: secrets["team"] ?? "",
        }),
      });
      const write = allow === "read" ? 403 : 200;
      assertEquals(await statusOf(client.send(new GetObjectCommand(at("team/in/a")))), 200);
      assertEquals(await statusOf(client.send(new ListObjectsV2Command(below("team/in/")))), 200);
      assertEquals(await statusOf(client.send(new PutObjectCommand({ ...at("team/in/new"), Body: "x" }))), write);
      assertEquals(await statusOf(client.send(new DeleteObjectCommand(at("team/in/a")))), 403);
      assertEquals(await statusOf(client.send(new GetObjectCommand(at("team/other/a")))), 403);
      assertEquals(await statusOf(client.send(new ListObjectsV2Command(below("team/")))), 403);
      client.destroy();
    });
  }

  test("createBroker() grants a whole bucket, and no other", async () => {
    const source = open("everything");
    assertEquals((await source.connect()).prefix, "");
    assertEquals((await source.stat("root.txt"))?.size, 9);
    assert((await collect(source.walk())).some(({ path }) => path === "team-2/a"));
    const client = await sdkOf("everything");
    assertEquals(await statusOf(client.send(new ListObjectsV2Command(below("team/", "other")))), 403);
    client.destroy();
  });
}

interface SdkAnswer {
  readonly Body?: { transformToString(): Promise<string> };
  readonly $metadata: { readonly httpStatusCode?: number };
}

/** The status of the SDK's response or error. */
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
