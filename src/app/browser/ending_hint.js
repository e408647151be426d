import { stemLength } from "./format.js";

/**
 * What a changed ending means; nothing if the name is not possible anyway.
 * @param {string} before @param {string} after
 */
export function endingHint(before, after) {
  const [old, now] = [before, after].map((name) => name.slice(stemLength(name)));
  if (!old || old === now || /^\.{0,2}$/.test(after)) return "";
  return now
    ? `The ending changes from “${old}” to “${now}”. Programs may take it for another kind of file.`
    : `Without the ending “${old}”, programs may not know what kind of file this is.`;
}
