import { assertEquals } from "@std/assert";
import { FakeTime } from "@std/testing/time";
import { warningsOfStores, warnOfDeadStores } from "../../src/command/start_warnings.ts";
import { AccessDeniedError, ServiceError } from "../../src/errors.ts";
import { failing, stubSource } from "../support/app_stub.ts";
import { readDatasetteConfig } from "../../src/config/datasette_yaml.ts";
import { warningsOfSettings } from "../../src/config/settings.ts";

const REMEDY = '; set "public_endpoint_url" to the address that browsers use, or "downloads" to "proxied"';
const HARDLY = "which browsers can hardly reach";

/** The warnings of a source whose store is at a URL. */
function warningsOf(url: string, { page, isLocal = false, config = {}, ways = {} }: {
  readonly page?: string;
  readonly isLocal?: boolean;
  readonly config?: object;
  readonly ways?: object;
} = {}): string[] {
  const media = { storage: "s3", ...ways, config: { bucket: "media", endpoint_url: url, ...config } };
  const files = { sources: { media }, ...page !== undefined && { public_url: page } };
  const yaml = JSON.stringify({ plugins: { "datasette-files": files } });
  return warningsOfStores({ config: readDatasetteConfig({ yaml }), isLocal });
}

for (
  const [url, options, reason] of [
    ["http://seaweedfs:8333", {}, `"seaweedfs:8333", ${HARDLY}`],
    ["http://seaweedfs:8333", { isLocal: true }, `"seaweedfs:8333", ${HARDLY}`],
    ["http://10.0.0.7:8333", { page: "https://x.org/" }, `"10.0.0.7:8333", ${HARDLY}`],
    ["https://[fd00::7]:8333", { page: "https://x.org/" }, `"[fd00::7]:8333", ${HARDLY}`],
    ["http://127.0.0.1:8333", { page: "https://x.org/" }, `"127.0.0.1:8333", ${HARDLY}`],
    ["http://127.0.0.1:8333", {}, `"127.0.0.1:8333", ${HARDLY}`],
    ["http://127.0.0.1:8333", { isLocal: true }, undefined],
    ["http://10.0.0.7:8333", { page: "http://10.0.0.8/" }, undefined],
    [
      "http://s3.x.org",
      { page: "https://x.org/" },
      '"s3.x.org", by http:, which browsers do not load into https: pages',
    ],
    ["http://s3.x.org", { page: "http://x.org/" }, undefined],
    ["https://s3.x.org", { page: "https://x.org/" }, undefined],
    ["http://seaweedfs:8333", { config: { public_endpoint_url: "https://s3.x.org" } }, undefined],
    ["https://s3.x.org", { config: { publicEndpointUrl: "http://s3" } }, `"s3", ${HARDLY}`],
    ["http://seaweedfs:8333", { ways: { downloads: "proxied" } }, undefined],
    ["http://seaweedfs:8333", { ways: { downloads: "proxied", uploads: "direct" } }, `"seaweedfs:8333", ${HARDLY}`],
  ] as const
) {
  Deno.test(`warningsOfStores() ${reason ? "warns" : "does not warn"} of ${url} ${JSON.stringify(options)}`, () => {
    const expected = reason === undefined ? [] : [`The store of "media" is at ${reason}${REMEDY}`];
    assertEquals(warningsOf(url, options), expected);
  });
}

Deno.test("warningsOfSettings() warns of secrets on the command line, without showing them", () => {
  const files = "plugins.datasette-files";
  const settings = [
    [`${files}.secret`, "kD3vQ8xN1mZs7RbT0cYw4HfJ6gLpA2eU"],
    [`${files}.secret.$env`, "SECRET"],
    [`${files}.state`, "redis://:a-password@10.0.3.9"],
    ["broker.state", "redis://10.0.3.9"],
    [`${files}.sources.media.config.secret_access_key`, "x"],
    [`${files}.sources.media.config.secretAccessKey`, '{"$env": "KEY"}'],
    [`${files}.sources.media.config.access_key_id`, "x"],
    [`${files}.login.oidc.client_secret`, "x"],
    ["broker.r2.api_token", "x"],
    ["broker.tenants.team.secret_sha256", "x"],
    ["title", "x"],
  ] as const;
  const warningOf = (key: string) =>
    `The setting "${key}": a secret on the command line can be read by every user of this machine; use "${key}.$env"`;
  assertEquals(
    warningsOfSettings(settings),
    [
      `${files}.secret`,
      `${files}.state`,
      `${files}.sources.media.config.secret_access_key`,
      `${files}.login.oidc.client_secret`,
      "broker.r2.api_token",
    ].map(warningOf),
  );
});

Deno.test("warnOfDeadStores() warns of stores that fail or do not answer within 5 s, but not of denied lists", async () => {
  using time = new FakeTime();
  const warnings: string[] = [];
  const sources = {
    good: stubSource(),
    denied: failing(new AccessDeniedError("Cannot list")),
    broken: failing(new ServiceError("Cannot list the source: the connection failed")),
    silent: stubSource({}, {
      list: (options) =>
        new Promise((_, reject) => options?.signal?.addEventListener("abort", () => reject(options.signal?.reason))),
    }),
  };
  const { signal } = new AbortController();
  const checked = warnOfDeadStores(sources, { signal, warn: (reason) => void warnings.push(reason) });
  await time.tickAsync(5_000);
  await checked;
  assertEquals(warnings, [
    'The store of "broken" cannot be used: ServiceError: Cannot list the source: the connection failed',
    'The store of "silent" cannot be used: TimeoutError: no answer within 5000 ms',
  ]);
});

Deno.test("warnOfDeadStores() is silent once the command stops", async () => {
  const stopping = new AbortController();
  const warnings: string[] = [];
  const checked = warnOfDeadStores({ broken: failing(new ServiceError("Cannot list")) }, {
    signal: stopping.signal,
    warn: (reason) => void warnings.push(reason),
  });
  stopping.abort();
  await checked;
  assertEquals(warnings, []);
});
