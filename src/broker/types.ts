import { show } from "../errors.ts";
import type { Permission } from "../options/broker_options.ts";
import type { Credentials } from "../types/config.ts";

/** Keys to get from STS or R2: what identifies them in the cache. */
export interface KeyRequest {
  /** The tenant's name. */
  readonly tenant: string;
  /** Bucket name. */
  readonly bucket: string;
  /** Ends in `/`; empty for the whole bucket. */
  readonly prefix: string;
  /** In the order of `Permission`. */
  readonly allow: readonly Permission[];
  /** The lifetime to ask for; absent: 3,600, or less where the role allows no more. */
  readonly durationSeconds?: number | undefined;
  readonly roleArn?: string | undefined;
  readonly externalId?: string | undefined;
  readonly sessionTags?: Readonly<Record<string, string>> | undefined;
  readonly kmsKeyArns?: readonly string[] | undefined;
}

/** Keys that STS or R2 has issued. */
export interface SessionKeys extends Omit<Credentials, "expiration"> {
  readonly sessionToken: string;
  /** When they expire, in epoch milliseconds. */
  readonly expiration: number;
  /** The lifetime that was asked for; absent: that of the request. */
  readonly durationSeconds?: number | undefined;
  /** STS's id of the request; absent if there was none. */
  readonly requestId?: string | undefined;
}

/** Gets keys, without a cache. */
export type IssueKeys = (request: KeyRequest) => Promise<SessionKeys>;

/** A JWT that has been verified: signature, issuer, audience and times are right. */
export interface VerifiedToken {
  /** The issuer's name in the configuration. */
  readonly issuer: string;
  /** The claim `sub`; absent if the token has none. */
  readonly subject?: string | undefined;
  /** The claim `aud`. */
  readonly audiences: readonly string[];
  /** All claims. */
  readonly claims: Readonly<Record<string, unknown>>;
}

/** Verifies JWTs of the configured issuers. */
export interface TokenVerifier {
  /**
   * @throws {TokenRefusal} If the token is no good.
   * @throws {IssuerUnavailable} If that cannot be found out.
   */
  verify(token: string): Promise<VerifiedToken>;
}

/** Why a token is refused: its message completes the sentence "the token is refused: …". */
export class TokenRefusal extends Error {}

/** The keys of an issuer are needed and cannot be fetched: its message says why, for the log. */
export class IssuerUnavailable extends Error {
  /** The issuer's name in the configuration. */
  readonly issuer: string;

  /** @param reason Completes the sentence "Cannot get the keys of the issuer …: …". */
  constructor(issuer: string, reason: string) {
    super(`Cannot get the keys of the issuer ${show(issuer)}: ${reason}`);
    this.issuer = issuer;
  }
}

/** Hears, for metrics and the log, what the parts of a broker do. */
export interface BrokerObserver {
  /** STS, or R2's API, has answered or failed to. */
  onStsRequest(request: { readonly seconds: number; readonly result: "ok" | "failed" }): void;
  /** An issuer's keys were fetched. */
  onJwksFetch(fetch: { readonly issuer: string; readonly result: "ok" | "failed" }): void;
  /** There is something that the operator should know, in a sentence. */
  onWarning(reason: string): void;
}

/** How a caller may ask for keys. */
export type ProtocolName = "form" | "container" | "web_identity";
