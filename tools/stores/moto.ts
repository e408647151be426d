import { findOrInstall } from "../cached_install.ts";
import { installPythonPackage } from "../python_package.ts";
import type { StorePackage } from "./throwaway_store.ts";

const VERSION = "5.2.5";

/** moto's server. https://docs.getmoto.org/en/latest/docs/server_mode.html */
export const MOTO: StorePackage = {
  name: "moto",
  version: VERSION,
  findOrInstall: () =>
    findOrInstall({
      folder: `moto/${VERSION}`,
      file: "moto/server.py",
      install: (target) =>
        installPythonPackage({
          name: "moto",
          // Its own extra "server" brings what all the other services of AWS need.
          requirements: [`moto[s3]==${VERSION}`, "flask==3.1.3", "flask-cors==6.0.5"],
          otherwise: "leave out deno task test:stores",
        }, target),
    }),
  serve: (program, { port }) => ({
    command: ["python3", "-m", "moto.server", "--host", "127.0.0.1", "--port", `${port}`],
    env: { PYTHONPATH: program.slice(0, -"/moto/server.py".length), PYTHONDONTWRITEBYTECODE: "1" },
  }),
};
