import type { BrokerConfig, IssuerConfig } from "../options/broker_options.ts";
import { BROKER_CONFIG, ISSUER_OPTIONS } from "../options/broker_tables.ts";
import { byName, filledText, groupOf, oneOf, textWith } from "../options/checks.ts";
import type { OptionTable } from "../options/option_table.ts";
import { secrets } from "./app_file.ts";
import { stateProblem } from "./app_values.ts";

/** An issuer in a broker.yaml. */
export interface IssuerInFile extends Omit<IssuerConfig, "fetch"> {
  /** A file with PEM certificates of further authorities that its server is trusted by. Default: only the system's. */
  readonly caFile?: string | undefined;
  /** A file with a bearer token that is sent with requests for its keys. Default: none. */
  readonly tokenFile?: string | undefined;
}

/** The files that an issuer's keys are fetched with. */
export type IssuerFiles = Pick<IssuerInFile, "caFile" | "tokenFile">;

/** The broker in a broker.yaml. */
export interface BrokerInFile extends Omit<BrokerConfig, "issuers"> {
  readonly issuers?: Readonly<Record<string, IssuerInFile>> | undefined;
  /** A folder whose `*.yaml` each are a mapping as below `tenants`. Default: none. */
  readonly tenantsFolder?: string | undefined;
  /** Where state is that processes share: `"memory:"`, or the URL of a Redis. Default `"memory:"`. */
  readonly state?: string | undefined;
  /** Encrypts what is kept there, the same in every process: one, or the new and the former one. Default: none. */
  readonly secret?: string | readonly string[] | undefined;
  /** Where the audit goes: `"stdout"`, `"none"` or the path of a file. Default `"stdout"`. */
  readonly audit?: string | undefined;
  /** How log lines are written: `"text"` or `"json"`. Default `"text"`. */
  readonly logFormat?: string | undefined;
}

const { fetch: _, ...ISSUER_ITSELF } = ISSUER_OPTIONS;

/** The options of {@link IssuerInFile}. */
export const ISSUER_FILE = {
  ...ISSUER_ITSELF,
  caFile: filledText,
  tokenFile: filledText,
} as const satisfies OptionTable<IssuerInFile>;

/** The options of {@link BrokerInFile}. */
export const BROKER_FILE = {
  ...BROKER_CONFIG,
  issuers: byName(groupOf(ISSUER_FILE)),
  tenantsFolder: filledText,
  state: { ...textWith(stateProblem), default: "memory:" },
  secret: { ...secrets, isSecret: true },
  audit: { ...filledText, default: "stdout" },
  logFormat: { ...oneOf("text", "json"), default: "text" },
} as const satisfies OptionTable<BrokerInFile>;
