import { findOrInstall } from "./cached_install.ts";
import { installPythonPackage } from "./python_package.ts";

/** The tested releases. */
const VERSIONS = { awscli: "1.46.3", boto3: "1.44.8" };

/**
 * The folder for `PYTHONPATH` with the AWS CLI (`python3 -m awscli`) and boto3; installs them if they are missing.
 *
 * @throws {Error} If that fails; the message says what to do.
 */
export async function findOrInstallAwsCli(): Promise<string> {
  const requirements = Object.entries(VERSIONS).map(([name, version]) => `${name}==${version}`);
  const file = "bin/aws";
  const path = await findOrInstall({
    folder: `aws-cli/${Object.values(VERSIONS).join("-")}`,
    file,
    install: (target) =>
      installPythonPackage({ name: "the AWS CLI", requirements, otherwise: "leave out this test" }, target),
  });
  return path.slice(0, -`/${file}`.length);
}
