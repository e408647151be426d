import { assertEquals, assertFalse, assertThrows } from "@std/assert";
import { readDatasetteConfig } from "../../src/config/datasette_yaml.ts";
import { ConfigError } from "../../src/errors.ts";

const SECRET = "kD3vQ8xN1mZs7RbT0cYw4HfJ6gLpA2eU";
const SOURCES = { media: { storage: "s3", config: { bucket: "media" } } };
const PLACE = "plugins.datasette-files";

/** Reads a datasette.yaml; YAML has JSON in it. */
function read(files: object, { permissions = {}, settings = [], env = () => SECRET }: {
  readonly permissions?: unknown;
  readonly settings?: readonly (readonly [string, string])[];
  readonly env?: (name: string) => string | undefined;
} = {}) {
  const yaml = JSON.stringify({ plugins: { "datasette-files": { sources: SOURCES, ...files } }, permissions });
  return readDatasetteConfig({ yaml, settings, env, readTextFile: (path) => `text of ${path}\n` });
}

/** What is wrong, without the place that all lines begin with. */
function mistakesOf(files: object, options: Parameters<typeof read>[1] = {}): string[] {
  const { message } = assertThrows(() => read(files, options), ConfigError);
  assertFalse(message.includes(SECRET));
  return message.split("\n").map((line) => line.replace(`Cannot use "${PLACE}.`, "").replace('": ', ": "));
}

Deno.test("readDatasetteConfig() fills in the defaults of the files app", () => {
  assertEquals({ ...read({}).app, downloads: {}, uploads: {} }, {
    title: "Files",
    basePath: "",
    trustedProxies: [],
    allowedHosts: [],
    downloads: {},
    uploads: {},
    limits: {
      maxFilesPerUpload: 1_000,
      uploadIdleMs: 30_000,
      uploadTotalMs: 14_400_000,
      maxUploadsPerPerson: 100,
      maxSearchesPerPerson: 4,
    },
    state: "memory:",
    audit: "stdout",
    logFormat: "text",
    metricsFrom: ["127.0.0.1", "::1"],
    permissions: {},
  });
});

Deno.test("readDatasetteConfig() reads what the file says about the files app", () => {
  const { app } = read({
    title: "Team",
    public_url: "https://x.org/files",
    trusted_proxies: ["10.0.0.0/8", { $env: "PROXY" }],
    allowed_hosts: ["a.example.com"],
    limits: { max_upload_bytes: { $env: "BYTES" } },
    state: "rediss://user:password@redis.example.com/0",
    secret: { $env: "SECRET" },
    audit: { $file: "audit" },
    log_format: "json",
    metrics_from: ["10.0.0.7"],
  }, {
    permissions: { "files-browse": { team: [{ $env: "TEAM" }] } },
    env: (name) => ({ PROXY: "::1", BYTES: "1048576", SECRET, TEAM: "staff" })[name],
  });
  const { limits, ...others } = app;
  assertEquals(limits.maxUploadBytes, 1_048_576);
  assertEquals({ ...others, downloads: {}, uploads: {} }, {
    title: "Team",
    publicUrl: "https://x.org/files/",
    basePath: "/files",
    trustedProxies: ["10.0.0.0/8", "::1"],
    allowedHosts: ["a.example.com"],
    downloads: {},
    uploads: {},
    state: "rediss://user:password@redis.example.com/0",
    audit: "text of audit",
    logFormat: "json",
    metricsFrom: ["10.0.0.7"],
    permissions: { "files-browse": { team: ["staff"] } },
  });
});

Deno.test("readDatasetteConfig() takes how files travel from each source, and for uploads from its downloads", () => {
  const source = (more: object) => ({ ...SOURCES.media, ...more });
  const { downloads, uploads } = read({
    sources: { a: source({}), b: source({ downloads: "proxied" }), c: source({ uploads: "direct" }) },
  }).app;
  assertEquals([{ ...downloads }, { ...uploads }], [
    { a: "auto", b: "proxied", c: "auto" },
    { a: "auto", b: "proxied", c: "direct" },
  ]);
});

