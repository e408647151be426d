/** How files get to browsers, or from them: by the store's own URLs, through the app, or by what works. */
export type Transfer = "direct" | "proxied" | "auto";

/** Every {@link Transfer}. */
export const TRANSFERS: readonly Transfer[] = ["direct", "proxied", "auto"];

/** What a datasette.yaml says about the files app, besides its sources, with defaults. */
export interface AppSettings {
  /** Shown in the top bar of every page. */
  readonly title: string;
  /** Where people reach the app; ends in `/`. Default: where a request says. */
  readonly publicUrl?: string | undefined;
  /** What precedes the app's own paths, such as `/files`; empty if nothing does. */
  readonly basePath: string;
  /** Addresses of the proxies whose `X-Forwarded-For`, `-Host` and `-Proto` count. */
  readonly trustedProxies: readonly string[];
  /** Host names at which the app may be reached, besides those of `publicUrl` and the loopback interface. */
  readonly allowedHosts: readonly string[];
  /** How files get to browsers, by source. Without a prototype. */
  readonly downloads: Readonly<Record<string, Transfer>>;
  /** How files get from browsers to the store, by source. Without a prototype. */
  readonly uploads: Readonly<Record<string, Transfer>>;
  /** How people log in; absent: only the operator can. */
  readonly login?: LoginSettings | undefined;
  /** Limits on requests and on persons. */
  readonly limits: LimitSettings;
  /** Where state is that processes share: `"memory:"`, or the URL of a Redis. */
  readonly state: string;
  /** Where the audit goes: `"stdout"`, `"none"` or the path of a file. */
  readonly audit: string;
  /** How log lines are written. */
  readonly logFormat: "text" | "json";
  /** Addresses that may read `/-/metrics`. */
  readonly metricsFrom: readonly string[];
  /** Who may do what, as `createFilesApp` takes it; without references. */
  readonly permissions: Readonly<Record<string, unknown>>;
}

/** How people log in: by `oidc`, by `header`, or not at all. */
export interface LoginSettings {
  /** How long a login lasts at most, in seconds. */
  readonly sessionSeconds: number;
  /** OpenID providers by name; a single one without a name is `"oidc"`. Default: none. Without a prototype. */
  readonly oidc?: Readonly<Record<string, OidcSettings>> | undefined;
  /** What a proxy says about people that it has logged in. Default: nothing. */
  readonly header?: HeaderSettings | undefined;
  /** Access tokens for scripts. Default: there are none. */
  readonly tokens?: TokenSettings | undefined;
}

/** An OpenID provider. https://openid.net/specs/openid-connect-core-1_0.html */
export interface OidcSettings {
  /** Its `https:` URL, or `http:` on the loopback interface; equals the claim `iss` to the character. */
  readonly issuer: string;
  /** The id that it has given the app. */
  readonly clientId: string;
  /** The secret that goes with it. Default: PKCE alone. */
  readonly clientSecret?: string | undefined;
  /** What to ask for. */
  readonly scopes: readonly string[];
  /** Which claims become which of an actor. */
  readonly claims: ClaimNames;
  /** Precedes an actor's id and groups; empty if nothing does. */
  readonly actorPrefix: string;
  /** What the button says. Default: the host of the issuer. */
  readonly label?: string | undefined;
  /** A file with PEM certificates of further authorities that it is trusted by. Default: only the system's. */
  readonly caFile?: string | undefined;
}

/** The names of a provider's claims. */
export interface ClaimNames {
  /** Identifies a person for good. */
  readonly id: string;
  /** A person's name. */
  readonly name: string;
  /** A person's address. */
  readonly email: string;
  /** The groups that a person is in. */
  readonly groups: string;
}

/** The names of a proxy's headers. */
export interface HeaderSettings {
  /** Identifies a person. */
  readonly id: string;
  /** A person's name. Default: none. */
  readonly name?: string | undefined;
  /** A person's address. Default: none. */
  readonly email?: string | undefined;
  /** The groups that a person is in. Default: none. */
  readonly groups?: string | undefined;
  /** What separates groups. */
  readonly groupsSeparator: string;
  /** Addresses of connections whose headers count. */
  readonly from: readonly string[];
  /** Where the proxy logs people out. Default: nowhere. */
  readonly logoutUrl?: string | undefined;
}

/** Access tokens for scripts. */
export interface TokenSettings {
  /** Who may make them, as in `permissions`. */
  readonly allow: boolean | Readonly<Record<string, unknown>>;
  /** How long they count at most, in days. */
  readonly maxDays: number;
}

/** Limits on requests and on persons. */
export interface LimitSettings {
  /** The largest request body, in bytes. Default: no limit but the store's. */
  readonly maxUploadBytes?: number | undefined;
  /** The most files in one form. */
  readonly maxFilesPerUpload: number;
  /** How long a body may pause while it is being sent, in milliseconds. */
  readonly uploadIdleMs: number;
  /** How long a body may take in total, in milliseconds. */
  readonly uploadTotalMs: number;
  /** The most uploads of one person at a time. */
  readonly maxUploadsPerPerson: number;
  /** The most searches of one person at a time. */
  readonly maxSearchesPerPerson: number;
}
