import { ServiceError } from "../../errors.ts";
import { createEndpoint } from "../../s3/endpoint.ts";
import { partitionOf } from "../../s3/partitions.ts";
import { openExchange } from "../../s3/exchange.ts";
import { readErrorDocument } from "../../s3/error_response.ts";
import { readToken } from "../../s3/token.ts";
import { safeMessage } from "../../s3/failure.ts";
import { unlessKey } from "../../s3/token.ts";
import { shortSha256Hex } from "../../hash/short_sha256.ts";
import { signHeaders } from "../../s3/sign/sign.ts";
import { childElement, childText, readXml } from "../../s3/xml/xml.ts";
import type { StsConfig } from "../../options/broker_options.ts";
import type { Credentials } from "../../types/config.ts";
import { callForKeys, LONGEST_CALL_MS, readReply, type ServiceDeps, unusable } from "./service_call.ts";
import { policyFor } from "./session_policy.ts";
import type { IssueKeys, KeyRequest, SessionKeys } from "../types.ts";

/** What {@link createStsIssuer} needs. */
export interface StsDeps extends ServiceDeps {
  /** Gets the keys that sign the request, before each call. */
  readonly getKeys: (context: { signal: AbortSignal }) => Promise<Credentials>;
}

/**
 * Makes the function that calls `AssumeRole`. A request without a lifetime asks for {@link DEFAULT_SECONDS}, and, from
 * roles that do not allow as much, for {@link LEAST_SECONDS}.
 * https://docs.aws.amazon.com/STS/latest/APIReference/API_AssumeRole.html
 *
 * @returns A function that rejects with a `ConfigError`, before any request, if there is no session policy for what is
 * asked, and with a `ServiceError` or `TimeoutError` if STS issues no keys.
 */
export function createStsIssuer(sts: StsConfig, deps: StsDeps): IssueKeys {
  const { endpointUrl, region = "us-east-1" } = sts;
  const { fetch, getKeys, now, observer } = deps;
  const url = new URL(endpointUrl === undefined ? awsUrl(region) : `${createEndpoint(endpointUrl).url(region)}/`);
  const shortRoles = new Set<string | undefined>();

  async function send(
    body: string,
    { tenant, keys, signal }: { tenant: string; keys: Credentials; signal: AbortSignal },
  ): Promise<string> {
    const payloadHash = shortSha256Hex(body);
    const headers = signHeaders(
      {
        method: "POST",
        host: url.host,
        path: url.pathname,
        query: "",
        headers: { "content-type": "application/x-www-form-urlencoded" },
        payloadHash,
      },
      { credentials: keys, region, service: "sts", nowMs: now() },
    );
    const exchange = await openExchange(url.href, { method: "POST", headers, body }, {
      fetch,
      headersMs: LONGEST_CALL_MS,
      idleMs: LONGEST_CALL_MS,
      signal,
      secrets: [keys.secretAccessKey, keys.sessionToken],
    });
    const text = await readReply(exchange);
    if (exchange.status === 200) return text;
    throw toError(exchange.status, text, { tenant, keys });
  }

  return async (request) => {
    const policy = policyFor(sts, request);
    return await callForKeys("STS", deps, async ({ signal, attempt }) => {
      const keys = await getKeys({ signal });
      const ask = (durationSeconds: number) =>
        attempt(async () => {
          const body = toForm(request, { policy, durationSeconds });
          const xml = await send(body, { tenant: request.tenant, keys, signal });
          return { ...readSessionKeys(xml, now()), durationSeconds };
        });
      const { roleArn, durationSeconds } = request;
      if (durationSeconds !== undefined) return await ask(durationSeconds);
      if (shortRoles.has(roleArn)) return await ask(LEAST_SECONDS);
      try {
        return await ask(DEFAULT_SECONDS);
      } catch (error) {
        if (!isTooLong(error)) throw error;
        const issued = await ask(LEAST_SECONDS);
        if (!shortRoles.has(roleArn)) {
          const who = roleArn === undefined ? "STS does" : `The role ${roleArn} does`;
          const remedy = `allow it, or set "duration_seconds"`;
          observer.onWarning(
            `${who} not allow keys for ${DEFAULT_SECONDS} seconds, so they live for ${LEAST_SECONDS}; ${remedy}`,
          );
        }
        shortRoles.add(roleArn);
        return issued;
      }
    });
  };
}

