import { assertEquals, assertFalse, assertRejects } from "@std/assert";
import { FileTooLargeError, InvalidContentError, type S3Source } from "../../mod.ts";
import { jsonProblem } from "../../src/operations/json_problem.ts";
import { stubFetch, stubSource } from "../support/stub_fetch.ts";
import fc from "fast-check";

function sourceOf(content: string | Uint8Array<ArrayBuffer>): S3Source {
  const headers = { "content-length": `${new Blob([content]).size}`, etag: '"tag"' };
  return stubSource(stubFetch(() => new Response(content, { headers })));
}

Deno.test("readText() decodes UTF-8, and removes a byte order mark", async () => {
  assertEquals(await sourceOf("ä€😀\n").readText("a"), "ä€😀\n");
  assertEquals(await sourceOf("\ufeffa\ufeff").readText("a"), "a\ufeff");
  assertEquals(await sourceOf("").readText("a"), "");
});

for (const [name, bytes] of Object.entries({ latin1: [0x68, 0xe4], "a cut-off character": [0x68, 0xe2, 0x82] })) {
  Deno.test(`readText() and readJson() refuse ${name}`, async () => {
    const source = sourceOf(new Uint8Array(bytes));
    for (const call of [source.readText("a b.txt"), source.readJson("a b.txt")]) {
      const error = await assertRejects(() => call, InvalidContentError);
      assertEquals([error.message, error.path, error.code], [
        'Cannot read "a b.txt": it is not UTF-8',
        "a b.txt",
        "InvalidContent",
      ]);
    }
  });
}

Deno.test("readText() and readJson() pass their options on", async () => {
  const partial = { "content-range": "bytes 0-1/2" };
  const store = stubFetch(() => new Response("{}", { status: 206, headers: { "content-length": "2", ...partial } }));
  const source = stubSource(store);
  const options = { maxBytes: 9, ifMatch: '"tag"', verify: false };
  assertEquals([await source.readText("a", options), await source.readJson("a", options)], ["{}", {}]);
  for (const { headers } of store.requests) {
    assertEquals(["range", "if-match", "x-amz-checksum-mode"].map((name) => headers.get(name)), [
      "bytes=0-9",
      '"tag"',
      null,
    ]);
  }
  const signal = AbortSignal.abort(new Error("stop"));
  await assertRejects(() => source.readText("a", { signal }), Error, "stop");
  await assertRejects(() => source.readJson("a", { maxBytes: 1 }), FileTooLargeError);
});

Deno.test("readText() and readJson() have no range", async () => {
  const source = sourceOf("{}");
  const options = JSON.parse('{ "range": { "offset": 1 } }');
  const message = 'with the option "range": there is no such option';
  await assertRejects(() => source.readText("a", options), Error, message);
  await assertRejects(() => source.readJson("a", options), Error, message);
});

Deno.test("readJson() parses any JSON value", async () => {
  for (const value of [{ a: [1, "ä", null, true] }, [], "text", -1.5e-7, null]) {
    assertEquals(await sourceOf(JSON.stringify(value)).readJson("a"), value);
  }
  assertEquals(await sourceOf('\ufeff {"a":1}\n').readJson("a"), { a: 1 });
});

for (
  const [text, problem] of [
    ["", "it is empty"],
    [" \n", "it is empty"],
    ['{"secret": "hunter2"', "it ends too early"],
    ['{"secret": "hunter2', "it ends too early"],
    ['{\n  "secret": hunter2\n}', "it is invalid at line 2, column 13"],
    ['{"secret": "hunter2",}', "it is invalid at line 1, column 22"],
    ["[1, 2,]", "it is invalid at line 1, column 7"],
    ["{'secret': 1}", "it is invalid at line 1, column 2"],
    ['{"a" 1}', "it is invalid at line 1, column 6"],
    ['["a" "b"]', "it is invalid at line 1, column 6"],
    ['["a\nb"]', "it is invalid at line 1, column 4"],
    ['["\\x"]', "it is invalid at line 1, column 3"],
    ["[01]", "it is invalid at line 1, column 3"],
    ["[1}", "it is invalid at line 1, column 3"],
    ["{} {}", "it is invalid at line 1, column 4"],
    ["NaN", "it is invalid at line 1, column 1"],
  ] as const
) {
  Deno.test(`readJson() says where ${JSON.stringify(text)} fails, and quotes nothing`, async () => {
    const error = await assertRejects(() => sourceOf(text).readJson("a.json"), InvalidContentError);
    assertEquals([error.message, error.cause], [`Cannot read "a.json": it is not JSON: ${problem}`, undefined]);
    assertFalse(Deno.inspect(error).includes("hunter2"));
  });
}

Deno.test("readJson() finds the place of a failure in any text", () => {
  const json = fc.json().chain((text) => fc.tuple(fc.constant(text), fc.nat(text.length), fc.constantFrom(...'x,]}"')));
  fc.assert(fc.property(json, ([text, at, char]) => {
    const changed = text.slice(0, at) + char + text.slice(at);
    try {
      JSON.parse(changed);
    } catch (error) {
      const [, position] = /at position (\d+)/.exec(String(error)) ?? [];
      if (position === undefined || Number(position) === changed.length) return;
      const [, column] = /^it is invalid at line 1, column (\d+)$/.exec(jsonProblem(changed)) ?? [];
      // Of an incomplete number or word, V8 names the first character that is wrong.
      const between = changed.slice(Number(column) - 1, Number(position));
      assertEquals(/^[-+.\w\\]*$/.test(between), true, `${changed}: column ${column}, position ${position}`);
      assertEquals(Number(column) - 1 <= Number(position), true);
    }
  }));
});
