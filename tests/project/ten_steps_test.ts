import { assert, assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { findFreePorts } from "../../tools/free_ports.ts";
import { findOrInstallNginx } from "../../tools/nginx.ts";
import { runProgram } from "../../tools/programs.ts";
import { findOrInstallWeed } from "../../tools/weed_binary.ts";
import { openSeaweedFs } from "../integration/seaweedfs.ts";
import { createCertificate } from "../support/certificate.ts";
import { startCommand } from "../support/command_process.ts";
import { blocksOf } from "../support/doc_blocks.ts";
import { startNginx } from "../support/nginx.ts";
import { openRealProvider } from "../support/oidc_provider.ts";
import { orSkip } from "../support/or_skip.ts";

const PAGE = "docs/operating.md";
const CLI = decodeURIComponent(new URL("../../src/command/cli.ts", import.meta.url).pathname);

const nginx = await orSkip("the ten steps of docs/operating.md", async () => {
  await findOrInstallWeed();
  return await findOrInstallNginx();
});

Deno.test({
  name: "docs/operating.md leads in ten steps to a file server behind nginx, where people log in with OpenID Connect",
  ignore: nginx === undefined,
  // Connections of the provider's end after it.
  sanitizeResources: false,
  sanitizeOps: false,
  fn: () => walk(nginx ?? ""),
});

async function walk(nginx: string): Promise<void> {
  const folder = await Deno.makeTempDir({ prefix: "ten-steps-" });
  const weed = await openSeaweedFs({ sts: true, otherBuckets: ["team"] });
  const [https = 0, app = 0, broker = 0, login = 0] = findFreePorts(4);
  const origin = `https://localhost:${https}`;
  await using stack = new AsyncDisposableStack();
  stack.defer(() => Deno.remove(folder, { recursive: true }));
  stack.defer(weed.stop);
  const provider = stack.use(await openRealProvider({ port: login, appOrigin: origin }));
  const { certPath, keyPath } = await createCertificate(folder, ["localhost"]);

  /** The addresses and folders of this machine instead of those of the page. */
  const here = (text: string) =>
    [
      ["https://files.example.com", origin],
      ["server_name files.example.com", "server_name localhost"],
      ["https://login.example.com", provider.issuer],
      ["https://s3.example.com", weed.config.endpointUrl],
      ["arn:aws:iam::role/files", weed.roleArn],
      ["127.0.0.1:8001", `127.0.0.1:${app}`],
      ["127.0.0.1:8002", `127.0.0.1:${broker}`],
      ["listen 443 ssl", `listen 127.0.0.1:${https} ssl`],
      ["/etc/ssl/files.pem", certPath],
      ["/etc/ssl/files.key", keyPath],
      ["/etc/s3-source", `${folder}/etc`],
      ["/usr/local/bin", `${folder}/bin`],
    ].reduce((text, [from = "", to = ""]) => text.replaceAll(from, to), text);
  const [section = ""] = /^## A team's file server.*?(?=^## )/ms.exec(await Deno.readTextFile(PAGE)) ?? [];
  assertEquals(section.match(/^### \d+/gm)?.length, 10);
  const blocks = blocksOf({ path: PAGE, text: here(section) });
  const texts = (kind: string) => blocks.filter((block) => block.kind === kind).map(({ text }) => text);
  const [install = "", makeSecrets = "", keep = "", tryIt = ""] = texts("sh");
  const [brokerYaml = "", serveYaml = ""] = texts("yaml");

  const run = async (script: string, env: Record<string, string> = {}) => {
    const path = `${folder}/bin:${Deno.env.get("PATH")}`;
    const { ok, output } = await runProgram(["sh", "-e", "-c", `cd ${folder}\n${script}`], {
      env: { ...env, PATH: path },
    });
    assert(ok, output);
    return output;
  };
  for (const name of ["bin", "etc"]) await Deno.mkdir(`${folder}/${name}`);
  const program = `#!/bin/sh\nexec "${Deno.execPath()}" run --no-prompt --allow-all "${CLI}" "$@"\n`;
  await Deno.writeTextFile(`${folder}/s3-source-x86_64-unknown-linux-gnu`, program);
  assertMatch(await run(install), /^s3-source \d/);

  const [[teamSecret = "", sha256 = ""] = [], [filesSecret = ""] = []] = Array.from(
    (await run(makeSecrets)).matchAll(/^secret: (\S+)\nsecret_sha256: (\S+)$/gm),
    ([, ...values]) => values,
  );
  const serveEnv = { TEAM_SECRET: teamSecret, FILES_SECRET: filesSecret, CLIENT_SECRET: "secret" };
  const { accessKeyId, secretAccessKey } = weed.config;
  const brokerEnv = { TEAM_SHA256: sha256, BROKER_KEY_ID: accessKeyId, BROKER_KEY: secretAccessKey };
  for (const [name, env] of Object.entries({ serve: serveEnv, broker: brokerEnv })) {
    for (const variable of Object.keys(env)) assertStringIncludes(section, `\`${variable}=\``);
    const lines = Object.entries(env).map(([variable, value]) => `${variable}=${value}\n`);
    await Deno.writeTextFile(`${folder}/${name}.env`, lines.join(""));
  }
  await run(keep);
  assertEquals(((await Deno.stat(`${folder}/etc/serve.env`)).mode ?? 0) & 0o777, 0o600);
  await Deno.writeTextFile(`${folder}/etc/broker.yaml`, brokerYaml);
  await Deno.writeTextFile(`${folder}/etc/serve.yaml`, serveYaml);
  assertMatch(await run(tryIt, brokerEnv), /^ok +team +s3:\/\/team\/files\/ +works/m);

  // As the unit does.
  const start = (name: string, port: number, env: Record<string, string>) =>
    startCommand([`${folder}/bin/s3-source`, name, `${folder}/etc/${name}.yaml`, "--port", `${port}`], env);
  stack.use(await start("broker", broker, brokerEnv));
  stack.use(await start("serve", app, serveEnv));
  const [server = ""] = texts("nginx");
  const proxy = await startNginx(nginx, 1, () => [server.replace(/^server \{/, "").replace(/\}\s*$/, "")]);
  stack.defer(proxy.stop);

  using client = Deno.createHttpClient({ caCerts: [await Deno.readTextFile(certPath)] });
  const visit = openBrowser(client);
  const page = await visit(await logIn(visit, `${origin}/`));
  assertStringIncludes(await page.text(), "alice of Acme");
  const put = await visit(`${origin}/-/files/source/team/-/content?path=hello.txt`, {
    method: "PUT",
    body: "Hello",
    headers: { origin },
  });
  const { file } = await put.json();
  assertEquals([put.status, file?.path], [201, "hello.txt"]);
  assertEquals(await (await visit(`${origin}/-/files/${file.id}/content`)).text(), "Hello");
  const remove = await visit(`${origin}/-/files/${file.id}/-/delete`, { method: "POST", headers: { origin } });
  await remove.body?.cancel();
  assertEquals(remove.status, 403);
}

type Visit = (url: string, init?: RequestInit) => Promise<Response>;

/** A `fetch` that keeps cookies by host and port, and follows no redirects. */
function openBrowser(client: Deno.HttpClient): Visit {
  const jars = new Map<string, Map<string, string>>();
  return async (url, init = {}) => {
    const { host } = new URL(url);
    const jar = jars.get(host) ?? new Map<string, string>();
    jars.set(host, jar);
    const headers = new Headers(init.headers);
    if (jar.size > 0) headers.set("cookie", Array.from(jar, ([name, value]) => `${name}=${value}`).join("; "));
    if (!headers.has("accept")) headers.set("accept", "text/html");
    const response = await fetch(url, { ...init, headers, redirect: "manual", ...{ client } });
    for (const cookie of response.headers.getSetCookie()) {
      const [, name = "", value = ""] = /^([^=]+)=([^;]*)/.exec(cookie) ?? [];
      if (value === "" || /expires=Thu, 01 Jan 1970|max-age=0/i.test(cookie)) jar.delete(name);
      else jar.set(name, value);
    }
    return response;
  };
}

/** Opens a page, follows its link to the login, and fills in the provider's forms; returns where that leads. */
async function logIn(visit: Visit, start: string): Promise<string> {
  let url = start;
  let body: URLSearchParams | undefined;
  for (let i = 0; i < 20; i++) {
    const response = await visit(url, body === undefined ? {} : { method: "POST", body });
    body = undefined;
    const text = await response.text();
    const location = response.headers.get("location");
    const [, action] = /<form[^>]* action="([^"]*\/interaction\/[^"]*)"/.exec(text) ?? [];
    const [, link] = /href="([^"]*\/-\/login[^"]*)"/.exec(text) ?? [];
    if (location !== null) url = new URL(location, url).href;
    else if (action !== undefined) {
      url = new URL(action, url).href;
      const [, prompt = ""] = /name="prompt" value="(\w+)"/.exec(text) ?? [];
      body = new URLSearchParams({ prompt, ...prompt === "login" && { login: "alice", password: "any" } });
    } else if (link !== undefined) url = new URL(link.replaceAll("&amp;", "&"), url).href;
    else return url;
  }
  throw new Error(`The login does not end: ${url}`);
}
