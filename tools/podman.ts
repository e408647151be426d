import { installDebianPackage } from "./debian_package.ts";
import { findOnPath } from "./programs.ts";

/** How programs for containers are called where no systemd and no other network is. */
export interface ContainerTools {
  /** The words before the arguments of `buildah build`. */
  readonly build: readonly string[];
  /** The words before an image and its arguments: a container that goes when it ends, with the network of this machine. */
  readonly run: readonly string[];
  /** The words before the arguments of `podman`. */
  readonly podman: readonly string[];
  /** Removes the images and containers. */
  remove(): Promise<void>;
}

/**
 * `buildah` and `podman` with a storage of their own in a new folder: those on `PATH`, or Debian's, which it installs if
 * run as root on Debian.
 *
 * @throws {Error} If they are missing, or this is not root; the message says what to do.
 */
export async function openContainerTools(): Promise<ContainerTools> {
  if (Deno.uid() !== 0) throw new Error("Cannot run containers: without systemd, podman needs root.");
  for (const name of ["buildah", "podman", "runc"]) {
    const problem = await findOnPath(name) === undefined ? await installDebianPackage(name) : "";
    if (await findOnPath(name) === undefined) {
      throw new Error(`Cannot find ${name}. Put it on PATH (Debian: "apt install ${name}"). ${problem}`);
    }
  }
  const folder = await Deno.makeTempDir({ prefix: "containers-" });
  const storage = [`--root=${folder}/storage`, `--runroot=${folder}/run`, "--storage-driver=vfs"];
  const podman = ["podman", ...storage, "--runtime=runc", "--cgroup-manager=cgroupfs"];
  const limits = ["--ulimit=nofile=1024:1024", "--ulimit=nproc=1024:1024"];
  return {
    build: ["buildah", ...storage, "build", "--isolation=chroot", "--format=docker"],
    run: [...podman, "run", "--rm", "--network=host", ...limits],
    podman,
    remove: () => Deno.remove(folder, { recursive: true }),
  };
}
