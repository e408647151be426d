import type { Page } from "puppeteer-core";
import { allowOrigins, sourceCorsRules } from "../../tools/cors.ts";
import { openChromium } from "../browser/chromium.ts";
import type { GuestSetup } from "./guest/setup.ts";

/** A page in Chromium, with the server that it comes from. */
export interface ServedPage {
  /** The page, which is ready. */
  readonly page: Page;
  /** The URL of its server. */
  readonly url: string;
  stop(): Promise<void>;
}

/**
 * Opens a page with a script, and lets pages of its server use the store's bucket.
 *
 * @param script An ES module.
 * @param ready An expression that is true when the page is ready.
 * @param answer Answers what the page asks its server for.
 * @throws {Error} If Chromium does not start, or the script fails; the message has the failure.
 */
export async function openPage(
  { script, ready }: { script: string; ready: string },
  { store: { bucket, ...access } }: Pick<GuestSetup, "store">,
  answer: (request: Request, page: Page) => Response | Promise<Response>,
): Promise<ServedPage> {
  const browser = await openChromium({ networkEnabled: false });
  const page = await browser.newPage();
  const problems: unknown[] = [];
  page.on("pageerror", (error) => problems.push(error));
  const server = Deno.serve({ hostname: "127.0.0.1", port: 0, onListen: () => {} }, async (request) => {
    const { pathname } = new URL(request.url);
    if (pathname === "/page") return new Response(HTML, { headers: { "content-type": "text/html" } });
    if (pathname === "/page.js") return new Response(script, { headers: { "content-type": "text/javascript" } });
    if (pathname === "/favicon.ico") return new Response(null, { status: 404 });
    return await answer(request, page);
  });
  const url = `http://127.0.0.1:${server.addr.port}`;
  const stop = async () => {
    await browser.close();
    await server.shutdown();
  };
  try {
    ORIGINS.push(url);
    await allowOrigins(access, { bucket, origins: ORIGINS, rules: (origins) => sourceCorsRules(origins, METADATA) });
    await page.goto(`${url}/page`);
    await page.waitForFunction(ready).catch((error) => {
      throw new Error(`The page's script fails: ${problems.join("; ")}`, { cause: error });
    });
    return { page, url, stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

const HTML =
  '<!doctype html><meta charset="utf-8"><title>s3-source</title><body><script type="module" src="/page.js">' +
  "</script></body>";

/** Of all pages: a bucket has one CORS configuration. */
const ORIGINS: string[] = [];

/** The names of metadata in the conformance suite. */
const METADATA = ["colour", "shape", "two-words", "two_words"];
