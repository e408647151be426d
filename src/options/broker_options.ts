/** What a broker grants, to whom, and where it gets keys. YAML spellings (`secret_sha256`, …) work too. */
export interface BrokerConfig {
  /** Where keys come from: a service with STS's `AssumeRole`. Required, unless `r2` is given; excludes it. */
  readonly sts?: StsConfig | undefined;
  /** Where keys come from: Cloudflare R2. Required, unless `sts` is given; excludes it. */
  readonly r2?: R2Config | undefined;
  /** The store that keys are for, where the command `broker --check` tries them. Default: that of `sts` or `r2`. */
  readonly s3?: StoreConfig | undefined;
  /** Whose JWTs are believed, by names that the operator chooses. Default: nobody's. */
  readonly issuers?: Readonly<Record<string, IssuerConfig>> | undefined;
  /** The callers, by names that the operator chooses; they appear in logs and name the role's sessions. */
  readonly tenants: Readonly<Record<string, TenantConfig>>;
  /**
   * The addresses of proxies, such as `"127.0.0.1"` or `"10.0.0.0/8"`, whose `addressHeader` is believed. Default:
   * everyone's.
   */
  readonly trustedProxies?: readonly string[] | undefined;
  /**
   * A header in which a proxy sends the caller's address, e.g. `"x-forwarded-for"`. Its last entry counts; with
   * `trustedProxies`, the last that is not one of them. Default: none.
   */
  readonly addressHeader?: string | undefined;
  /**
   * After this many wrong secrets and tokens in a minute, further ones from the same address (IPv6: /64) get 429: 1 to
   * 1,000. Default 10.
   */
  readonly maxFailuresPerMinute?: number | undefined;
  /** Who may read `GET /metrics`: addresses and ranges; others get 404. Default `["127.0.0.1", "::1"]`. */
  readonly metricsFrom?: readonly string[] | undefined;
}

/** Where keys come from: a service with STS's `AssumeRole`. */
export interface StsConfig extends TenantDefaults {
  /** Its `http:` or `https:` URL. Default: AWS, in `region`. */
  readonly endpointUrl?: string | undefined;
  /** AWS region. Default `"us-east-1"`. */
  readonly region?: string | undefined;
  /** The broker's own access key id. Default: the default AWS chain is asked each time. */
  readonly accessKeyId?: string | undefined;
  /** The secret access key that goes with it. Required with `accessKeyId`. */
  readonly secretAccessKey?: string | undefined;
  /** Let tenants who may write also list unfinished uploads; only SeaweedFS supports it. Default `false`. */
  readonly canListUploads?: boolean | undefined;
}

/** What `sts` says for all tenants, and a tenant for itself. */
export interface TenantDefaults {
  /** The ARN of the role to assume. Required on AWS. */
  readonly roleArn?: string | undefined;
  /** The external id that the role's trust policy asks for. Default: none. */
  readonly externalId?: string | undefined;
  /**
   * How long keys live, in seconds: 900 to 43,200; on R2 to 604,800. Default: 3,600, or 900 where the role allows no
   * more.
   */
  readonly durationSeconds?: number | undefined;
}

/** Where keys come from: Cloudflare R2. https://developers.cloudflare.com/r2/api/s3/tokens/ */
export interface R2Config {
  /** The Cloudflare account's id: 32 hexadecimal digits. */
  readonly accountId: string;
  /** The id of the parent key, whose permissions its temporary keys share. */
  readonly accessKeyId: string;
  /** Its secret: keys are made from it, without a request. Required, unless `apiToken` is given; excludes it. */
  readonly secretAccessKey?: string | undefined;
  /**
   * A token for Cloudflare's API, which is asked for keys. Tenants then have `allow: [read]` or all three. Default:
   * none.
   */
  readonly apiToken?: string | undefined;
  /** Where the bucket's data has to stay: `"eu"` or `"fedramp"`. Default: anywhere. */
  readonly jurisdiction?: string | undefined;
  /** How long keys live, in seconds: 900 to 604,800. Default 3,600. */
  readonly durationSeconds?: number | undefined;
}

/** The store that keys are for. */
export interface StoreConfig {
  /** Its URL. Default: that of `sts`, or AWS. */
  readonly endpointUrl?: string | undefined;
  /** Its region. Default: that of `sts`. */
  readonly region?: string | undefined;
}

/** An issuer of JWTs, such as a Kubernetes cluster, GitHub Actions or any OpenID provider. */
export interface IssuerConfig {
  /** Its `https:` URL, or `http:` on the loopback interface; equals the claim `iss` to the character. */
  readonly url: string;
  /** One of these has to be in the claim `aud`. */
  readonly audiences: readonly string[];
  /** Where its keys are. Default: found by OpenID discovery. */
  readonly jwksUrl?: string | undefined;
  /** Sends the requests for its keys, e.g. with a token or its own certificate authority. Default: the broker's. */
  readonly fetch?: typeof fetch | undefined;
}

/** A caller, and what it gets. It needs `secretSha256`, `secrets` or `identities`. */
export interface TenantConfig extends TenantDefaults {
  /** SHA-256, in hex, of the secret that the caller sends. Default: none. */
  readonly secretSha256?: string | undefined;
  /** Several secrets, by names that appear in logs, so that one can replace another without a gap. Default: none. */
  readonly secrets?: Readonly<Record<string, SecretConfig>> | undefined;
  /** JWTs that make someone this tenant, by names that appear in logs; one that fits is enough. Default: none. */
  readonly identities?: Readonly<Record<string, IdentityConfig>> | undefined;
  /** Bucket name. */
  readonly bucket: string;
  /** The folder within the bucket, with or without a trailing slash. Required, unless `wholeBucket` is `true`. */
  readonly prefix?: string | undefined;
  /** Grant the whole bucket, which a forgotten or empty `prefix` does not. Default `false`. */
  readonly wholeBucket?: boolean | undefined;
  /** What the keys permit, at least one. */
  readonly allow: readonly Permission[];
  /** Session tags of the role's session. Default: none. */
  readonly sessionTags?: Readonly<Record<string, string>> | undefined;
  /**
   * The ARNs of KMS keys that encrypt the bucket's files: the keys then permit what SSE-KMS needs. AWS only. Default:
   * none.
   */
  readonly kmsKeyArn?: string | readonly string[] | undefined;
}

/** One of several secrets. */
export interface SecretConfig {
  /** Its SHA-256, in hex. */
  readonly sha256: string;
  /** From when on it is refused; a date is 00:00 UTC of it. Default: never. */
  readonly expiresAt?: Date | string | undefined;
}

/** Which JWTs are meant: everything that is given has to fit exactly, and of a list one. */
export interface IdentityConfig {
  /** The issuer's name in `issuers`. */
  readonly issuer: string;
  /** The claim `sub`. Required without `claims`. Default: any. */
  readonly subject?: string | readonly string[] | undefined;
  /** One of the issuer's audiences. Default: any of them. */
  readonly audience?: string | undefined;
  /** Other claims, by name or by JSON pointer such as `"/kubernetes.io/namespace"`; compared as text. Default: none. */
  readonly claims?: Readonly<Record<string, string | readonly string[]>> | undefined;
}

/** Something that keys permit. */
export type Permission = "read" | "write" | "delete";
