/**
 * The dropped file, or all files of a dropped folder. Folders without any have a path that ends in `/`, and no `blob`.
 * @param {FileSystemEntry | null} entry @returns {Promise<{path: string, blob?: Blob}[]>}
 */
export async function filesIn(entry) {
  if (!entry) return [];
  const path = entry.fullPath.replace(/^\//, "");
  if (isFile(entry)) return [{ path, blob: await new Promise((resolve, reject) => entry.file(resolve, reject)) }];
  if (!isDirectory(entry)) return [];
  const reader = entry.createReader();
  const found = [];
  // Chrome lists a hundred at a time.
  for (let isEmpty = true;; isEmpty = false) {
    /** @type {FileSystemEntry[]} */
    const entries = await new Promise((resolve, reject) => reader.readEntries(resolve, reject));
    if (entries.length === 0) return isEmpty ? [{ path: `${path}/` }] : found;
    for (const child of entries) found.push(...await filesIn(child));
  }
}

/** @param {FileSystemEntry} entry @returns {entry is FileSystemFileEntry} */
const isFile = (entry) => entry.isFile;
/** @param {FileSystemEntry} entry @returns {entry is FileSystemDirectoryEntry} */
const isDirectory = (entry) => entry.isDirectory;
