import { ApiError, messageOf, post } from "./api.js";
import { showFailures } from "./dialogs.js";
import { hideToast, toast } from "./dom.js";
import { formatName, plural } from "./format.js";
import { showFolder } from "./rows.js";

/** Creates dropped folders without files, and says so. @param {readonly string[]} paths each ends in `/` */
export async function createEmptyFolders(paths) {
  /** @type {{path: string, message: string}[]} */
  const errors = [];
  let created = 0;
  let found = 0;
  for (const [index, path] of paths.entries()) {
    if (paths.length > 1) toast(`Creating folder ${index + 1} of ${paths.length}`, { stays: true });
    try {
      await post("folder", { path });
      created++;
      showFolder(path);
    } catch (error) {
      if (error instanceof ApiError && error.details["kind"] === "folder") found++;
      else errors.push({ path, message: messageOf(error) });
    }
  }
  const [first = ""] = paths;
  const name = paths.length === 1 ? `Folder “${formatName(first)}”` : plural(created, "empty folder");
  const others = found > 0 && paths.length > 1 ? `, ${found} already here` : "";
  hideToast();
  if (created + found > 0) {
    toast(found === 1 && paths.length === 1 ? `${name} is already here` : `${name} created${others}`);
  }
  const summary = `${created} of ${paths.length} empty folders created. These were not:`;
  if (errors.length > 0) await showFailures("Not every folder was created", summary, errors);
}
