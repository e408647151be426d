import { assertEquals, assertMatch, assertThrows } from "@std/assert";
import { toBase64Url } from "../../src/hash/base64url.ts";
import { RequestRefusal } from "../../src/app/failure.ts";
import { readFileId, toFileId } from "../../src/app/file_id.ts";

for (const path of ["a.txt", "a/b c/ü+%2e.txt", "a//b", "\u{feff}bom", "💾/…", "x".repeat(1024)]) {
  Deno.test(`readFileId() finds ${JSON.stringify(path.slice(0, 20))} again`, () => {
    const id = toFileId({ source: "me dia", path });
    assertMatch(id, /^df-[\w-]+$/);
    assertEquals(readFileId(id), { source: "me dia", path });
  });
}

const idOfText = (text: string) => `df-${toBase64Url(new TextEncoder().encode(text))}`;

const VALID = toFileId({ source: "media", path: "a.txt" });

const strangers: Record<string, string> = {
  nothing: "",
  "another kind": VALID.slice(3),
  "other characters": `${VALID}=`,
  "a path with dot segments": idOfText("media\0../a"),
  "an empty path": idOfText("media\0"),
  "no path": idOfText("media"),
  "two paths": idOfText("media\0a\0b"),
  "broken UTF-8": `df-${toBase64Url(new Uint8Array([0x6d, 0, 0xff]))}`,
  // The last of its characters carries bits that no byte has.
  "surplus bits": idOfText("media\0ab").replace(/.$/, (last) => String.fromCharCode(last.charCodeAt(0) + 1)),
};

for (const [kind, id] of Object.entries(strangers)) {
  Deno.test(`readFileId() knows no file by ${kind}`, () => {
    assertThrows(() => readFileId(id), RequestRefusal, "There is no such file.");
  });
}
