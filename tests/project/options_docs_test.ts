import { assert, assertEquals, assertNotEquals } from "@std/assert";
import { createS3Source } from "../../mod.ts";
import { FILES_APP_OPTIONS } from "../../src/app/options.ts";
import { UPPY_SIGNER_OPTIONS } from "../../src/adapters/uppy/options.ts";
import { BROKER_OPTIONS } from "../../src/broker/options.ts";
import {
  CLAIM_OPTIONS,
  FILES_FILE,
  HEADER_OPTIONS,
  LIMIT_OPTIONS,
  LOGIN_OPTIONS,
  OIDC_OPTIONS,
  SOURCE_FILE,
  TOKEN_OPTIONS,
} from "../../src/config/app_file.ts";
import { BROKER_FILE, ISSUER_FILE } from "../../src/config/broker_file.ts";
import {
  BROKER_CONFIG,
  IDENTITY_OPTIONS,
  ISSUER_OPTIONS,
  R2_OPTIONS,
  SECRET_OPTIONS,
  STORE_OPTIONS,
  STS_OPTIONS,
  TENANT_OPTIONS,
} from "../../src/options/broker_tables.ts";
import { OPERATION_OPTIONS } from "../../src/options/operation_options.ts";
import { type Option, toSnakeCase } from "../../src/options/option_table.ts";
import { SOURCE_CONFIG, STORE_TRAITS } from "../../src/options/source_config.ts";
import {
  DOWNLOAD_DEFAULTS,
  RETRY_OPTIONS,
  SOURCE_OPTIONS,
  TIMEOUT_OPTIONS,
  UPLOAD_DEFAULTS,
} from "../../src/options/source_options.ts";

type Table = Readonly<Record<string, Option>>;

const GROUPS: Readonly<Record<string, Table>> = {
  retry: RETRY_OPTIONS,
  timeouts: TIMEOUT_OPTIONS,
  upload: UPLOAD_DEFAULTS,
  download: DOWNLOAD_DEFAULTS,
};

const readText = (path: string) => Deno.readTextFile(new URL(`../../${path}`, import.meta.url));

const camelCase = (name: string) => [name];
const snakeCase = (name: string) => [toSnakeCase(name)];
const bothSpellings = (name: string) => [...new Set([name, toSnakeCase(name)])];

for (
  const [file, heading, table, spell] of [
    ["README.md", "option", SOURCE_CONFIG, bothSpellings],
    ["docs/stores.md", "option below `store`", STORE_TRAITS, bothSpellings],
    ["docs/errors.md", "option", TIMEOUT_OPTIONS, camelCase],
    ["docs/brokers.md", "option below `broker`", BROKER_FILE, snakeCase],
    ["docs/brokers.md", "option below `broker.sts`", STS_OPTIONS, snakeCase],
    ["docs/brokers.md", "option below `broker.r2`", R2_OPTIONS, snakeCase],
    ["docs/brokers.md", "option below `broker.s3`", STORE_OPTIONS, snakeCase],
    ["docs/brokers.md", "option below `broker.issuers.NAME`", ISSUER_FILE, snakeCase],
    ["docs/brokers.md", "option below `broker.tenants.NAME`", TENANT_OPTIONS, snakeCase],
    ["docs/brokers.md", "option below `broker.tenants.NAME.secrets.NAME`", SECRET_OPTIONS, snakeCase],
    ["docs/brokers.md", "option below `broker.tenants.NAME.identities.NAME`", IDENTITY_OPTIONS, snakeCase],
    ["docs/brokers.md", "option of `createBroker`", BROKER_OPTIONS, camelCase],
    ["docs/files_app.md", "option below `plugins.datasette-files`", FILES_FILE, snakeCase],
    ["docs/files_app.md", "option below `plugins.datasette-files.sources.NAME`", SOURCE_FILE, snakeCase],
    ["docs/files_app.md", "option below `plugins.datasette-files.login`", LOGIN_OPTIONS, snakeCase],
    ["docs/files_app.md", "option below `plugins.datasette-files.login.oidc`", OIDC_OPTIONS, snakeCase],
    ["docs/files_app.md", "option below `plugins.datasette-files.login.oidc.claims`", CLAIM_OPTIONS, snakeCase],
    ["docs/files_app.md", "option below `plugins.datasette-files.login.header`", HEADER_OPTIONS, snakeCase],
    ["docs/files_app.md", "option below `plugins.datasette-files.login.tokens`", TOKEN_OPTIONS, snakeCase],
    ["docs/files_app.md", "option below `plugins.datasette-files.limits`", LIMIT_OPTIONS, snakeCase],
    ["docs/files_app.md", "option of `createFilesApp`", FILES_APP_OPTIONS, camelCase],
    ["docs/adapters.md", "option of `createUppySigner`", UPPY_SIGNER_OPTIONS, camelCase],
  ] as const
) {
  Deno.test(`the table "${heading}" of ${file} has the options, and their defaults`, async () => {
    const options = new Map(Object.entries<Option>(table));
    const [rows = []] = tablesOf(await readText(file), heading);
    const documented = rows.flatMap(([names = ""]) => codeOf(names));
    assertEquals(documented.toSorted(), [...options.keys()].flatMap(spell).toSorted());
    for (const [names = "", shown = ""] of rows) {
      for (const [name, option] of options) {
        if (codeOf(names).includes(spell(name)[0] ?? "")) assertDefault(name, option, shown);
      }
    }
  });
}

