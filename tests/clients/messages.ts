import { assertEquals, assertStringIncludes } from "@std/assert";
import { createSecret } from "../../src/broker/mod.ts";
import { findOrInstallClients } from "../../tools/clients.ts";
import { orSkip } from "../support/or_skip.ts";
import { all, createGuests } from "./guest.ts";
import { PROTOCOLS } from "./table.ts";
import { startWorld } from "./world.ts";

const installed = await orSkip("the messages of S3 clients", findOrInstallClients);

if (installed !== undefined) {
  const tenant = "team";
  const world = await startWorld([tenant]);
  Deno.test.afterAll(() => world.stop());
  const guests = await createGuests(world, installed);
  const secret = world.secrets[tenant] ?? "";

  for (const name of ["boto3", "AWS CLI", "rclone"]) {
    Deno.test(`${name} shows that the secret is wrong`, async () => {
      const wrong = (await createSecret()).secret;
      await all(PROTOCOLS.map(async (protocol) => {
        const { ok, output } = await guests.run({ name, protocol, tenant, secret: wrong });
        assertEquals(ok, false, protocol);
        assertStringIncludes(output, "the secret is wrong", protocol);
        assertEquals(output.includes(wrong), false, protocol);
      }));
    });

    Deno.test(`${name} shows that STS is down`, async () => {
      await all(PROTOCOLS.map(async (protocol) => {
        const { ok, output } = await guests.run({ name, protocol, tenant, secret, brokerUrl: world.brokenUrl });
        assertEquals(ok, false, protocol);
        assertStringIncludes(output, "no credentials available: STS does not answer", protocol);
      }));
    });
  }
}
