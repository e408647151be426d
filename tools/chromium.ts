import { installDebianPackage } from "./debian_package.ts";
import { findOnPath, isFile } from "./programs.ts";

/**
 * The path of a Chromium: the one on `PATH`, the Chrome of macOS, or Debian's, which it installs if run as root on
 * Debian.
 *
 * @throws {Error} If there is none; the message says what to do.
 */
export async function findOrInstallChromium(): Promise<string> {
  const found = await findInstalled(NAMES);
  if (found !== undefined) return found;
  const problem = await installDebianPackage("chromium");
  const installed = await findInstalled(NAMES);
  if (installed !== undefined) return installed;
  throw new Error(
    `Cannot find Chromium. Put "chromium" or "google-chrome" on PATH (Debian: "apt install chromium"). ${problem}`,
  );
}

const NAMES = ["chromium", "chromium-browser", "google-chrome", "google-chrome-stable"];

async function findInstalled(names: readonly string[]): Promise<string | undefined> {
  for (const name of names) {
    const path = await findOnPath(name);
    if (path !== undefined) return path;
  }
  return await isFile(CHROME_OF_MACOS) ? CHROME_OF_MACOS : undefined;
}

/** Chrome's installer puts it here, not on `PATH`. */
const CHROME_OF_MACOS = "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome";