Deno.test("README's second table of options has those of a source's behaviour and of their groups, and the defaults", async () => {
  const [, rows = []] = tablesOf(await readText("README.md"), "option");
  const documented = rows.map(([cell = ""]) => codeOf(cell)[0] ?? "");
  assertEquals(documented.map((text) => text.split(":")[0] ?? "").toSorted(), Object.keys(SOURCE_OPTIONS).toSorted());
  for (const [index, text] of documented.entries()) {
    const [, group = "", names] = /^(\w+): \{(.*)\}$/.exec(text) ?? [];
    assertEquals(names?.split(", "), group in GROUPS ? Object.keys(GROUPS[group] ?? {}) : undefined);
    const shown = rows[index]?.[1]?.split(", ") ?? [];
    for (const [position, [name, option]] of Object.entries(GROUPS[group] ?? {}).entries()) {
      assertDefault(`${group}.${name}`, option, shown[position] ?? "");
    }
  }
});

Deno.test("README has the options of each operation, or says with … that there are more", async () => {
  const [rows = []] = tablesOf(await readText("README.md"), "method");
  const calls = rows.flatMap(([cell = ""]) => codeOf(cell)).map((text) => /^(\w+)\((.*)\)$/.exec(text) ?? []);
  const checked = calls.flatMap(([, operation = "", args = ""]) => {
    if (!(operation in OPERATION_OPTIONS)) return [];
    const shown = /\{(.*)\}/.exec(args)?.[1]?.split(", ") ?? [];
    const options = Object.keys(Reflect.get(OPERATION_OPTIONS, operation)).filter((name) => name !== "signal");
    const unknown = shown.filter((name) => name !== "…" && !options.includes(name));
    const missing = shown.includes("…") ? [] : options.filter((name) => !shown.includes(name));
    assertEquals({ operation, unknown, missing }, { operation, unknown: [], missing: [] });
    return [operation];
  });
  const operations = Object.keys(createS3Source({ bucket: "media" })).filter((name) => name in OPERATION_OPTIONS);
  assertEquals(checked.toSorted(), operations.toSorted());
});

for (
  const [file, name, table] of [
    ["src/types/config.ts", "S3SourceConfig", SOURCE_CONFIG],
    ["src/types/config.ts", "RetryOptions", RETRY_OPTIONS],
    ["src/types/config.ts", "TimeoutOptions", TIMEOUT_OPTIONS],
    ["src/types/config.ts", "UploadDefaults", UPLOAD_DEFAULTS],
    ["src/types/config.ts", "DownloadDefaults", DOWNLOAD_DEFAULTS],
    ["src/types/store_traits.ts", "StoreTraits", STORE_TRAITS],
    ["src/options/broker_options.ts", "BrokerConfig", BROKER_CONFIG],
    ["src/options/broker_options.ts", "StsConfig", STS_OPTIONS],
    ["src/options/broker_options.ts", "R2Config", R2_OPTIONS],
    ["src/options/broker_options.ts", "StoreConfig", STORE_OPTIONS],
    ["src/options/broker_options.ts", "IssuerConfig", ISSUER_OPTIONS],
    ["src/options/broker_options.ts", "TenantConfig", TENANT_OPTIONS],
    ["src/options/broker_options.ts", "SecretConfig", SECRET_OPTIONS],
    ["src/options/broker_options.ts", "IdentityConfig", IDENTITY_OPTIONS],
    ["src/config/broker_file.ts", "IssuerInFile", ISSUER_FILE],
    ["src/config/broker_file.ts", "BrokerInFile", BROKER_FILE],
    ["src/broker/options.ts", "BrokerOptions", BROKER_OPTIONS],
    ["src/app/options.ts", "FilesAppOptions", FILES_APP_OPTIONS],
  ] as const
) {
  Deno.test(`the documentation of ${name} has the defaults`, async () => {
    const [, body = ""] =
      new RegExp(`^export interface ${name} [^]*?\\{\\n([^]*?)^\\}`, "m").exec(await readText(file)) ??
        [];
    const members = new Map(
      [...body.matchAll(/\/\*\*((?:(?!\*\/)[^])*)\*\/\s+(?:readonly )?(\w+)\??:/g)].map((
        [, text, member],
      ) => [member, text?.replace(/\n\s*\*/g, "")]),
    );
    assertNotEquals(members.size, 0);
    for (const [option, row] of Object.entries<Option>(table)) {
      const text = members.get(option);
      if (text !== undefined) assertDefault(option, row, /Default:? (`[^`]*`|[^.;]*)/.exec(text)?.[1] ?? "");
    }
  });
}

/** The rows of the tables whose first column has this heading; each row as its cells. */
function tablesOf(markdown: string, heading: string): string[][][] {
  const tables = markdown.split("\n\n").filter((block) => cellsOf(block)[0] === heading);
  return tables.map((table) => table.split("\n").slice(2).map(cellsOf));
}

function cellsOf(line: string): string[] {
  return line.startsWith("|") ? line.split("|").slice(1, -1).map((cell) => cell.trim()) : [];
}

function codeOf(cell: string): string[] {
  return [...cell.matchAll(/`([^`]*)`/g)].map(([, code = ""]) => code);
}

/** A default that is a value must be shown; where there is none, or a function, words may say what happens. */
function assertDefault(name: string, { default: value }: Option, shown: string): void {
  const forms = formsOf(value);
  const isValue = /^(?:[\d,]+(?: MiB)?|`(?:true|false|".*"|\d+)`)$/.test(shown);
  assert(forms.length === 0 ? !isValue : forms.includes(shown), `${name}: the default is ${value}, not ${shown}`);
}

function formsOf(value: unknown): string[] {
  if (typeof value === "number" && Number.isFinite(value)) {
    return [value.toLocaleString("en"), `${value / 1024 ** 2} MiB`, `${value / 3_600_000} hours`];
  }
  if (typeof value === "boolean") return [`\`${value}\``];
  return typeof value === "string" && value !== "" ? [`\`"${value}"\``, `\`${value}\``] : [];
}
