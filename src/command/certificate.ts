import { createPrivateKey, type KeyObject, X509Certificate } from "node:crypto";
import { CommandError, readFailure } from "./command_error.ts";

/** A certificate and its key, as PEM. */
export interface Certificate {
  readonly cert: string;
  readonly key: string;
}

/** Where they are. */
export interface CertificatePaths {
  readonly certPath: string;
  readonly keyPath: string;
}

/**
 * Reads a certificate and its key, and checks that they belong together.
 *
 * @throws {CommandError} If they do not, or a file cannot be read.
 */
export function readCertificate(
  { certPath, keyPath }: CertificatePaths,
  readTextFile: (path: string) => string,
): Certificate {
  const read = (path: string) => {
    try {
      return readTextFile(path);
    } catch (error) {
      throw readFailure(`"${path}"`, error);
    }
  };
  const [cert, key] = [read(certPath), read(keyPath)];
  const certificates = certificatesIn(cert, certPath);
  if (certificates[0]?.checkPrivateKey(keyIn(key, keyPath))) return { cert, key };
  throw refusal(keyPath, `it is not the key of the first certificate in "${certPath}"`);
}

/**
 * The certificates of a file.
 *
 * @throws {CommandError} If it has none, or a damaged one.
 */
export function certificatesIn(text: string, path: string): X509Certificate[] {
  const blocks = text.match(/-----BEGIN CERTIFICATE-----[^]*?-----END CERTIFICATE-----/g) ?? [];
  if (blocks.length === 0) throw refusal(path, "it has no certificate in PEM");
  try {
    return blocks.map((block) => new X509Certificate(block));
  } catch {
    throw refusal(path, "it has a certificate that is damaged");
  }
}

function keyIn(text: string, path: string): KeyObject {
  try {
    return createPrivateKey(text);
  } catch {
    const isEncrypted = text.includes("ENCRYPTED");
    throw refusal(path, isEncrypted ? "its key is encrypted; remove the passphrase" : "it has no private key in PEM");
  }
}

function refusal(path: string, reason: string): CommandError {
  return new CommandError(`Cannot use "${path}": ${reason}`);
}
