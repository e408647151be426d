import { assertEquals, assertNotEquals } from "@std/assert";
import { createTokenSigner } from "../../src/tokens/signed_token.ts";
import { SIGNING_SECRET } from "../support/app_stub.ts";

let nowMs = 1_000;

const now = () => nowMs;

const signerOf = (secrets: readonly string[], deployment = "media") => createTokenSigner({ secrets, deployment, now });

const signer = signerOf([SIGNING_SECRET]);

const CONTENT = { purpose: "upload", expiresMs: 2_000, path: "ü" };

Deno.test("verify() returns what was signed, also after a restart", async () => {
  const token = await signer.sign(CONTENT);
  assertEquals(await signerOf([SIGNING_SECRET]).verify(token, "upload"), CONTENT);
});

Deno.test("verify() refuses a token that has expired", async () => {
  const token = await signer.sign(CONTENT);
  nowMs = 2_000;
  assertEquals(await signer.verify(token, "upload"), undefined);
  nowMs = 1_000;
});

Deno.test("verify() refuses a token for another purpose, or of another secret", async () => {
  assertEquals(await signer.verify(await signer.sign(CONTENT), "login"), undefined);
  const other = signerOf(["another secret of 32 characters!"]);
  assertEquals(await signer.verify(await other.sign(CONTENT), "upload"), undefined);
});

Deno.test("verify() refuses a token with any character changed", async () => {
  const token = await signer.sign(CONTENT);
  for (let index = 0; index < token.length; index++) {
    const changed = token.slice(0, index) + (token[index] === "A" ? "z" : "A") + token.slice(index + 1);
    assertNotEquals(changed, token);
    assertEquals(await signer.verify(changed, "upload"), undefined, `character ${index}`);
  }
});

for (const text of ["", ".", "a", "a.b", "….…", "e30."]) {
  Deno.test(`verify() refuses ${JSON.stringify(text)}`, async () => {
    assertEquals(await signer.verify(text, "upload"), undefined);
  });
}

Deno.test("verify() refuses a token of another deployment with the same secret", async () => {
  assertEquals(await signerOf([SIGNING_SECRET], "other").verify(await signer.sign(CONTENT), "upload"), undefined);
});

Deno.test("verify() accepts tokens of the former secret too, and sign() uses the new one", async () => {
  const [fresh, both] = [
    "another secret of 32 characters!",
    signerOf(["another secret of 32 characters!", SIGNING_SECRET]),
  ];
  assertEquals(await both.verify(await signer.sign(CONTENT), "upload"), CONTENT);
  assertEquals(await signerOf([fresh]).verify(await both.sign(CONTENT), "upload"), CONTENT);
  assertEquals(await signer.verify(await both.sign(CONTENT), "upload"), undefined);
});

Deno.test("sign() encrypts, and never makes the same token twice", async () => {
  const [one, two] = [await signer.sign(CONTENT), await signer.sign(CONTENT)];
  assertNotEquals(one, two);
  assertEquals(atob(one.replaceAll("-", "+").replaceAll("_", "/")).includes("path"), false);
});

Deno.test("verify() accepts only one spelling of a token", async () => {
  const alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
  for (const path of ["", "a", "aa"]) {
    const token = await signer.sign({ ...CONTENT, path });
    const spellings = [...alphabet].map((last) => token.slice(0, -1) + last);
    const accepted = [];
    for (const spelling of spellings) if (await signer.verify(spelling, "upload")) accepted.push(spelling);
    assertEquals(accepted, [token]);
  }
});
