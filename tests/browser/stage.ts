import { assertEquals } from "@std/assert";
import type { Browser } from "puppeteer-core";
import { createS3Source, type S3Source } from "../../mod.ts";
import { createFilesApp, type FilesAppOptions } from "../../src/app/mod.ts";
import { allowOrigins, appOrigins } from "../../tools/cors.ts";
import { findFreePorts } from "../../tools/free_ports.ts";
import { watchSource } from "../support/background_work.ts";
import { EVERYTHING } from "../support/app_stub.ts";
import { type SeaweedFs, useSeaweedFs } from "../integration/seaweedfs.ts";
import { isChromiumAvailable, openChromium } from "./chromium.ts";
import { openTenants, type Tenants } from "./tenants.ts";
import { visit, type Visitor } from "./visitor.ts";

/** Shared by all tests: a store, a broker, a browser, and an address for each test's app. */
export interface Stage {
  readonly seaweedFs: SeaweedFs;
  readonly tenants: Tenants;
  /** Registers a test with its own app, which also fails if its pages had problems. */
  test(name: string, scene: SceneOptions, act: (scene: Scene) => Promise<void>): void;
}

/** Options of a test's app. */
export interface SceneOptions extends Partial<Omit<FilesAppOptions, "sources">> {
  /** Stored files by path. */
  readonly files?: Readonly<Record<string, string | Uint8Array<ArrayBuffer>>>;
  /** Sources besides `media`. Default: none. */
  readonly others?: Readonly<Record<string, S3Source>>;
  /** Starts a proxy in front of the app, whose URL it gets. Default: there is none. */
  readonly proxy?: (appUrl: string) => Promise<StageProxy>;
  /** Origins besides the app's and the store's that pages may use. Default: none. */
  readonly otherOrigins?: readonly string[];
  /** Whether scripts run. Default `true`. */
  readonly script?: boolean;
  /** Opens the source `media`. Default: a folder with full access. The files are stored beforehand. */
  readonly open?: (prefix: string) => S3Source | Promise<S3Source>;
}

/** A proxy in front of a test's app. */
export interface StageProxy {
  /** Where people reach the app, without a slash at the end. */
  readonly url: string;
  /** What the app is told about it. */
  readonly options: Partial<FilesAppOptions>;
  stop(): Promise<void>;
}

/** An app with one visitor. */
export interface Scene extends Visitor {
  /** Of the app. */
  readonly origin: string;
  /** The folder of `media`, with full access. */
  readonly source: S3Source;
  /** Of that folder; ends in `/`. */
  readonly prefix: string;
  /** Opens the app for another visitor. */
  other(): Promise<Visitor>;
  /** The paths of all stored files, sorted, without folder markers. */
  stored(): Promise<string[]>;
}

/**
 * Starts a stage for the tests of the calling file, and closes it after them.
 *
 * @returns `undefined` if Chromium or SeaweedFS is missing, which is an error under `CI=true`.
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

/** Starts a stage outside of tests. Close it. */
export async function openStage(seaweedFs: SeaweedFs): Promise<OpenStage> {
  const browser = await openChromium();
  const tenants = openTenants(seaweedFs);
  // All apps have this one, which the store lets in.
  const [port = 0] = findFreePorts(1);
  await allowOrigins(seaweedFs.config, { bucket: seaweedFs.bucket, origins: appOrigins(port) });
  return {
    tenants,
    open: (options) => openScene(options, { browser, seaweedFs, port }),
    close: async () => {
      await browser.close();
      await tenants.close();
    },
  };
}

/** A stage outside of tests. One scene at a time may be open. */
export interface OpenStage {
  readonly tenants: Tenants;
  /** Creates an app and opens it. */
  open(options: SceneOptions): Promise<OpenScene>;
  /** Stops browser and broker. */
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
  { files = {}, others = {}, otherOrigins = [], script = true, open, proxy, ...options }: SceneOptions,
  { browser, seaweedFs: { config }, port }: Surroundings,
): Promise<OpenScene> {
  const prefix = `${crypto.randomUUID()}/`;
  const source = createS3Source({ ...config, prefix });
  for (const [path, body] of Object.entries(files)) await source.upload(path, body);
  const watched = [await open?.(prefix) ?? source, ...Object.values(others)].map(watchSource);
  const names = ["media", ...Object.keys(others)];
  const sources = Object.fromEntries(watched.map(({ source }, index) => [names[index] ?? "", source]));
  const behind = await proxy?.(`http://127.0.0.1:${port}`);
  const app = createFilesApp({ sources, permissions: EVERYTHING, ...options, ...behind?.options });
  const server = Deno.serve({ hostname: "127.0.0.1", port, onListen: () => {} }, app);
  const origin = behind?.url ?? `http://127.0.0.1:${port}`;
  const contexts = [await browser.createBrowserContext()];
  const visitors: Visitor[] = [];
  const enter = async () => {
    const context = await browser.createBrowserContext();
    contexts.push(context);
    const known = [config.endpointUrl, new URL(origin).origin, ...otherOrigins];
    const visitor = await visit(context, { origin, otherOrigins: known, script });
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
    close: async () => {
      for (const context of contexts) await context.close();
      // With requests of images that nobody waited for.
      await server.shutdown();
      await behind?.stop();
      for (const { settled } of watched) await settled();
    },
  };
}
