import type { Certificate, CertificatePaths } from "../../src/command/certificate.ts";
import { installDebianPackage } from "../../tools/debian_package.ts";
import { findOnPath, lastLines, runProgram } from "../../tools/programs.ts";

/** Makes `cert.pem`, which vouches for itself, and `key.pem` in a folder, for these host names and IPv4 addresses. */
export async function createCertificate(folder: string, names: readonly string[]): Promise<CertificatePaths> {
  if (await findOnPath("openssl") === undefined) await installDebianPackage("openssl");
  const [certPath, keyPath] = [`${folder}/cert.pem`, `${folder}/key.pem`];
  const alternatives = names.map((name) => `${/^[\d.]+$/.test(name) ? "IP" : "DNS"}:${name}`);
  const { ok, output } = await runProgram([
    ...["openssl", "req", "-x509", "-nodes", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1"],
    ...["-keyout", keyPath, "-out", certPath, "-days", "2", "-subj", "/CN=tests"],
    // Deno takes no certificate of an authority for a server's.
    ...["-addext", "basicConstraints=critical,CA:FALSE"],
    ...["-addext", `subjectAltName=${alternatives.join()}`],
  ]);
  if (!ok) throw new Error(`Cannot make a certificate. What openssl said:\n${lastLines(output, 10)}`);
  return { certPath, keyPath };
}

/** Makes a certificate for `localhost`. */
export async function makeCertificate(): Promise<Certificate> {
  const folder = await Deno.makeTempDir({ prefix: "certificate-" });
  try {
    const { certPath, keyPath } = await createCertificate(folder, ["localhost"]);
    return { cert: await Deno.readTextFile(certPath), key: await Deno.readTextFile(keyPath) };
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}
