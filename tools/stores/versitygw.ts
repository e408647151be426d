import { findOrInstallGoProgram } from "../go_program.ts";
import type { StorePackage } from "./throwaway_store.ts";

const VERSION = "1.8.0";

/** The Versity S3 Gateway in front of a folder: a file for each object. https://github.com/versity/versitygw */
export const VERSITYGW: StorePackage = {
  name: "versitygw",
  version: VERSION,
  findOrInstall: () =>
    findOrInstallGoProgram({
      name: "versitygw",
      path: "github.com/versity/versitygw/cmd/versitygw",
      version: `v${VERSION}`,
    }),
  serve: (program, { dataDir, port, accessKeyId, secretAccessKey }) => ({
    command: [program, "--port", `127.0.0.1:${port}`, "--quiet", "--keep-alive", "posix", dataDir],
    env: { ROOT_ACCESS_KEY: accessKeyId, ROOT_SECRET_KEY: secretAccessKey },
  }),
};