const PROVIDER = { issuer: "https://id.example.com", client_id: "files" };
const READ_PROVIDER = {
  issuer: "https://id.example.com",
  clientId: "files",
  scopes: ["openid", "profile", "email"],
  claims: { id: "sub", name: "name", email: "email", groups: "groups" },
  actorPrefix: "",
};

Deno.test("readDatasetteConfig() reads one OpenID provider, or several by name", () => {
  const one = read({ login: { oidc: { ...PROVIDER, client_secret: { $env: "S" }, claims: { id: "oid" } } } }).app.login;
  assertEquals([one?.sessionSeconds, { ...one?.oidc }], [43_200, {
    oidc: { ...READ_PROVIDER, clientSecret: SECRET, claims: { ...READ_PROVIDER.claims, id: "oid" } },
  }]);
  const several = read({ login: { oidc: { a: PROVIDER, b: { ...PROVIDER, actor_prefix: "b:" } } } }).app.login;
  assertEquals({ ...several?.oidc }, { a: READ_PROVIDER, b: { ...READ_PROVIDER, actorPrefix: "b:" } });
  const settings = Object.entries(PROVIDER).flatMap(([name, value]) =>
    ["", "a."].map((place) => [`${PLACE}.login.oidc.${place}${name}`, value] as const)
  );
  const ofSettings = (place: string) => read({}, { settings: settings.filter(([key]) => key.includes(place)) });
  assertEquals({ ...ofSettings("oidc.a.").app.login?.oidc }, { a: READ_PROVIDER });
  assertEquals({ ...read({}, { settings: settings.filter(([key]) => !key.includes("oidc.a.")) }).app.login?.oidc }, {
    oidc: READ_PROVIDER,
  });
});

Deno.test("readDatasetteConfig() reads what a proxy says about people, and tokens for scripts", () => {
  const { login } = read({
    trusted_proxies: ["10.0.0.7"],
    login: { header: { id: "x-forwarded-user", logout_url: "/oauth2/sign_out" }, tokens: { allow: { id: "alice" } } },
  }).app;
  assertEquals(login, {
    sessionSeconds: 43_200,
    header: { id: "x-forwarded-user", groupsSeparator: ",", logoutUrl: "/oauth2/sign_out", from: ["10.0.0.7"] },
    tokens: { allow: { id: "alice" }, maxDays: 90 },
  });
});

Deno.test("readDatasetteConfig() shows all mistakes of a file at once, in its sources as well", () => {
  assertEquals(
    mistakesOf({
      sources: {
        a: { storage: "s3", config: { region: 5, store: { equal_part: true } } },
        b: { storage: "s3", download: "direct", config: { bucket: "media", credentials_url: "https://b.test" } },
      },
      titel: "x",
      log_format: "xml",
      trusted_proxies: "10.0.0.7",
    }),
    [
      "sources.a.config.region: it must be a text, but is a number; put it in quotes",
      'sources.a.config.store.equal_part: there is no such key; did you mean "equal_parts"?',
      'sources.b.download: there is no such key; did you mean "downloads"?',
      'sources.b.config.credentials_url: it needs "credentials_url_secret" too',
      'titel: there is no such key; did you mean "title"?',
      'log_format: it must be "text" or "json"',
      'trusted_proxies: it must be a list of texts, but is a text; write ["10.0.0.7"]',
    ],
  );
});

