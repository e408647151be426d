import { findOrInstall } from "./cached_install.ts";
import { CLIENT_VERSIONS } from "./clients.ts";
import { installPythonPackage } from "./python_package.ts";

/**
 * The folder for `PYTHONPATH` with the AWS CLI (`python3 -m awscli`) and boto3; installs them if they are missing.
 *
 * @throws {Error} If that fails; the message says what to do.
 */
export async function findOrInstallAwsCli(): Promise<string> {
  const { awscli, boto3 } = CLIENT_VERSIONS;
  const requirements = [`awscli==${awscli}`, `boto3==${boto3}`];
  const file = "bin/aws";
  const path = await findOrInstall({
    folder: `aws-cli/${awscli}-${boto3}`,
    file,
    install: (target) =>
      installPythonPackage({ name: "the AWS CLI", requirements, otherwise: "leave out this test" }, target),
  });
  return path.slice(0, -`/${file}`.length);
}
