import { assertEquals, assertThrows } from "@std/assert";
import { readCertificate } from "../../src/command/certificate.ts";
import { CommandError } from "../../src/command/command_error.ts";
import { makeCertificate } from "../support/certificate.ts";
import { orSkip } from "../support/or_skip.ts";

const made = await orSkip("certificates", () => Promise.all([makeCertificate(), makeCertificate()]));

if (made !== undefined) {
  const [first, second] = made;
  const read = (cert: string, key: string) =>
    readCertificate({ certPath: "a.pem", keyPath: "a.key" }, (path) => path === "a.pem" ? cert : key);

  Deno.test("readCertificate() reads a certificate and its key, also with those of authorities", () => {
    assertEquals(read(first.cert, first.key), first);
    const chain = `${first.cert}${second.cert}`;
    assertEquals(read(chain, first.key), { cert: chain, key: first.key });
  });

  for (
    const [what, cert, key, reason] of [
      ["no certificate", first.key, first.key, '"a.pem": it has no certificate in PEM'],
      ["an empty file", "", first.key, '"a.pem": it has no certificate in PEM'],
      ["a damaged one", first.cert.replace(/M/, "N"), first.key, '"a.pem": it has a certificate that is damaged'],
      ["half of one", first.cert.slice(0, 300), first.key, '"a.pem": it has no certificate in PEM'],
      ["no key", first.cert, first.cert, '"a.key": it has no private key in PEM'],
      [
        "an encrypted key",
        first.cert,
        "-----BEGIN ENCRYPTED PRIVATE KEY-----\nMAA=\n-----END ENCRYPTED PRIVATE KEY-----\n",
        '"a.key": its key is encrypted; remove the passphrase',
      ],
      ["another's key", first.cert, second.key, '"a.key": it is not the key of the first certificate in "a.pem"'],
      [
        "the authority first",
        second.cert + first.cert,
        first.key,
        '"a.key": it is not the key of the first certificate in "a.pem"',
      ],
    ] as const
  ) {
    Deno.test(`readCertificate() refuses ${what}`, () => {
      assertThrows(() => read(cert, key), CommandError, reason);
    });
  }
}

Deno.test("readCertificate() says which file is missing", () => {
  const paths = { certPath: "missing.pem", keyPath: "a.key" };
  const read = () => readCertificate(paths, () => Deno.readTextFileSync("missing.pem"));
  assertEquals(assertThrows(read, CommandError).message, 'Cannot read "missing.pem": there is no such file');
});
