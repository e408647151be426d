import { show } from "../errors.ts";
import {
  type AppSettings,
  type ClaimNames,
  type HeaderSettings,
  type LimitSettings,
  type LoginSettings,
  type OidcSettings,
  type TokenSettings,
  type Transfer,
  TRANSFERS,
} from "../options/app_options.ts";
import { addresses, headerName, ISSUER_OPTIONS, proxies } from "../options/broker_tables.ts";
import { byName, filledText, groupOf, oneOf, required, text, textsWith, textWith, whole } from "../options/checks.ts";
import { basePathOption, hostNames, publicUrlOption, trustedProxiesOption } from "../options/public_places.ts";
import { isMapping } from "../options/mapping.ts";
import type { Kind, OptionTable } from "../options/option_table.ts";
import { SOURCE_CONFIG, STORE_TRAITS } from "../options/source_config.ts";
import { secretProblem } from "../tokens/signing_secret.ts";
import type { S3SourceConfig } from "../types/config.ts";
import { logoutProblem, stateProblem } from "./app_values.ts";

/** A source in a datasette.yaml. */
export interface SourceInFile {
  readonly storage: string;
  readonly description?: string | undefined;
  readonly downloads?: Transfer | undefined;
  readonly uploads?: Transfer | undefined;
  readonly config?: S3SourceConfig | undefined;
}

/** What is below `plugins.datasette-files`. */
export interface FilesInFile extends Omit<AppSettings, "downloads" | "uploads" | "permissions"> {
  readonly sources?: Readonly<Record<string, SourceInFile>> | undefined;
  readonly secret?: string | readonly string[] | undefined;
}

/** The options below `config` of a source. */
export const CONFIG_FILE = {
  ...SOURCE_CONFIG,
  store: groupOf(STORE_TRAITS),
} as const satisfies OptionTable<S3SourceConfig>;

const transfer = oneOf(...TRANSFERS);

/** The options of {@link SourceInFile}. */
export const SOURCE_FILE = {
  storage: required(
    textWith((name) => name === "s3" ? undefined : `it is ${show(name)}, and only "s3" is supported`),
  ),
  description: filledText,
  downloads: { ...transfer, default: "auto" },
  uploads: transfer,
  config: groupOf(CONFIG_FILE),
} as const satisfies OptionTable<SourceInFile>;

/** The options of {@link ClaimNames}. */
export const CLAIM_OPTIONS = {
  id: { ...filledText, default: "sub" },
  name: { ...filledText, default: "name" },
  email: { ...filledText, default: "email" },
  groups: { ...filledText, default: "groups" },
} as const satisfies OptionTable<ClaimNames>;

/** The options of {@link OidcSettings}. */
export const OIDC_OPTIONS = {
  issuer: ISSUER_OPTIONS.url,
  clientId: required(filledText),
  clientSecret: { ...filledText, isSecret: true },
  scopes: {
    // https://www.rfc-editor.org/rfc/rfc6749#section-3.3
    ...textsWith((scope) => /^[!#-[\]-~]+$/.test(scope) ? undefined : `${show(scope)} is not a scope`),
    default: ["openid", "profile", "email"],
  },
  claims: groupOf(CLAIM_OPTIONS),
  actorPrefix: { ...text, default: "" },
  label: filledText,
  caFile: filledText,
} as const satisfies OptionTable<OidcSettings>;

/** The options of {@link HeaderSettings}. */
export const HEADER_OPTIONS = {
  id: required(headerName),
  name: headerName,
  email: headerName,
  groups: headerName,
  groupsSeparator: { ...filledText, default: "," },
  from: proxies,
  logoutUrl: textWith(logoutProblem),
} as const satisfies OptionTable<HeaderSettings>;

/** As rules in `permissions`. */
const allow: Kind<"any"> = {
  type: "any",
  check: (value) =>
    typeof value === "boolean" || isMapping(value) ? undefined : "it must be true, false, or a mapping of claims",
};

/** The options of {@link TokenSettings}. */
export const TOKEN_OPTIONS = {
  allow: { ...allow, default: true },
  maxDays: { ...whole(1, 3_650), default: 90 },
} as const satisfies OptionTable<TokenSettings>;

/** The options of {@link LoginSettings}. */
export const LOGIN_OPTIONS = {
  sessionSeconds: { ...whole(60, 31_536_000), default: 43_200 },
  oidc: byName(groupOf(OIDC_OPTIONS), { single: "oidc" }),
  header: groupOf(HEADER_OPTIONS),
  tokens: groupOf(TOKEN_OPTIONS),
} as const satisfies OptionTable<LoginSettings>;

/** The options of {@link LimitSettings}. */
export const LIMIT_OPTIONS = {
  maxUploadBytes: whole(1),
  maxFilesPerUpload: { ...whole(1), default: 1_000 },
  // Timers of more than 31 bits fire at once.
  uploadIdleMs: { ...whole(1, 2 ** 31 - 1), default: 30_000 },
  uploadTotalMs: { ...whole(1), default: 4 * 3_600_000 },
  maxUploadsPerPerson: { ...whole(1), default: 100 },
  maxSearchesPerPerson: { ...whole(1), default: 4 },
} as const satisfies OptionTable<LimitSettings>;

/** One secret, or the new and the former one. */
export const secrets: Kind<"texts"> = {
  type: "texts",
  check(value) {
    const list: readonly unknown[] = Array.isArray(value) ? value : [value];
    const isSecrets = list.length >= 1 && list.length <= 2 && list.every((one) => typeof one === "string");
    if (!isSecrets) return "it must be a text, or a list of the new secret and, at most, the former one";
    return list.map((one) => secretProblem(String(one))).find((problem) => problem !== undefined);
  },
};

/** The options of {@link FilesInFile}. */
export const FILES_FILE = {
  sources: byName(groupOf(SOURCE_FILE)),
  secret: { ...secrets, isSecret: true },
  title: { ...filledText, default: "Files" },
  publicUrl: publicUrlOption,
  basePath: basePathOption,
  trustedProxies: { ...trustedProxiesOption, default: [] },
  allowedHosts: { ...hostNames, default: [] },
  login: groupOf(LOGIN_OPTIONS),
  limits: groupOf(LIMIT_OPTIONS),
  state: { ...textWith(stateProblem), default: "memory:" },
  audit: { ...filledText, default: "stdout" },
  logFormat: { ...oneOf("text", "json"), default: "text" },
  metricsFrom: { ...addresses, default: ["127.0.0.1", "::1"] },
} as const satisfies OptionTable<FilesInFile>;
