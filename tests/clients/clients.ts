import { assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { findOrInstallClients, type InstalledClients } from "../../tools/clients.ts";
import { orSkip } from "../support/or_skip.ts";
import { all, createGuests, type GuestResult } from "./guest.ts";
import { type ClientFacts, CLIENTS, type Protocol, PROTOCOLS } from "./table.ts";
import { startWorld } from "./world.ts";

/** The protocols that a client can be tried with, and the tenant for each. */
const triedWith = ({ name, instead }: ClientFacts) =>
  PROTOCOLS.filter((protocol) => !(protocol in instead) || instead[protocol]?.message !== undefined)
    .map((protocol) => ({ protocol, tenant: `${name} ${protocol}`.toLowerCase().replace(/[ _]/g, "-") }));

const onceTenant = ({ name }: ClientFacts) => `${name} once`.toLowerCase().replaceAll(" ", "-");

const installed = await orSkip("all tests with S3 clients", findOrInstallClients);

if (installed !== undefined) await testClients(installed);

async function testClients(installed: InstalledClients): Promise<void> {
  const world = await startWorld([
    ...CLIENTS.flatMap(triedWith).map(({ tenant }) => tenant),
    ...CLIENTS.map(onceTenant),
    "datasette",
    "lines",
  ]);
  Deno.test.afterAll(() => world.stop());
  const guests = await createGuests(world, installed);
  const large = await sha256(await Deno.readFile(guests.file));

  for (const client of CLIENTS) {
    Deno.test(`${client.name} works, and fails, with the protocols of the table in docs/brokers.md`, async () => {
      await all(
        triedWith(client).map(async ({ protocol, tenant }) => {
          const result = await guests.run({ name: client.name, protocol, tenant, secret: world.secrets[tenant] ?? "" });
          const { message } = client.instead[protocol] ?? {};
          if (message === undefined) await assertWorks(client, { protocol, tenant, result });
          else assertFails(message, { protocol, result });
          assertEquals(await world.list(`${tenant}-2/`), [`${tenant}-2/other.txt`]);
        }),
      );
      assertEquals((await world.list("")).filter((key) => !key.includes("/")), ["other.txt"]);
    });
  }

  Deno.test("datasette-files-s3 works with its own credentials_url", async () => {
    const [client] = CLIENTS.filter(({ name }) => name === "datasette-files-s3");
    const [protocol, tenant] = ["credentials_url", "datasette"] as const;
    const secret = world.secrets[tenant] ?? "";
    const result = await guests.run({ name: client?.name ?? "", protocol, tenant, secret });
    if (client !== undefined) await assertWorks(client, { protocol, tenant, result });
  });

  // Every call of a command asks for keys of its own.
  for (const client of CLIENTS.filter(({ name }) => !["AWS CLI", "rclone", "s5cmd"].includes(name))) {
    Deno.test(`${client.name} does not notice that the broker is down while keys have most of their life`, async () => {
      const protocol = client.instead["token"] === undefined ? "token" : "token file";
      const tenant = onceTenant(client);
      const secret = world.secrets[tenant] ?? "";
      const result = await guests.run({ name: client.name, protocol, tenant, secret, brokerUrl: world.onceUrl });
      await assertWorks(client, { protocol, tenant, result });
    });
  }

  for (const { name, lineEnd } of CLIENTS.filter(({ instead }) => instead["token file"] === undefined)) {
    Deno.test(`${name} ${lineEnd === undefined ? "takes" : "refuses"} a token file with a line end`, async () => {
      const run = { name, protocol: "token file", tenant: "lines", secret: world.secrets["lines"] ?? "" } as const;
      const { ok, output } = await guests.run({ ...run, secretEnd: "\n" });
      assertEquals(ok, lineEnd === undefined, output);
      if (lineEnd !== undefined) assertMatch(output, lineEnd);
    });
  }

  async function assertWorks(
    { canDelete }: ClientFacts,
    { protocol, tenant, result: { ok, done, failed, output } }: Run,
  ): Promise<void> {
    const steps = ["list", "read", "write", ...(canDelete ? ["delete"] : [])];
    assertEquals([ok, Object.keys(done).sort()], [true, steps.toSorted()], `${protocol}: ${output}`);
    const denied = ["neighbour", "root"].flatMap((place) => steps.map((step) => `${step} ${place}`));
    assertEquals(Object.keys(failed).sort(), denied.sort(), protocol);
    for (const [step, message] of Object.entries(failed)) assertMatch(message, DENIED, `${protocol}: ${step}`);
    assertStringIncludes(done["list"] ?? "", "first.txt", protocol);
    assertStringIncludes(done["read"] ?? "", large, protocol);
    const keys = await world.list(`${tenant}/`);
    assertEquals(keys.includes(`${tenant}/first.txt`), !canDelete, protocol);
    const used = world.log.filter((entry) => entry.type === "granted" && entry.tenant === tenant);
    const expected = { "web identity": "web_identity", "credentials_url": "form" }[String(protocol)] ?? "container";
    assertEquals([...new Set(used.map((entry) => entry.protocol))], [expected]);
  }
}

interface Run {
  readonly protocol: Protocol | "credentials_url";
  readonly tenant: string;
  readonly result: GuestResult;
}

function assertFails(message: RegExp, { protocol, result: { ok, done, output } }: Omit<Run, "tenant">): void {
  assertEquals([ok, done], [false, {}], `${protocol}: ${output}`);
  assertMatch(output, message, protocol);
}

/** In the words of all of them. */
const DENIED = /denied|forbidden|403|permission/i;

async function sha256(bytes: Uint8Array<ArrayBuffer>): Promise<string> {
  return new Uint8Array(await crypto.subtle.digest("SHA-256", bytes)).toHex();
}
