import { S3SourceError, ServiceError, TimeoutError } from "../errors.ts";
import { safeText } from "../text/safe_text.ts";
import { sleep, withTimeLimit } from "../async/abort.ts";
import { createEndpoint } from "../s3/endpoint.ts";
import { openExchange } from "../s3/exchange.ts";
import { type ErrorResponse, readErrorElement, unlessKey, withPurpose } from "../s3/failure.ts";
import { isTransient } from "../s3/retry.ts";
import { shortSha256Hex } from "../hash/short_sha256.ts";
import { signHeaders } from "../s3/sign/sign.ts";
import { childElement, childText, readXml } from "../s3/xml/xml.ts";
import type { Credentials } from "../types/config.ts";

/** How to call STS. */
export interface StsClientOptions {
  /** Absent for AWS. */
  readonly endpointUrl?: string | undefined;
  /** AWS region. */
  readonly region: string;
  /** The role to assume; not every store has roles. */
  readonly roleArn?: string | undefined;
  /** The lifetime to ask for. */
  readonly durationSeconds: number;
  /** Gets the keys that sign the request, before each one. */
  readonly getKeys: (context: { signal: AbortSignal }) => Promise<Credentials>;
  /** Sends the request. */
  readonly fetch: typeof fetch;
  /** Epoch milliseconds, for the signature. */
  readonly now: () => number;
}

/** Keys that STS has issued. */
export interface SessionKeys extends Omit<Credentials, "expiration"> {
  readonly sessionToken: string;
  /** When they expire, in epoch milliseconds. */
  readonly expiration: number;
}

/** Gets keys from STS: `name` appears in AWS's logs, `policy` limits the keys. */
export type AssumeRole = (session: { readonly name: string; readonly policy: string }) => Promise<SessionKeys>;

/**
 * Makes the function that calls `AssumeRole`. It retries once after a transient failure, unless STS throttles it.
 * https://docs.aws.amazon.com/STS/latest/APIReference/API_AssumeRole.html
 */
export function createStsClient(options: StsClientOptions): AssumeRole {
  const { endpointUrl, region, roleArn, durationSeconds, getKeys, fetch, now } = options;
  const url = new URL(endpointUrl === undefined ? awsUrl(region) : `${createEndpoint(endpointUrl).url(region)}/`);

  async function send(body: string, { keys, signal }: { keys: Credentials; signal: AbortSignal }): Promise<string> {
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
    const bytes = await exchange.bytes(MAX_REPLY_BYTES);
    if (bytes.byteLength > MAX_REPLY_BYTES) throw unusable(`it is larger than ${MAX_REPLY_BYTES / 1024} KiB`);
    const text = new TextDecoder().decode(bytes);
    if (exchange.status === 200) return text;
    throw toError(exchange.status, text, keys);
  }

  async function assumeRole(body: string, signal: AbortSignal): Promise<SessionKeys> {
    const keys = await getKeys({ signal });
    const tryOnce = async () => readSessionKeys(await send(body, { keys, signal }), now());
    try {
      return await tryOnce();
    } catch (error) {
      if (!isTransient(error) || isThrottled(error)) throw error;
      await sleep(Math.random() * MAX_PAUSE_MS, signal);
      return await tryOnce();
    }
  }

  return async ({ name, policy }) => {
    const body = new URLSearchParams({
      Action: "AssumeRole",
      Version: "2011-06-15",
      ...roleArn !== undefined && { RoleArn: roleArn },
      RoleSessionName: toSessionName(name),
      DurationSeconds: String(durationSeconds),
      Policy: policy,
    }).toString();
    const timedOut = () => new TimeoutError(`it did not answer within ${LONGEST_CALL_MS} ms`);
    try {
      return await withTimeLimit(LONGEST_CALL_MS, timedOut, (signal) => assumeRole(body, signal));
    } catch (error) {
      throw withPurpose(error, { action: "get keys from STS" });
    }
  };
}

/** Callers give up after 5 s and retry until 10 s; the second request joins the call that is still running. */
export const LONGEST_CALL_MS = 9_000;
const MAX_PAUSE_MS = 200;
const MAX_REPLY_BYTES = 64 * 1024;

/** https://docs.aws.amazon.com/general/latest/gr/sts.html */
function awsUrl(region: string): string {
  return `https://sts.${region}.amazonaws.com${region.startsWith("cn-") ? ".cn" : ""}/`;
}

/** 2 to 64 characters of `[\w+=,.@-]`. */
function toSessionName(name: string): string {
  return name.replace(/[^\w+=,.@-]/g, "-").slice(0, 64).padEnd(2, "-");
}

function readSessionKeys(xml: string, nowMs: number): SessionKeys {
  const result = childElement(readXml(xml), "AssumeRoleResult");
  const credentials = result && childElement(result, "Credentials");
  const read = (name: string): string => {
    const text = credentials && childText(credentials, name);
    if (!text) throw unusable(`it has no ${name}`);
    return text;
  };
  const expiration = Date.parse(read("Expiration"));
  if (Number.isNaN(expiration)) throw unusable("its Expiration is not a time");
  if (expiration <= nowMs) throw unusable("its keys have already expired; do the clocks agree?");
  return {
    accessKeyId: read("AccessKeyId"),
    secretAccessKey: read("SecretAccessKey"),
    sessionToken: read("SessionToken"),
    expiration,
  };
}

function toError(status: number, xml: string, keys: Credentials): ServiceError {
  // 0 is the status that browsers give to a redirect that is not followed.
  if (status === 0 || (status >= 300 && status < 400)) {
    return new ServiceError("it redirects, which is not followed", { code: "Redirect" });
  }
  const { message = "", ...tokens } = readFailure(xml);
  const code = unlessKey(tokens.code, keys) ?? "UnexpectedStatus";
  const requestId = unlessKey(tokens.requestId, keys);
  // After a wrong signature STS quotes the request as it should have been signed, with its token.
  const [sentence = ""] = message.split("The Canonical String");
  const said = safeText(sentence, [keys.secretAccessKey, keys.sessionToken]).trim();
  const reason = `it answered ${status} (${code}${said === "" ? "" : `: ${said}`})`;
  const options = { code, status, requestId };
  return new ServiceError(`Cannot get keys from STS: ${reason}`, options);
}

/**
 * AWS puts an `<Error>` and the request id into the root; SeaweedFS sometimes responds as S3 does, with `<Error>` as
 * the root.
 */
function readFailure(xml: string): Partial<ErrorResponse> {
  try {
    const root = readXml(xml);
    return { ...readErrorElement(root), ...readErrorElement(childElement(root, "Error") ?? root) };
  } catch {
    return {};
  }
}

/** Whether STS has throttled the caller. https://docs.aws.amazon.com/STS/latest/APIReference/CommonErrors.html */
export function isThrottled(error: unknown): boolean {
  return error instanceof S3SourceError &&
    (/^(?:Request)?Throttl|^TooManyRequests|^RequestLimitExceeded|^SlowDown/.test(error.code) ||
      error.status === 429 || error.status === 503);
}

function unusable(reason: string): ServiceError {
  return new ServiceError(`its response cannot be used: ${reason}`, { code: "InvalidResponse" });
}
