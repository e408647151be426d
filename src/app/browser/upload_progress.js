import { formatBytes, formatDuration, plural } from "./format.js";

/** @typedef {import("./client_types.ts").UploadItem} Item */

/** Whether some of these are not done yet. @param {readonly Item[]} items */
export const isActive = (items) =>
  items.some(({ state }) => state === "waiting" || state === "running" || state === "paused");

/** How much of these is sent. @param {readonly Item[]} items */
export function percentOf(items) {
  const [loaded, size] = bytesOf(items);
  return size === 0 ? 0 : Math.round(loaded / size * 100);
}

/** Bytes sent, and all bytes to send. @param {readonly Item[]} items @returns {[number, number]} */
function bytesOf(items) {
  const counted = items.filter(({ state }) => state !== "cancelled" && state !== "skipped");
  return [counted.reduce((sum, { loaded }) => sum + loaded, 0), counted.reduce((sum, { size }) => sum + size, 0)];
}

/** What has become of files that were added together. @param {readonly Item[]} items */
export function summaryOf(items) {
  const all = items.filter(({ state }) => state !== "cancelled");
  const [done, failed] = ["done", "failed"].map((state) => all.filter((item) => item.state === state).length);
  if (!isActive(items)) {
    if (failed) return `${plural(failed, "file")} not uploaded`;
    return done ? `${plural(done, "file")} uploaded` : "Nothing uploaded";
  }
  const rate = all.reduce((sum, item) => item.state === "running" ? sum + item.meter.rate() : sum, 0);
  const [loaded, size] = bytesOf(items);
  const left = rate > 0 ? `, ${formatBytes(rate)}/s, ${formatDuration((size - loaded) / rate)} left` : "";
  return `Uploading ${done} of ${all.length}${failed ? `, ${failed} failed` : ""}${left}`;
}

/** What happens to a file. @param {Item} item */
export function describe({ state, note, loaded, size, meter, isFinishing }) {
  if (state === "waiting") return `${formatBytes(size)}, waiting`;
  if (state === "paused") return `Paused at ${formatBytes(loaded)} of ${formatBytes(size)}`;
  if (note || state === "failed") return note;
  if (isFinishing || loaded >= size) return "Finishing";
  const rate = meter.rate();
  const left = rate > 0 ? `, ${formatBytes(rate)}/s, ${formatDuration((size - loaded) / rate)} left` : "";
  return `${formatBytes(loaded)} of ${formatBytes(size)}${left}`;
}
