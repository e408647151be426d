import { assertEquals, assertThrows } from "@std/assert";
import { InvalidPathError } from "../../src/errors.ts";
import {
  assertFilePath,
  assertFolderPath,
  baseName,
  encodeKey,
  encodeUriComponent,
  MAX_KEY_BYTES,
  pathProblem,
  toKey,
  toPrefix,
} from "../../src/s3/keys.ts";

const refused: [kind: string, paths: string[]][] = [
  ["a leading slash", ["/", "/a", "//a", "/../a"]],
  ["a . segment", [".", "./", "./a", "a/.", "a/./b", "a/./", ".//a", "a//."]],
  ["a .. segment", ["..", "../", "../a", "a/..", "a/../b", "a/../", "a//../b", "a/b/../../.."]],
  ["a dot segment between backslashes, which some stores treat as slashes", [
    "..\\a",
    "a\\..\\b",
    "a\\.",
    "a/..\\b",
    ".\\",
  ]],
  ["NUL", ["\0", "a\0b", "a/\0"]],
  ["control characters", ["a\tb", "a\n", "\r", "a\u001f", "\u007f", "a\u0080b", "\u0085", "\u009f"]],
  ["lone surrogates", ["\ud800", "a\udfffb", "\udc00\ud800", "😀\ud83d", "a/\ude00"]],
  ["more than 1,024 UTF-8 bytes", [
    "a".repeat(1025),
    "é".repeat(513),
    "日".repeat(342),
    "😀".repeat(257),
    "a/".repeat(512) + "b",
  ]],
];

const accepted: [kind: string, paths: string[]][] = [
  ["dots that are not a whole segment", [
    "..backup",
    "a..b",
    "a..",
    "...",
    ".../a",
    "a/...",
    ".hidden",
    "a/.b",
    "a.",
    ". ./a",
    ".. ",
    "..a/b..",
  ]],
  ["encoded dot segments and lookalikes", [
    "%2e%2e/a",
    "%2E%2e",
    ".%2e/a",
    "..%2fa",
    "a/%2e/b",
    "\\",
    "a\\b",
    "..a\\b..",
    "．．/a",
    "..;/a",
    "..?/a",
    "..#/a",
  ]],
  ["doubled and trailing slashes", ["a//b", "a/", "a//", "a///b//"]],
  ["URL syntax", ["a?b", "a#b", "a%", "a%2", "%", "a+b", "a&b=c", "http://b/a", "a:80", "a;b", "a@b", "a,b"]],
  ["spaces, quotes and brackets", [" ", " a", "a ", "a b", "'\"`", "<a>", "[a]", "{a}", "$a", "!*()", "|^~"]],
  ["any Unicode", [
    "é",
    "e\u0301",
    "日本",
    "עברית",
    "😀",
    "\u200b",
    "\ufeffa",
    "\u2028",
    "\ufffd",
    "\u{10ffff}",
    "\u00a0",
  ]],
  ["1,024 UTF-8 bytes", ["a".repeat(1024), "é".repeat(512), "日".repeat(341) + "a", "😀".repeat(256)]],
];

for (const [kind, paths] of refused) {
  Deno.test(`assertFilePath() refuses ${kind}`, () => {
    for (const path of paths) assertThrows(() => assertFilePath(path), InvalidPathError, "Cannot use the path ");
  });

  Deno.test(`assertFolderPath() refuses ${kind}`, () => {
    for (const path of paths) assertThrows(() => assertFolderPath(path), InvalidPathError, "Cannot use the path ");
  });
}

for (const [kind, paths] of accepted) {
  Deno.test(`assertFilePath() accepts ${kind}`, () => {
    for (const path of paths) assertFilePath(path);
  });

  Deno.test(`encodeKey() keeps ${kind} through a URL`, () => {
    for (const path of paths) {
      const { pathname, search, hash } = new URL(`https://host/bucket/${encodeKey(path)}`);
      assertEquals([decodeURIComponent(pathname), search, hash], [`/bucket/${path}`, "", ""]);
    }
  });
}

Deno.test("assertFilePath() refuses the empty path", () => {
  const error = assertThrows(() => assertFilePath(""), InvalidPathError);
  assertEquals([error.message, error.code, error.path], ['Cannot use the path "": it is empty', "InvalidPath", ""]);
});

Deno.test("assertFolderPath() accepts the empty path", () => {
  assertFolderPath("");
});

Deno.test("assertFilePath() refuses values other than strings", () => {
  for (const value of [undefined, null, 1, ["a"], {}]) {
    // @ts-expect-error: JavaScript callers have no types
    assertThrows(() => assertFilePath(value), InvalidPathError, "it is not a string");
  }
});

Deno.test("assertFilePath() names path and rule, and escapes line breaks", () => {
  assertEquals(
    assertThrows(() => assertFilePath("a\nb"), InvalidPathError).message,
    'Cannot use the path "a\\nb": it has a control character',
  );
});

Deno.test("assertFilePath() shortens a long path in its message", () => {
  const { message } = assertThrows(() => assertFilePath("a".repeat(100_000)), InvalidPathError);
  assertEquals(message, `Cannot use the path "${"a".repeat(200)}…": it has more than 1024 bytes`);
});

Deno.test("pathProblem() has a reason for each rule", () => {
  assertEquals(["/a", "a/../b", "a\0", "\ud800", "é".repeat(513), "a"].map(pathProblem), [
    'it starts with "/"; leave that out',
    'it has a "." or ".." segment',
    "it has a control character",
    "it has half of a surrogate pair",
    "it has more than 1024 bytes",
    undefined,
  ]);
});

Deno.test("toPrefix() adds a missing slash, except for the root", () => {
  assertEquals(["", "a", "a/", "a/b", "a//"].map(toPrefix), ["", "a/", "a/", "a/b/", "a//"]);
});

Deno.test("toKey() joins prefix and path unchanged", () => {
  assertEquals(toKey("team 1/", "a//%2e+b "), "team 1/a//%2e+b ");
});

Deno.test("toKey() allows 1,024 bytes of prefix and path together", () => {
  assertEquals(toKey("é/", "a".repeat(MAX_KEY_BYTES - 3)).length, 1023);
});

Deno.test("toKey() refuses more than 1,024 bytes of prefix and path together", () => {
  const path = "a".repeat(MAX_KEY_BYTES - 2);
  const { message } = assertThrows(() => toKey("é/", path), InvalidPathError);
  assertEquals(
    message,
    `Cannot use the path "${"a".repeat(200)}…": with the source's prefix it has more than 1024 bytes`,
  );
});

Deno.test("encodeKey() leaves unreserved characters and slashes as they are", () => {
  const key = "ABCXYZabcxyz0189-._~/a//b/";
  assertEquals(encodeKey(key), key);
});

Deno.test("encodeKey() percent-encodes every other byte in upper case", () => {
  assertEquals(encodeKey("a b+%é😀/!'()*\\#?"), "a%20b%2B%25%C3%A9%F0%9F%98%80/%21%27%28%29%2A%5C%23%3F");
});

Deno.test("encodeUriComponent() encodes a slash too", () => {
  assertEquals(encodeUriComponent("a/b!'()*~"), "a%2Fb%21%27%28%29%2A~");
});

Deno.test("baseName() is the last segment, with or without a trailing slash", () => {
  assertEquals(["a", "a/b", "a/b/", "a//", "a//b", " /..b "].map(baseName), ["a", "b", "b", "", "b", "..b "]);
});
