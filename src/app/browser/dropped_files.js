/**
 * The dropped file, or all files of a dropped folder. Folders without any have a path that ends in `/`, and no `blob`.
 * @param {FileSystemEntry | null} entry @param {string[]} unreadable Gets the paths that the device does not let one read.
 * @returns {Promise<{path: string, blob?: Blob}[]>}
 */
export async function filesIn(entry, unreadable) {
  if (!entry) return [];
  const path = entry.fullPath.replace(/^\//, "");
  const note = () => void unreadable.push(path);
  if (isFile(entry)) {
    /** @type {File | undefined} */
    const blob = await new Promise((resolve, reject) => entry.file(resolve, reject)).catch(note);
    return blob ? [{ path, blob }] : [];
  }
  if (!isDirectory(entry)) return [];
  const reader = entry.createReader();
  const found = [];
  // Chrome lists a hundred at a time.
  for (let isEmpty = true;; isEmpty = false) {
    /** @type {FileSystemEntry[] | undefined} */
    const entries = await new Promise((resolve, reject) => reader.readEntries(resolve, reject)).catch(note);
    if (!entries) return found;
    if (entries.length === 0) return isEmpty ? [{ path: `${path}/` }] : found;
    for (const child of entries) found.push(...await filesIn(child, unreadable));
  }
}

/** @param {FileSystemEntry} entry @returns {entry is FileSystemFileEntry} */
const isFile = (entry) => entry.isFile;
/** @param {FileSystemEntry} entry @returns {entry is FileSystemDirectoryEntry} */
const isDirectory = (entry) => entry.isDirectory;
