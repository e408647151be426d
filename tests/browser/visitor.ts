import type { BrowserContext, CDPSession, HTTPRequest, KeyInput, Page } from "puppeteer-core";

/** A person with a browser context of their own. */
export interface Visitor {
  readonly page: Page;
  /** The page's DevTools session, for what puppeteer lacks. */
  readonly session: CDPSession;
  /** Opens a page of the app; the path is below `/-/files`. */
  open(path: string): Promise<void>;
  /** Clicks an element, once it can be clicked. */
  click(selector: string): Promise<void>;
  /** Clicks an element and waits for the page that it leads to. */
  follow(selector: string): Promise<void>;
  /** Replaces the text of a field. */
  fill(selector: string, text: string): Promise<void>;
  /** Presses keys in turn. */
  keys(...keys: KeyInput[]): Promise<void>;
  /** Chooses local files in a field. */
  choose(selector: string, paths: readonly string[]): Promise<void>;
  /** Clicks an element and waits for the download that it starts. */
  download(selector: string): Promise<{ name: string; text: string }>;
  /** The trimmed texts of all matching elements. */
  texts(selector: string): Promise<string[]>;
  /** Waits until an expression is true in the page. */
  until(expression: string): Promise<void>;
  /** The value of an expression in the page. */
  evaluate(expression: string): Promise<unknown>;
  /** Waits for an element that contains this text. */
  sees(text: string): Promise<void>;
  /** The visible names in the table of files. */
  names(): Promise<string[]>;
  /** Unexpected script errors, violations of the content security policy and foreign requests so far. */
  problems(): string[];
  /** Ignores problems that match. */
  forgive(pattern: RegExp): void;
}

/** Options of {@link visit}. */
export interface VisitOptions {
  /** Of the app. */
  readonly origin: string;
  /** Other origins that the page may use: the store's. */
  readonly otherOrigins: readonly string[];
  /** `false`: scripts do not run. */
  readonly script: boolean;
}

/** Opens a page in a browser context. */
export async function visit(
  context: BrowserContext,
  { origin, otherOrigins, script }: VisitOptions,
): Promise<Visitor> {
  const page = await context.newPage();
  page.setDefaultTimeout(30_000);
  await page.setViewport({ width: 1280, height: 800 });
  if (!script) await page.setJavaScriptEnabled(false);
  const session = await page.createCDPSession();
  // The certificates of tests vouch for themselves.
  if (origin.startsWith("https:")) await session.send("Security.setIgnoreCertificateErrors", { ignore: true });
  const found: string[] = [];
  const forgiven: RegExp[] = [];
  const isKnown = (request: HTTPRequest) => {
    const url = new URL(request.url());
    return LOCAL_PROTOCOLS.has(url.protocol) || [origin, ...otherOrigins].includes(url.origin);
  };
  page.on("request", (request) => {
    if (!isKnown(request)) found.push(`a request to another place: ${request.url()}`);
  });
  page.on("pageerror", (error) => found.push(`an error nobody caught: ${error}`));
  page.on("console", (message) => {
    // The browser logs responses such as 409, which are expected.
    const isStatus = message.text().startsWith("Failed to load resource: the server responded with a status of");
    if (message.type() === "error" && !isStatus) found.push(message.text());
  });
  page.on("dialog", async (dialog) => {
    if (dialog.type() !== "beforeunload") found.push(`a script's dialog: ${dialog.message()}`);
    await dialog.accept();
  });
  const click = async (selector: string) => {
    // Locators need scripts in the page.
    if (script) return await page.locator(selector).click();
    const element = await page.$(selector);
    if (!element) throw new Error(`Cannot press "${selector}": it is not on the page ${page.url()}`);
    await element.click();
  };
  const texts = (selector: string) => page.$$eval(selector, (all) => all.map((one) => (one.textContent ?? "").trim()));
  return {
    page,
    session,
    open: async (path) => void await page.goto(`${origin}/-/files${path}`),
    click,
    follow: async (selector) => void await Promise.all([page.waitForNavigation(), click(selector)]),
    fill: async (selector, text) => {
      const field = script ? await page.waitForSelector(selector) : await page.$(selector);
      await field?.focus();
      await page.keyboard.down("Control");
      await page.keyboard.press("a");
      await page.keyboard.up("Control");
      await field?.type(text);
    },
    keys: async (...keys) => {
      for (const key of keys) await page.keyboard.press(key);
    },
    choose: async (selector, paths) => {
      const field = await page.$(selector);
      await field?.toElement("input").then((input) => input.uploadFile(...paths));
    },
    download: async (selector) => {
      const folder = await Deno.makeTempDir();
      const ended = new Promise<string>((resolve) => {
        session.on("Browser.downloadWillBegin", ({ suggestedFilename }) => {
          session.on("Browser.downloadProgress", ({ state }) => {
            if (state !== "inProgress") resolve(suggestedFilename);
          });
        });
      });
      await session.send("Browser.setDownloadBehavior", {
        behavior: "allow",
        downloadPath: folder,
        browserContextId: context.id ?? "",
        eventsEnabled: true,
      });
      await click(selector);
      const name = await ended;
      const text = await Deno.readTextFile(`${folder}/${name}`);
      await Deno.remove(folder, { recursive: true });
      return { name, text };
    },
    texts,
    until: async (expression) => void await page.waitForFunction(expression),
    evaluate: (expression) => page.evaluate(expression),
    sees: async (text) => void await page.waitForSelector(`::-p-text(${text})`),
    names: () => texts("#files tbody tr:not([hidden]) .name bdi"),
    problems: () => found.filter((text) => !forgiven.some((pattern) => pattern.test(text))),
    forgive: (pattern) => void forgiven.push(pattern),
  };
}

/** Requests that stay inside the browser; its PDF viewer uses the last two. */
const LOCAL_PROTOCOLS = new Set(["data:", "blob:", "chrome:", "chrome-extension:"]);

/** Finds a button by its name. */
export const button = (name: string): string => `aria/${name}[role="button"]`;
/** Finds a link by its name. */
export const link = (name: string): string => `aria/${name}[role="link"]`;
/** Finds a field by its label. */
export const field = (name: string): string => `aria/${name}[role="textbox"]`;