/** The lifetime to ask for if none is configured. */
export const DEFAULT_SECONDS = 3_600;
/** The shortest lifetime that STS accepts. */
export const LEAST_SECONDS = 900;

/**
 * AWS says "The requested DurationSeconds exceeds the MaxSessionDuration set for this role", and SeaweedFS
 * "DurationSeconds must be between 900 and 1800 seconds".
 */
function isTooLong(error: unknown): boolean {
  return error instanceof ServiceError &&
    /^(?:ValidationError|InvalidParameter|InvalidArgument)/.test(error.code) && /duration/i.test(error.message);
}

/** https://docs.aws.amazon.com/general/latest/gr/sts.html */
function awsUrl(region: string): string {
  return `https://sts.${region}.${partitionOf(region).domain}/`;
}

function toForm(
  { tenant, roleArn, externalId, sessionTags = {} }: KeyRequest,
  { policy, durationSeconds }: { policy: string; durationSeconds: number },
): string {
  const tags = Object.entries(sessionTags).flatMap(([key, value], index) => [
    [`Tags.member.${index + 1}.Key`, key],
    [`Tags.member.${index + 1}.Value`, value],
  ]);
  return new URLSearchParams({
    Action: "AssumeRole",
    Version: "2011-06-15",
    ...roleArn !== undefined && { RoleArn: roleArn },
    RoleSessionName: toSessionName(tenant),
    DurationSeconds: String(durationSeconds),
    Policy: policy,
    ...externalId !== undefined && { ExternalId: externalId },
    ...Object.fromEntries(tags),
  }).toString();
}

/** 2 to 64 characters of `[\w+=,.@-]`. */
function toSessionName(name: string): string {
  return name.replace(/[^\w+=,.@-]/g, "-").slice(0, 64).padEnd(2, "-");
}

function readSessionKeys(xml: string, nowMs: number): SessionKeys {
  const root = readXml(xml);
  const result = childElement(root, "AssumeRoleResult");
  const credentials = result && childElement(result, "Credentials");
  const read = (name: string): string => {
    const text = credentials && childText(credentials, name);
    if (!text) throw unusable(`it has no ${name}`);
    return text;
  };
  const expiration = Date.parse(read("Expiration"));
  if (Number.isNaN(expiration)) throw unusable("its Expiration is not a time");
  if (expiration <= nowMs) throw unusable("its keys have already expired; do the clocks agree?");
  const keys = {
    accessKeyId: read("AccessKeyId"),
    secretAccessKey: read("SecretAccessKey"),
    sessionToken: read("SessionToken"),
  };
  const metadata = childElement(root, "ResponseMetadata");
  const requestId = metadata && unlessKey(readToken(childText(metadata, "RequestId")), keys);
  return { ...keys, expiration, requestId };
}

function toError(
  status: number,
  xml: string,
  { tenant, keys }: { tenant: string; keys: Credentials },
): ServiceError {
  const { message = "", ...tokens } = readErrorDocument(xml);
  const code = unlessKey(tokens.code, keys) ?? "UnexpectedStatus";
  const requestId = unlessKey(tokens.requestId, keys);
  // After a wrong signature STS quotes the request as it should have been signed, with its token.
  const [sentence = ""] = message.split("The Canonical String");
  const said = safeMessage(sentence, keys);
  const answer = `it answered ${status} (${code}${said === "" ? "" : `: ${said}`})`;
  const reason = code.startsWith("PackedPolicyTooLarge")
    ? `${answer}; ${JSON.stringify(tenant)} needs a shorter prefix, or fewer KMS keys or session tags`
    : answer;
  const options = { code, status, requestId };
  return new ServiceError(`Cannot get keys from STS: ${reason}`, options);
}
