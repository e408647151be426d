import { findOrInstallCargoProgram } from "../cargo_program.ts";
import type { StorePackage } from "./throwaway_store.ts";

const VERSION = "0.14.1";

/** s3s-fs in front of a folder. https://github.com/Nugine/s3s */
export const S3S_FS: StorePackage = {
  name: "s3s-fs",
  version: VERSION,
  findOrInstall: () =>
    findOrInstallCargoProgram({ name: "s3s-fs", version: VERSION, features: ["--features", "binary"] }),
  serve: (program, { dataDir, port, accessKeyId, secretAccessKey }) => ({
    command: [
      program,
      "--host=127.0.0.1",
      `--port=${port}`,
      `--access-key=${accessKeyId}`,
      `--secret-key=${secretAccessKey}`,
      dataDir,
    ],
    env: {},
  }),
};
