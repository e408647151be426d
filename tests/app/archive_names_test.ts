import { assert, assertEquals } from "@std/assert";
import { archiveNames } from "../../src/app/files/archive/names.ts";

for (
  const [path, name] of [
    ["a/b.txt", "a/b.txt"],
    ["ü ☺ 文.txt", "ü ☺ 文.txt"],
    ["../x", "_/x"],
    ["..", "_"],
    ["a/.../b", "a/_/b"],
    ["/etc/passwd", "_/etc/passwd"],
    ["a//b", "a/_/b"],
    ["C:\\Windows\\x", "C__Windows_x"],
    ['a<b>c:d"e|f?g*h', "a_b_c_d_e_f_g_h"],
    ["a\u202Egnp.exe", "a_gnp.exe"],
    ["a\nb\u0000c", "a_b_c"],
    ["CON", "_CON"],
    ["nul.txt", "_nul.txt"],
    ["console", "console"],
    ["x. . ", "x_"],
    [".hidden", ".hidden"],
    ["empty/", "empty/"],
  ] as const
) {
  Deno.test(`archiveNames() makes ${JSON.stringify(name)} of ${JSON.stringify(path)}`, () => {
    assertEquals(archiveNames([path]), [name]);
  });
}

Deno.test("archiveNames() makes no two names of which a system knows only one", () => {
  const paths = ["a.txt", "A.TXT", "a?.b", "a*.b", "\u00DCb", "U\u0308b", "x", "x/y", "X", "a (2).txt"];
  assertEquals(archiveNames(paths), [
    ...["a.txt", "A (2).TXT", "a_.b", "a_ (2).b", "\u00DCb", "U\u0308b (2)"],
    ...["x (2)", "x/y", "X (3)", "a (2) (2).txt"],
  ]);
});

Deno.test("archiveNames() shortens names that no file system has, and keeps their endings", () => {
  const [long = "", other = "", ending = ""] = archiveNames([
    `${"ü".repeat(500)}.tar`,
    `${"ü".repeat(501)}.tar`,
    `a.${"b".repeat(900)}`,
  ]);
  for (const name of [long, other, ending]) assert(new TextEncoder().encode(name).byteLength <= 255, name);
  assertEquals([long.slice(-4), other.slice(-8)], [".tar", " (2).tar"]);
  assert(!/\uFFFD/.test(long));
});

Deno.test("archiveNames() takes a moment for 10,000 names that are all the same", () => {
  const start = performance.now();
  const names = archiveNames(Array.from({ length: 10_000 }, () => "?"));
  assertEquals(new Set(names).size, 10_000);
  assert(performance.now() - start < 2_000);
});

for (
  const [what, path] of [
    ["of dots", (index: number) => ".".repeat(1_000) + index],
    ["of accents", (index: number) => "\u0301\u0316".repeat(250) + index],
    ["in 500 folders", (index: number) => "a/".repeat(500) + index],
    ["in 500 folders of their own", (index: number) => `${index}/${"a/".repeat(500)}x`],
  ] as const
) {
  Deno.test(`archiveNames() takes a moment for 10,000 names ${what}`, () => {
    const start = performance.now();
    assertEquals(new Set(archiveNames(Array.from({ length: 10_000 }, (_, index) => path(index)))).size, 10_000);
    assert(performance.now() - start < 8_000);
  });
}
