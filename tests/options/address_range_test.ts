import { assertEquals } from "@std/assert";
import { hasAll, isInRanges, parseAddressRange, readAddress } from "../../src/options/address_range.ts";

for (
  const [range, inside, outside] of [
    ["10.0.0.7", ["10.0.0.7", "::ffff:10.0.0.7", "::ffff:a00:7"], ["10.0.0.8", "::10.0.0.7", "10.0.0.7.", ""]],
    ["10.0.0.0/8", ["10.0.0.0", "10.255.255.255", "::ffff:10.1.2.3"], ["9.255.255.255", "11.0.0.0", "a00::1"]],
    ["10.1.2.3/8", ["10.255.0.1"], ["11.1.2.3"]],
    ["192.168.4.0/22", ["192.168.4.0", "192.168.7.255"], ["192.168.3.255", "192.168.8.0"]],
    ["192.0.2.1/32", ["192.0.2.1"], ["192.0.2.0", "192.0.2.2"]],
    ["192.0.2.0/31", ["192.0.2.0", "192.0.2.1"], ["192.0.2.2"]],
    ["0.0.0.0/0", ["1.2.3.4", "::ffff:1.2.3.4"], ["::1", "2001:db8::1"]],
    ["::1", ["::1", "0:0:0:0:0:0:0:1", "::1%lo"], ["::2", "127.0.0.1"]],
    ["2001:db8::/32", ["2001:db8::", "2001:DB8:ffff::1"], ["2001:db9::", "2001:db7:ffff::"]],
    ["2001:db8:0:8000::/49", ["2001:db8:0:ffff::1"], ["2001:db8:0:7fff::1"]],
    ["fe80::/10", ["fe80::1", "febf::1%eth0"], ["fec0::1"]],
    ["::/0", ["::1", "1.2.3.4"], ["", "proxy"]],
    ["::ffff:10.0.0.0/104", ["10.1.2.3"], ["11.0.0.0"]],
  ] as const
) {
  Deno.test(`isInRanges() takes ${range} for what it means`, () => {
    const ranges = [parseAddressRange("203.0.113.1"), parseAddressRange(range)].flatMap((one) => one ?? []);
    assertEquals(ranges.length, 2);
    assertEquals(inside.filter((address) => !isInRanges(address, ranges)), []);
    assertEquals(outside.filter((address) => isInRanges(address, ranges)), []);
    assertEquals(isInRanges(inside[0], []), false);
  });
}

for (
  const text of [
    "",
    "*",
    "localhost",
    "10.0.0",
    "10.0.0.0.0",
    "10.0.0.256",
    "010.0.0.1",
    "10.0.0.1.",
    "0x0a.0.0.1",
    "10.0.0.0/33",
    "10.0.0.0/08",
    "10.0.0.0/-1",
    "10.0.0.0/",
    "10.0.0.0/8/8",
    "10.0.0.0/255.0.0.0",
    "[::1]",
    "::1/129",
    ":::",
    "1::2::3",
    "12345::",
    "::g",
    " ::1",
    "10.0.0.1\n",
    "10.0.0.1:80",
  ]
) {
  Deno.test(`parseAddressRange() refuses ${JSON.stringify(text)}`, () => {
    assertEquals(parseAddressRange(text), undefined);
  });
}

Deno.test("hasAll() knows the ranges that everyone is in", () => {
  const ranges = ["0.0.0.0/0", "10.0.0.0/0", "::/0", "::ffff:0:0/96", "0.0.0.0/1", "::/1", "0.0.0.0", "*", "x/0"];
  assertEquals(ranges.filter(hasAll), ["0.0.0.0/0", "10.0.0.0/0", "::/0", "::ffff:0:0/96", "::/1"]);
});

Deno.test("readAddress() reads IPv4 as IPv6", () => {
  assertEquals(readAddress("192.0.2.255"), [0, 0, 0, 0, 0, 0xffff, 0xc000, 0x02ff]);
  assertEquals(readAddress("2001:db8::a"), [0x2001, 0xdb8, 0, 0, 0, 0, 0, 10]);
});
