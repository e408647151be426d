import { ListObjectsV2Command, S3Client } from "@aws-sdk/client-s3";
import { assert, assertEquals, assertRejects } from "@std/assert";
import { findOrInstallClients, type InstalledClients } from "../../tools/clients.ts";
import { orSkip } from "../support/or_skip.ts";
import { all, createGuests } from "./guest.ts";
import type { Protocol } from "./table.ts";
import { BUCKET, startWorld } from "./world.ts";

const installed = await orSkip("long transfers with S3 clients", findOrInstallClients);

/** The acceptance is 60: `KEY_SECONDS=60 deno task test:clients`. */
const KEY_SECONDS = Number(Deno.env.get("KEY_SECONDS") ?? 20);
const ROTATIONS = 3;
const BYTES = 80 * 1024 * 1024;

/** Clients that replace keys within a transfer. */
const REFRESHING: readonly Refreshing[] = [
  { name: "boto3", protocol: "token", program: "long_boto3.py" },
  { name: "AWS SDK for JavaScript", protocol: "web identity", program: "long_sdk.mjs" },
  { name: "rclone", protocol: "credential_process", program: "long_rclone.sh" },
  { name: "obstore", protocol: "token file", program: "long_obstore.py" },
  // It sends files whole, so it sends many.
  { name: "datasette-files-s3", protocol: "credentials_url", program: "long_datasette.py", bytes: BYTES / 40 },
];

interface Refreshing {
  readonly name: string;
  readonly protocol: Protocol | "credentials_url";
  readonly program: string;
  /** The size of what it leaves in the end. */
  readonly bytes?: number;
}

if (installed !== undefined) await testLongTransfers(installed);

async function testLongTransfers(installed: InstalledClients): Promise<void> {
  const tenantOf = (name: string) => name.toLowerCase().replaceAll(" ", "-");
  const world = await startWorld(REFRESHING.map(({ name }) => tenantOf(name)), { keySeconds: KEY_SECONDS });
  Deno.test.afterAll(() => world.stop());
  const guests = await createGuests(world, installed);
  const env = { TEST_SECONDS: String((ROTATIONS + 0.5) * KEY_SECONDS), TEST_BYTES: String(BYTES) };

  /** Lists a tenant's folder with these keys. */
  async function list(tenant: string, keys: Record<"AccessKeyId" | "SecretAccessKey" | "SessionToken", string>) {
    const { AccessKeyId: accessKeyId, SecretAccessKey: secretAccessKey, SessionToken: sessionToken } = keys;
    const client = new S3Client({
      ...{ endpoint: world.storeUrl, region: "us-east-1", forcePathStyle: true },
      credentials: { accessKeyId, secretAccessKey, sessionToken },
    });
    return await client.send(new ListObjectsV2Command({ Bucket: BUCKET, Prefix: `${tenant}/` }));
  }

  Deno.test(`clients upload during ${ROTATIONS} lifetimes of keys`, async () => {
    const [tenant = "", secret = ""] = Object.entries(world.secrets)[0] ?? [];
    const headers = { authorization: secret };
    const firstKeys = await (await fetch(`${world.brokerUrl}/credentials`, { headers })).json();
    assertEquals((await list(tenant, firstKeys)).KeyCount, 1);
    await all(REFRESHING.map(async ({ name, protocol, program, bytes = BYTES }) => {
      const tenant = tenantOf(name);
      const secret = world.secrets[tenant] ?? "";
      const { ok, output } = await guests.run({ name, protocol, tenant, secret, program, env });
      assert(ok, `${name}: ${output}`);
      assertEquals((await world.read(`${tenant}/long.bin`)).byteLength, bytes, name);
      const granted = world.log.filter((entry) => entry.type === "granted" && entry.tenant === tenant);
      const ends = granted.map(({ expiration }) => expiration?.getTime() ?? 0);
      assert(Math.max(...ends) - Math.min(...ends) >= ROTATIONS * KEY_SECONDS * 1_000, `${name}: ${ends}`);
      assert(new Set(granted.map(({ accessKeyId }) => accessKeyId)).size > ROTATIONS, name);
    }));
    // Their life has ended at the store, too, so the clients cannot have gone on with them.
    const refusal = await assertRejects(() => list(tenant, firstKeys), Error);
    assertEquals(refusal.name, "InvalidAccessKeyId");
  });
}
