import { assert, assertEquals, assertMatch } from "@std/assert";
import type { CertificatePaths } from "../../src/command/certificate.ts";
import { createRootSession } from "../../src/app/mod.ts";
import { findOrInstallCaddy } from "../../tools/caddy.ts";
import { findOrInstallNginx } from "../../tools/nginx.ts";
import { SIGNING_SECRET } from "../support/app_stub.ts";
import { startCaddy } from "../support/caddy.ts";
import { createCertificate } from "../support/certificate.ts";
import { startNginx } from "../support/nginx.ts";
import { orSkip } from "../support/or_skip.ts";
import type { SceneOptions, Stage, StageProxy } from "./stage.ts";
import { FILE_FIELD, localFiles, untilUploaded } from "./upload_helpers.ts";

const TRUSTED = { trustedProxies: ["127.0.0.1"] };
const FORWARDED = "proxy_set_header X-Forwarded-Host $http_host; proxy_set_header X-Forwarded-Proto $scheme;";

/** How nginx can be told, and what the app has to know. `$APP` is the app's URL, and `$URL` that of nginx. */
const NGINX: Readonly<Record<string, NginxCase>> = {
  "by https, below a path, without the browser's Host": {
    tls: true,
    base: "/files",
    directives: "location /files/ { proxy_pass $APP; }",
  },
  "by https, which takes the path off": {
    tls: true,
    base: "/team/files",
    directives: "location /team/files/ { proxy_pass $APP/; proxy_set_header Host $host; }",
  },
  "by https, which says itself where it is": { tls: true, directives: `location / { proxy_pass $APP; ${FORWARDED} }` },
  "on another port": { directives: "location / { proxy_pass $APP; proxy_set_header Host $host; }" },
  "on another port, of which the app knows nothing": {
    directives: "location / { proxy_pass $APP; }",
    knowsNothing: true,
  },
};

interface NginxCase {
  readonly directives: string;
  readonly tls?: boolean;
  /** Precedes the app's paths; the app is then told the public URL. */
  readonly base?: string;
  readonly knowsNothing?: boolean;
}

/** Registers the tests behind nginx and Caddy. */
export async function testProxies(stage: Stage): Promise<void> {
  const nginx = await orSkip("pages behind nginx", findOrInstallNginx);
  const caddy = await orSkip("pages behind Caddy", findOrInstallCaddy);
  const folder = await Deno.makeTempDir({ prefix: "proxies-" });
  Deno.test.afterAll(() => Deno.remove(folder, { recursive: true }));
  const certificate = await createCertificate(folder, ["127.0.0.1"]);
  for (const [name, { tls = false, base = "", directives, knowsNothing }] of nginx ? Object.entries(NGINX) : []) {
    testProxy(stage, `nginx ${name}`, {
      base,
      proxy: async (appUrl) => {
        const { urls: [origin = ""], stop } = await startNginx(
          nginx ?? "",
          1,
          () => [directives.replaceAll("$APP", appUrl)],
          { tls: tls ? certificate : undefined },
        );
        const url = origin + base;
        const isTold = directives.includes(FORWARDED);
        return { url, stop, options: knowsNothing ? {} : isTold ? TRUSTED : { ...TRUSTED, publicUrl: `${url}/` } };
      },
    });
  }
  if (caddy !== undefined) testCaddy(stage, { caddy, certificate });
}

function testCaddy(
  stage: Stage,
  { caddy, certificate }: { readonly caddy: string; readonly certificate: CertificatePaths },
): void {
  const start = (directives: string) => (appUrl: string) =>
    startCaddy(caddy, certificate, directives.replaceAll("$APP", appUrl.replace("http://", "")));
  testProxy(stage, "Caddy as it comes", {
    proxy: async (appUrl) => ({ ...await start("reverse_proxy $APP")(appUrl), options: TRUSTED }),
  });
  testProxy(stage, "Caddy, which takes a path off", {
    base: "/files",
    proxy: async (appUrl) => {
      const { url, stop } = await start("handle_path /files/* {\n reverse_proxy $APP\n }")(appUrl);
      return { url: `${url}/files`, stop, options: { publicUrl: `${url}/files/` } };
    },
  });
}

/** People log in, and their pages' scripts run and reach everything. */
function testProxy(
  stage: Stage,
  name: string,
  { base = "", proxy }: { readonly base?: string; readonly proxy: (appUrl: string) => Promise<StageProxy> },
): void {
  const session = createRootSession({ secret: SIGNING_SECRET, basePath: base });
  const options: SceneOptions = {
    files: { "in/a.txt": "Hello" },
    session,
    secret: SIGNING_SECRET,
    permissions: {},
    proxy: async (appUrl) => await proxy(appUrl),
  };
  stage.test(`the app works behind ${name}`, options, async (scene) => {
    // The bucket's CORS rules know another origin, so that files go through the app.
    scene.forgive(/CORS policy|net::ERR_FAILED/);
    const { page, origin } = scene;
    await page.goto(`${origin}${await session.createLoginPath()}`);
    // It sends the browser on to the files.
    await page.waitForSelector("header.bar");
    const [cookie] = (await page.browserContext().cookies()).filter(({ name }) => name.endsWith("files-session"));
    const isSecure = origin.startsWith("https:");
    assertEquals([cookie?.secure, cookie?.path], [isSecure, base || "/"]);
    await scene.open("/source/media");
    await localFiles({ "new.txt": "New" }, async (folder) => {
      await scene.choose(FILE_FIELD, [`${folder}/new.txt`]);
      await untilUploaded(scene, 1);
    });
    assertEquals(await scene.stored(), ["in/a.txt", "new.txt"]);
    await scene.follow('#files a[href*="folder=in"]');
    await scene.follow("#files tbody .name a");
    await scene.sees("Hello");
    assertMatch(page.url(), new RegExp(`^${origin}/-/files/df-`));
    const download = await scene.download("main a.primary");
    assertEquals(download, { name: "a.txt", text: "Hello" });
    assert((await scene.texts("h1")).length > 0);
  });
}
