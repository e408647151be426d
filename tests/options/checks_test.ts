import { assertEquals, assertThrows } from "@std/assert";
import { ConfigError, createS3Source } from "../../mod.ts";
import { filledText, group, signal, text, textsByName, whole } from "../../src/options/checks.ts";
import type { Kind } from "../../src/options/option_table.ts";

const AWS_LIMIT = 5 * 1024 ** 3;

for (
  const [name, { check }, good, bad] of [
    ["text", text, ["", "a"], [1, null, ["a"], new String("a")]],
    ["filledText", filledText, ["a", " "], ["", 1, undefined]],
    ["whole(1, 3)", whole(1, 3), [1, 2, 3], [0, 4, 1.5, NaN, "2", 2n, Infinity]],
    ["whole(0)", whole(0), [0, Number.MAX_SAFE_INTEGER], [-1, 2 ** 53, Infinity]],
    ["group", group, [{}, Object.create(null)], [[], null, new Date(0), new Map(), Promise.resolve(), () => {}]],
    ["textsByName", textsByName, [{}, { a: "b" }], [{ a: 1 }, { a: "b", c: undefined }, ["a"], "a"]],
    ["signal", signal, [
      new AbortController().signal,
      { aborted: false, addEventListener: () => {} },
    ], [{}, { aborted: false }, { aborted: "no", addEventListener: () => {} }, new AbortController(), null]],
  ] as readonly (readonly [string, Kind, readonly unknown[], readonly unknown[]])[]
) {
  Deno.test(`${name} takes what it should, and says what else must be`, () => {
    assertEquals(good.filter((value) => check(value) !== undefined), []);
    assertEquals(bad.filter((value) => !/^it must /.test(check(value) ?? "")), []);
  });
}

Deno.test("createS3Source() takes the least and the largest of its numbers, and none beyond", () => {
  const bounds: [group: string, option: string, least: number, most: number][] = [
    ["retry", "maxAttempts", 1, Number.MAX_SAFE_INTEGER],
    ["retry", "baseDelayMs", 0, 2 ** 31 - 2 ** 29],
    ["retry", "maxDelayMs", 0, 2 ** 31 - 2 ** 29],
    ["timeouts", "headersMs", 1, 2 ** 31 - 2 ** 29],
    ["timeouts", "idleMs", 1, 2 ** 31 - 2 ** 29],
    ["timeouts", "totalMs", 1, Number.MAX_SAFE_INTEGER],
    ["upload", "partSizeBytes", 5 * 1024 ** 2, AWS_LIMIT],
    ["upload", "concurrency", 1, Number.MAX_SAFE_INTEGER],
  ];
  for (const [group, option, least, most] of bounds) {
    const create = (value: number) => createS3Source({ bucket: "media" }, { [group]: { [option]: value } });
    create(least);
    create(most);
    for (const value of [least - 1, most + 1]) {
      assertThrows(() => create(value), ConfigError, `Cannot use the option "${group}.${option}": it must be a whole`);
    }
  }
});
