import { type Browser, launch } from "puppeteer-core";
import { findOrInstallChromium } from "../../tools/chromium.ts";
import { orSkip } from "../support/or_skip.ts";

/** Starts a Chromium that reaches nothing but this machine, and keeps nothing. Close it. */
export async function openChromium(): Promise<Browser> {
  return await launch({
    executablePath: await findOrInstallChromium(),
    headless: true,
    args: [
      // Containers have little room there.
      "--disable-dev-shm-usage",
      "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1",
      "--force-prefers-reduced-motion",
      // As root there is no other way.
      ...Deno.uid() === 0 ? ["--no-sandbox"] : [],
    ],
    // A machine under load starts it slowly.
    timeout: 120_000,
    protocolTimeout: 120_000,
  });
}

/** Whether there is a Chromium to start. One that is there and does not start is an error anywhere. */
export async function isChromiumAvailable(): Promise<boolean> {
  return await orSkip("all tests in a browser", findOrInstallChromium) !== undefined;
}
