// deno-lint-ignore-file no-console -- It is a command: people read what it prints.
import { readFile } from "node:fs/promises";
import type { BrokerReply } from "../credentials/broker_reply.ts";
import { httpsProblem } from "../options/broker_values.ts";
import { isHeaderValue } from "../s3/headers.ts";
import type { CredentialsArguments } from "./arguments.ts";
import { CommandError, describe, readFailure } from "./command_error.ts";
import { askBroker } from "./credentials_request.ts";
import { type KeysToPrint, openCredentialsCache } from "./credentials_cache.ts";
import { UsageError } from "./option_parser.ts";
import { readVariable } from "./runtime.ts";

/**
 * Prints a broker's keys for `credential_process`, and nothing else.
 * https://docs.aws.amazon.com/sdkref/latest/guide/feature-process-credentials.html
 */
export async function printCredentials(args: CredentialsArguments): Promise<void> {
  const url = readUrl(args);
  const secret = await readSecret(args.secretPath);
  const ask = () => askBroker(url, secret);
  const keys = args.isCached ? await askOnce(url, secret, ask) : await ask();
  console.log(JSON.stringify({
    Version: 1,
    AccessKeyId: keys.accessKeyId,
    SecretAccessKey: keys.secretAccessKey,
    SessionToken: keys.sessionToken,
    Expiration: keys.expiration.toISOString(),
  }));
}

/** The keys in the cache, or else new ones, which are kept there. */
async function askOnce(url: URL, secret: string, ask: () => Promise<BrokerReply>): Promise<KeysToPrint> {
  const cache = await openCredentialsCache(`${url}\n${secret}`);
  const cached = await cache.read();
  if (cached !== undefined) return cached;
  const keys = await ask();
  try {
    await cache.write(keys);
  } catch (error) {
    console.error(`Warning: the keys are not cached: ${describe(error)}`);
  }
  return keys;
}

/** Only its host may be in messages: it may hold a token. */
function readUrl({ url: text, asked }: CredentialsArguments): URL {
  const problem = httpsProblem(text);
  if (problem !== undefined) throw new UsageError(`Cannot use the URL of the broker: ${problem}`);
  const url = new URL(text);
  url.hash = "";
  const { tenant, folder, allow, durationSeconds } = asked;
  for (const [name, value] of Object.entries({ tenant, prefix: folder, allow, duration_seconds: durationSeconds })) {
    if (value !== undefined) url.searchParams.set(name, String(value));
  }
  return url;
}

async function readSecret(givenPath: string | undefined): Promise<string> {
  const path = givenPath ?? readSecretVariable(`${VARIABLE}_FILE`);
  const text = path === undefined ? readSecretVariable(VARIABLE) : await readSecretFile(path);
  const secret = text?.trim();
  if (secret === undefined) {
    throw new CommandError(
      `Cannot get credentials: there is no secret; use --secret-file, ${VARIABLE}_FILE or ${VARIABLE}`,
    );
  }
  const place = path === undefined ? VARIABLE : `"${path}"`;
  if (secret === "") throw new CommandError(`Cannot get credentials: the secret in ${place} is empty`);
  if (isHeaderValue(secret)) return secret;
  throw new CommandError(`Cannot get credentials: the secret in ${place} is not one line of printable ASCII`);
}

/** https://docs.aws.amazon.com/sdkref/latest/guide/feature-container-credentials.html */
const VARIABLE = "AWS_CONTAINER_AUTHORIZATION_TOKEN";

function readSecretVariable(name: string): string | undefined {
  try {
    return readVariable(name) || undefined;
  } catch (error) {
    throw new CommandError(`Cannot get credentials: without --secret-file, ${name} is read: ${describe(error)}`);
  }
}

async function readSecretFile(path: string): Promise<string> {
  try {
    return await readFile(path, "utf8");
  } catch (error) {
    throw readFailure(`the secret in "${path}"`, error);
  }
}
