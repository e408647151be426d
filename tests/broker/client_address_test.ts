import { assertEquals } from "@std/assert";
import { clientOf } from "../../src/broker/client_address.ts";

for (
  const [address, client] of [
    ["192.0.2.1", "192.0.2.1"],
    ["192.0.2.1:4711", "192.0.2.1"],
    ["::ffff:192.0.2.1", "192.0.2.1"],
    ["::FFFF:C000:0201", "192.0.2.1"],
    ["[::ffff:192.0.2.1]:4711", "192.0.2.1"],
    ["2001:db8:1:2::1", "2001:db8:1:2::/64"],
    ["2001:0DB8:0001:0002:ffff:ffff:ffff:ffff", "2001:db8:1:2::/64"],
    ["[2001:db8:1:2::9]:443", "2001:db8:1:2::/64"],
    ["2001:db8:1:3::1", "2001:db8:1:3::/64"],
    ["fe80::1%eth0", "fe80:0:0:0::/64"],
    ["::1", "0:0:0:0::/64"],
    ["Unknown", "unknown"],
    ["a:b:c", "a:b:c"],
    ["::1]/[::2", "::1]/[::2"],
    ["", ""],
    ["x".repeat(10_000), "x".repeat(100)],
  ] as const
) {
  Deno.test(`clientOf() names ${JSON.stringify(address.slice(0, 40))} ${client.slice(0, 40)}`, () => {
    assertEquals(clientOf(address), client);
  });
}
