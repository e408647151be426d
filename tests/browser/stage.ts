import { assertEquals } from "@std/assert";
import type { Browser } from "puppeteer-core";
import { createS3Source, type S3Source } from "../../mod.ts";
import { createFilesApp, type FilesAppOptions } from "../../src/app/mod.ts";
import { allowOrigins, appOrigins } from "../../tools/cors.ts";
import { EVERYTHING } from "../support/app_stub.ts";
import { type SeaweedFs, useSeaweedFs } from "../integration/seaweedfs.ts";
import { isChromiumAvailable, openChromium } from "./chromium.ts";
import { openTenants, type Tenants } from "./tenants.ts";
import { visit, type Visitor } from "./visitor.ts";

/** What all the tests share: a store, a broker, a browser, and an address where each shows its own app. */
export interface Stage {
  readonly seaweedFs: SeaweedFs;
  readonly tenants: Tenants;
  /** Registers a test with an app of its own, which fails too if anything went wrong in its pages. */
  test(name: string, scene: SceneOptions, act: (scene: Scene) => Promise<void>): void;
}

/** What an app shows. */
export interface SceneOptions extends Partial<Omit<FilesAppOptions, "sources">> {
  /** What is stored, by path. */
  readonly files?: Readonly<Record<string, string | Uint8Array<ArrayBuffer>>>;
  /** Sources beside `media`. Default: none. */
  readonly others?: Readonly<Record<string, S3Source>>;
  /** `false`: scripts do not run. Default `true`. */
  readonly script?: boolean;
  /** What the source `media` is instead of a folder with full access; the files are stored in it by someone else. */
  readonly open?: (prefix: string) => S3Source | Promise<S3Source>;
}

/** An app, with one visitor. */
export interface Scene extends Visitor {
  /** Where the app is. */
  readonly origin: string;
  /** The source `media` of the app, as its owner sees it. */
  readonly source: S3Source;
  /** Where that is in the bucket; ends in `/`. */
  readonly prefix: string;
  /** Another visitor of the same app. */
  other(): Promise<Visitor>;
  /** The paths of all stored files, sorted; without markers of folders. */
  stored(): Promise<string[]>;
}

/**
 * Starts what the tests of the calling file need, and ends it behind them.
 *
 * @returns `undefined` if it cannot be had, which under `CI=true` is an error.
 */
export async function useStage(): Promise<Stage | undefined> {
  if (!await isChromiumAvailable()) return undefined;
  const seaweedFs = await useSeaweedFs({ sts: true });
  if (seaweedFs === undefined) return undefined;
  const { tenants, open, close } = await openStage(seaweedFs);
  Deno.test.afterAll(close);
  return {
    seaweedFs,
    tenants,
    test: (name, options, act) => {
      Deno.test(name, async () => {
        const { scene, close } = await open(options);
        try {
          await act(scene);
          assertEquals(scene.problems(), []);
        } finally {
          await close();
        }
      });
    },
  };
}

/** The same, outside of tests. Close it. */
export async function openStage(seaweedFs: SeaweedFs): Promise<OpenStage> {
  const browser = await openChromium();
  const tenants = openTenants(seaweedFs);
  let app: (request: Request) => Response | Promise<Response> = () => new Response(null, { status: 503 });
  const server = Deno.serve({ hostname: "127.0.0.1", port: 0, onListen: () => {} }, (request) => app(request));
  const { port } = server.addr;
  await allowOrigins(seaweedFs.config, { bucket: seaweedFs.bucket, origins: appOrigins(port) });
  const open = async (options: SceneOptions) => {
    const { scene, handler, close } = await openScene(options, { browser, seaweedFs, port });
    app = handler;
    return { scene, close };
  };
  return {
    tenants,
    open,
    close: async () => {
      await browser.close();
      await Promise.all([server.shutdown(), tenants.close()]);
    },
  };
}

/** A stage outside of tests. */
export interface OpenStage {
  readonly tenants: Tenants;
  /** Shows an app. */
  open(options: SceneOptions): Promise<OpenScene>;
  /** Ends browser, broker and server. */
  close(): Promise<void>;
}

/** A scene outside of tests. */
export interface OpenScene {
  readonly scene: Scene;
  close(): Promise<void>;
}

interface Surroundings {
  readonly browser: Browser;
  readonly seaweedFs: SeaweedFs;
  readonly port: number;
}

async function openScene(
  { files = {}, others = {}, script = true, open, ...options }: SceneOptions,
  { browser, seaweedFs: { config }, port }: Surroundings,
): Promise<OpenScene & { handler: (request: Request) => Promise<Response> }> {
  const prefix = `${crypto.randomUUID()}/`;
  const source = createS3Source({ ...config, prefix });
  for (const [path, body] of Object.entries(files)) await source.upload(path, body);
  const media = await open?.(prefix) ?? source;
  const handler = createFilesApp({ sources: { media, ...others }, permissions: EVERYTHING, ...options });
  const origin = `http://127.0.0.1:${port}`;
  const contexts = [await browser.createBrowserContext()];
  const visitors: Visitor[] = [];
  const enter = async () => {
    const context = await browser.createBrowserContext();
    contexts.push(context);
    const visitor = await visit(context, { origin, otherOrigins: [config.endpointUrl], script });
    visitors.push(visitor);
    return visitor;
  };
  const first = await enter();
  const scene: Scene = {
    ...first,
    origin,
    source,
    prefix,
    other: enter,
    problems: () => visitors.flatMap((visitor) => visitor.problems()),
    stored: async () => {
      const paths = (await Array.fromAsync(source.walk())).map(({ path }) => path);
      return paths.filter((path) => !path.endsWith("/")).sort();
    },
  };
  return {
    scene,
    handler,
    close: async () => {
      for (const context of contexts) await context.close();
    },
  };
}
