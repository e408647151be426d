import { isFile } from "./programs.ts";

/** Something to install in the project's cache. */
export interface CachedInstall {
  /** The folder's path within the cache; contains the version. */
  readonly folder: string;
  /** The wanted file in it. */
  readonly file: string;
  /** Installs into an empty folder. */
  install(target: string): Promise<void>;
}

/** The path of a file in the project's cache, if it is there. */
export async function findInstalled(
  { folder, file }: Pick<CachedInstall, "folder" | "file">,
): Promise<string | undefined> {
  const path = `${CACHE_DIR}/${folder}/${file}`;
  return await isFile(path) ? path : undefined;
}

/** The path of a file in the project's cache; installs it if it is missing. */
export async function findOrInstall({ folder, file, install }: CachedInstall): Promise<string> {
  const complete = `${CACHE_DIR}/${folder}`;
  const path = `${complete}/${file}`;
  if (await isFile(path)) return path;
  const parent = complete.slice(0, complete.lastIndexOf("/"));
  await Deno.mkdir(parent, { recursive: true });
  // Renamed when complete, so that a concurrent run never finds half of it.
  const partial = await Deno.makeTempDir({ dir: parent, prefix: "installing-" });
  try {
    await install(partial);
    if (!await isFile(`${partial}/${file}`)) throw new Error(`Cannot install ${folder}: there is no ${file} in it`);
    await Deno.rename(partial, complete);
  } catch (error) {
    await Deno.remove(partial, { recursive: true }).catch(() => {});
    // The other run was faster.
    if (!await isFile(path)) throw error;
  }
  return path;
}

/** The folder in which the project keeps what it has downloaded or built. */
export const CACHE_DIR = decodeURIComponent(new URL("../.cache", import.meta.url).pathname);
