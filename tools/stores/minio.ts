import { findOrInstallGoProgram } from "../go_program.ts";
import type { StorePackage } from "./throwaway_store.ts";

/** MinIO on one folder. https://github.com/minio/minio */
export const MINIO: StorePackage = {
  name: "MinIO",
  version: "2026-02-12",
  findOrInstall: () =>
    findOrInstallGoProgram({
      name: "minio",
      path: "github.com/minio/minio",
      // Its releases are not Go versions.
      version: "v0.0.0-20260212201848-7aac2a2c5b7c",
    }),
  serve: (program, { dataDir, port, otherPort, accessKeyId, secretAccessKey }) => ({
    command: [
      program,
      "server",
      `--address=127.0.0.1:${port}`,
      `--console-address=127.0.0.1:${otherPort}`,
      `--certs-dir=${dataDir}/../certs`,
      dataDir,
    ],
    env: {
      MINIO_ROOT_USER: accessKeyId,
      MINIO_ROOT_PASSWORD: secretAccessKey,
      MINIO_BROWSER: "off",
      // Otherwise it checks for newer releases.
      MINIO_UPDATE: "off",
    },
  }),
};
