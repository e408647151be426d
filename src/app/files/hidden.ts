import { isProbe } from "../../operations/probe.ts";
import { baseName } from "../../s3/keys.ts";

/** The folder beside pictures that holds their thumbnails; people see neither it nor what is in it. */
export const THUMBNAIL_FOLDER = ".s3-source-thumbnails/";

/** Whether the app itself wrote a file or folder. It is left out of lists, searches and downloads of folders. */
export function isHidden(path: string): boolean {
  return isProbe(baseName(path)) || `/${path}`.includes(`/${THUMBNAIL_FOLDER}`);
}
