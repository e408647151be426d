import { findOrInstallGoProgram } from "../go_program.ts";
import type { StorePackage } from "./throwaway_store.ts";

const VERSION = "1.2.0";

/** gofakes3 with its objects in memory. https://github.com/johannesboyne/gofakes3 */
export const GOFAKES3: StorePackage = {
  name: "gofakes3",
  version: VERSION,
  findOrInstall: () =>
    findOrInstallGoProgram({
      name: "gofakes3",
      path: "github.com/johannesboyne/gofakes3/cmd/gofakes3",
      version: `v${VERSION}`,
    }),
  serve: (program, { port }) => ({
    command: [program, "-host", `127.0.0.1:${port}`, "-backend", "memory", "-quiet"],
    env: {},
  }),
};
