import { assert, assertEquals } from "@std/assert";
import fc from "fast-check";
import {
  areValidPaths,
  assertFilePath,
  encodeKey,
  encodeUriComponent,
  MAX_KEY_BYTES,
  pathProblem,
  toKey,
  toPrefix,
} from "../../src/s3/keys.ts";

// The seed is another one in each run.
const RUNS = { numRuns: 2_000 };

/** Pieces that path handling gets wrong, in any order and number. */
const awkwardPiece = fc.constantFrom(
  ...["/", "//", ".", "..", "%2e", "%2E%2e", "%2f", "%00", "%", "\\", "+", " ", "?", "#", "&", "=", ";", ":", "@", "'"],
  ...[
    '"',
    "<",
    ">",
    "[",
    "]",
    "^",
    "`",
    "{",
    "|",
    "}",
    "!",
    "*",
    "(",
    ")",
    "~",
    "$",
    ",",
    "-",
    "_",
    "\t",
    "\0",
    "\x7f",
  ],
  ...["é", "e\u0301", "日", "😀", "\u{10ffff}", "\ufeff", "\ufffd", "\ufffe", "\u200f", "\u2028", "\u0085", "\ud800"],
  ...["\udfff", "．", "／", "a", "..a", "a..", "http://b/", "a".repeat(255)],
);

const anyText = fc.oneof(
  fc.array(awkwardPiece, { maxLength: 12, size: "max" }).map((pieces) => pieces.join("")),
  fc.string({ unit: "binary", maxLength: 60, size: "max" }),
  fc.string({ unit: "grapheme", maxLength: 60, size: "max" }),
  fc.array(fc.integer({ min: 0, max: 0xffff }), { maxLength: 20, size: "max" }).map((units) =>
    String.fromCharCode(...units)
  ),
);
const acceptedFolder = anyText.filter((text) => pathProblem(text) === undefined);
const acceptedPath = acceptedFolder.filter((text) => text !== "");

/** Addresses: path-style, virtual-hosted, and an endpoint with a path. */
const base = fc.constantFrom(
  "http://127.0.0.1:8333/bucket/",
  "https://b.s3.us-east-1.amazonaws.com/",
  "https://h/s3/b/",
);

Deno.test("encodeKey() of any accepted path reaches a server as that path", () => {
  fc.assert(
    fc.property(base, acceptedFolder, acceptedPath, (base, folder, path) => {
      const prefix = toPrefix(folder);
      fc.pre(utf8Length(prefix + path) <= MAX_KEY_BYTES);
      const key = toKey(prefix, path);
      const sent = requestTarget(base + encodeKey(key));
      const decoded = decodeLikeAServer(sent);
      assertEquals(decoded, new URL(base).pathname + key);
      assertEquals(decoded.slice(new URL(base).pathname.length + prefix.length), path);
    }),
    RUNS,
  );
});

Deno.test("encodeKey() gives a path that fetch sends unchanged", () => {
  fc.assert(
    fc.property(base, acceptedPath, (base, path) => {
      const url = base + encodeKey(path);
      assertEquals([new URL(url).href, new Request(url).url], [url, url]);
      assert(/^[A-Za-z0-9\-._~/%]*$/.test(requestTarget(url)));
    }),
    RUNS,
  );
});

Deno.test("encodeKey() is never the same for two keys", () => {
  fc.assert(
    fc.property(acceptedPath, acceptedPath, (a, b) => assertEquals(encodeKey(a) === encodeKey(b), a === b)),
    RUNS,
  );
});

Deno.test("assertFilePath() accepts no path that leaves its prefix, however a server or a proxy reads the URL", () => {
  fc.assert(
    fc.property(base, acceptedFolder, anyText, (base, folder, path) => {
      if (!isAccepted(path)) return;
      const prefix = toPrefix(folder);
      const inside = new URL(base).pathname + prefix;
      const pathname = requestTarget(base + encodeKey(prefix + path));
      assert(decodeLikeAServer(pathname).startsWith(inside));
      // A proxy that decodes and only then resolves dot segments.
      const resolved = resolveDotSegments(decodeLikeAServer(pathname));
      assert(resolved.startsWith(inside) && resolved.length > inside.length);
    }),
    RUNS,
  );
});

Deno.test("assertFilePath() agrees with the rules, written out at length", () => {
  fc.assert(
    fc.property(anyText, (path) => assertEquals(isAccepted(path), obeysTheRules(path))),
    RUNS,
  );
});

Deno.test("toPrefix() never lets a folder reach into its sibling", () => {
  fc.assert(
    fc.property(acceptedPath, acceptedPath, fc.constantFrom("-2/", "2/", " /", ".d/", "%2f"), (folder, path, more) => {
      const sibling = folder.replace(/\/$/, "") + more + path;
      assert(!sibling.startsWith(toPrefix(folder)));
    }),
    RUNS,
  );
});

Deno.test("encodeUriComponent() of any well-formed text is read back by decodeURIComponent()", () => {
  fc.assert(
    fc.property(anyText.map((text) => text.toWellFormed()), (text) => {
      const encoded = encodeUriComponent(text);
      assert(/^(?:[A-Za-z0-9\-._~]|%[0-9A-F]{2})*$/.test(encoded));
      assertEquals(decodeURIComponent(encoded), text);
    }),
    RUNS,
  );
});

function isAccepted(path: string): boolean {
  try {
    assertFilePath(path);
    return true;
  } catch {
    return false;
  }
}

function obeysTheRules(path: string): boolean {
  const characters = [...path];
  const codePoints = characters.map((character) => character.codePointAt(0) ?? 0);
  return path !== "" && characters[0] !== "/" &&
    path.split(/[/\\]/).every((segment) => segment !== "." && segment !== "..") &&
    codePoints.every((code) => code >= 0x20 && (code < 0x7f || code > 0x9f) && (code < 0xd800 || code > 0xdfff)) &&
    utf8Length(path) <= 1024;
}

function utf8Length(text: string): number {
  return new TextEncoder().encode(text).length;
}

/** The path in the request line of `fetch`. */
function requestTarget(url: string): string {
  const request = new Request(url);
  const { origin } = new URL(url);
  assert(request.url.startsWith(origin));
  return request.url.slice(origin.length);
}

/** Decodes percent-encoding to bytes, and these as strict UTF-8. */
function decodeLikeAServer(target: string): string {
  const bytes: number[] = [];
  for (let index = 0; index < target.length; index++) {
    const escaped = target[index] === "%";
    bytes.push(escaped ? parseInt(target.slice(index + 1, index + 3), 16) : target.charCodeAt(index));
    if (escaped) index += 2;
  }
  return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(Uint8Array.from(bytes));
}

/** RFC 3986, section 5.2.4; it keeps empty segments. */
function resolveDotSegments(path: string): string {
  const resolved: string[] = [];
  const segments = path.split("/");
  segments.forEach((segment, index) => {
    if (segment === "..") resolved.pop();
    if (segment !== "." && segment !== "..") resolved.push(segment);
    else if (index === segments.length - 1) resolved.push("");
  });
  return resolved.join("/");
}

Deno.test("areValidPaths() accepts only paths that break no rule, and all short ones", () => {
  fc.assert(
    fc.property(fc.array(anyText, { maxLength: 3 }), (paths) => {
      const areValid = paths.every((path) => pathProblem(path) === undefined);
      const areShort = paths.every((path) => path.length <= MAX_KEY_BYTES / 3);
      assertEquals(areValidPaths(paths), areValid && areShort);
    }),
  );
});
