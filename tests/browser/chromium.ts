import { type Browser, launch } from "puppeteer-core";
import { findOrInstallChromium } from "../../tools/chromium.ts";
import { orSkip } from "../support/or_skip.ts";

/**
 * Starts a Chromium that can only reach this machine. Close it.
 *
 * @param networkEnabled Whether puppeteer sees requests; then Chromium keeps their bodies. Default `true`.
 */
export async function openChromium({ networkEnabled = true }: { networkEnabled?: boolean } = {}): Promise<Browser> {
  const browser = await launch({
    executablePath: await findOrInstallChromium(),
    headless: true,
    networkEnabled,
    args: [
      // Containers have little shared memory.
      "--disable-dev-shm-usage",
      "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1",
      "--force-prefers-reduced-motion",
      // Chromium's sandbox does not work as root.
      ...Deno.uid() === 0 ? ["--no-sandbox"] : [],
    ],
    // Starting takes long under load.
    timeout: 120_000,
    protocolTimeout: 120_000,
  });
  // Puppeteer is still attaching to the first page, and its timers would end in the first test.
  for (const page of await browser.pages()) await page.title();
  return browser;
}

/** Whether Chromium is installed. Failing to start it is an error in any case. */
export async function isChromiumAvailable(): Promise<boolean> {
  return await orSkip("all tests in a browser", findOrInstallChromium) !== undefined;
}
