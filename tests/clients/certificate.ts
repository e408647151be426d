import { findOnPath, lastLines, runProgram } from "../../tools/programs.ts";
import { installDebianPackage } from "../../tools/debian_package.ts";

/** Files of a certificate for 127.0.0.1 and of its key. */
export interface Certificate {
  readonly certificate: string;
  readonly key: string;
}

/** Makes a certificate that vouches for itself, in a folder. */
export async function createCertificate(folder: string): Promise<Certificate> {
  if (await findOnPath("openssl") === undefined) await installDebianPackage("openssl");
  const [certificate, key] = [`${folder}/certificate.pem`, `${folder}/key.pem`];
  const extensions = ["subjectAltName=IP:127.0.0.1", "basicConstraints=critical,CA:FALSE"];
  const { ok, output } = await runProgram([
    ...["openssl", "req", "-x509", "-nodes", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1"],
    ...["-subj", "/CN=127.0.0.1", "-keyout", key, "-out", certificate],
    ...extensions.flatMap((extension) => ["-addext", extension]),
  ]);
  if (!ok) throw new Error(`Cannot make a certificate:\n${lastLines(output, 10)}`);
  return { certificate, key };
}