for (
  const [files, ...mistakes] of [
    [{ secret: "short" }, 'secret: it has 5 characters and needs 32 or more; the command "secret" makes one'],
    [
      { trusted_proxies: ["10.0.0.0/33"] },
      'trusted_proxies: "10.0.0.0/33" is neither an address nor a range such as 10.0.0.0/8',
    ],
    [{ trusted_proxies: ["*"] }, "trusted_proxies: it would believe everyone; name the proxy's own address"],
    [
      { allowed_hosts: ["https://a"] },
      'allowed_hosts: it must be a list of host names such as "files.example.com", without scheme or port',
    ],
    [{ public_url: "x.org" }, "public_url: it is not an http: or https: URL"],
    [{ public_url: "https://a:b@x.org" }, "public_url: it has a user name or a password"],
    [{ public_url: "https://x.org/?a" }, "public_url: it has a query or a fragment"],
    [
      { public_url: "https://x.org/a b/" },
      'public_url: "/a%20b" is not a path such as /files, of letters, digits and ._~- only',
    ],
    ...["files", "/", "/files/", "/a//b", "/a/../b", "/ä", "/a;b"].map((base_path) =>
      [
        { base_path },
        `base_path: ${JSON.stringify(base_path)} is not a path such as /files, of letters, digits and ._~- only`,
      ] as const
    ),
    [
      { public_url: "https://x.org/a/", base_path: "/b" },
      'base_path: it differs from the path of the public URL, "/a"',
    ],
    [{ state: "redis://127.0.0.1" }, 'state: it needs "secret", the same in every process'],
    [{ state: "https://a" }, 'state: it must be "memory:", or a URL such as redis://127.0.0.1:6379 or rediss://…'],
    [
      { login: { oidc: PROVIDER, header: { id: "x-user", from: ["::1"] } } },
      'login: it has both "oidc" and "header", and people log in by one',
    ],
    [
      { login: { header: { id: "x-user" } } },
      'login.header: it needs "from" or "trusted_proxies": the addresses that may say who someone is',
    ],
    [
      { login: { header: { id: "x user", logout_url: "sign_out", from: ["::1"] } } },
      "login.header.id: it is not the name of a header",
      "login.header.logout_url: it is neither a path such as /oauth2/sign_out nor an https: URL",
    ],
    [{ login: { oidc: {} } }, "login.oidc: it has no provider"],
    [
      { login: { oidc: { "a b": PROVIDER } } },
      "login.oidc.a b: its name is part of a URL: use letters, digits and ._-",
    ],
    [
      { login: { oidc: { a: PROVIDER, b: PROVIDER } } },
      'login.oidc.b.actor_prefix: "a" has the same, and people of one could be those of the other',
    ],
    [
      { login: { oidc: { issuer: "http://id.example.com" } } },
      'login.oidc.issuer: "id.example.com" would be asked without encryption; only this machine\'s own addresses may have http:',
      "login.oidc.client_id: it is missing",
    ],
    [{ login: { oidc: { a: { ...PROVIDER, scopes: ["a b"] } } } }, 'login.oidc.a.scopes: "a b" is not a scope'],
    [{ login: { tokens: { allow: 5 } } }, "login.tokens.allow: it must be true, false, or a mapping of claims, not 5"],
    [{ limits: { upload_idle_ms: 0 } }, "limits.upload_idle_ms: it must be a whole number from 1 to 2147483647, not 0"],
  ] as const
) {
  Deno.test(`readDatasetteConfig() refuses ${JSON.stringify(files).slice(1, -1)}`, () => {
    assertEquals(mistakesOf(files), mistakes);
  });
}

Deno.test("readDatasetteConfig() names the rule whose reference leads nowhere", () => {
  const permissions = { "files-browse": { media: { allow: { id: { $env: "NOBODY" } } } } };
  assertEquals(
    assertThrows(() => read({}, { permissions, env: () => undefined }), ConfigError).message,
    'Cannot use "permissions.files-browse.media.allow.id": the environment variable "NOBODY" is not set',
  );
  assertEquals(
    assertThrows(() => read({}, { permissions: [] }), ConfigError).message,
    'Cannot use "permissions": it must be a mapping of actions to rules, but is a list',
  );
});
