import { ConfigError } from "../errors.ts";

/** One secret, or the new and the former one, whose tokens are still accepted. */
export type SigningSecret = string | readonly [string] | readonly [string, string];

/**
 * Checks the secret for tokens.
 *
 * @returns The secret for new tokens, and the former one if there is one.
 * @throws {ConfigError} If a secret can be guessed. The message never contains it.
 */
export function readSigningSecrets(secret: unknown): readonly string[] {
  const secrets: readonly unknown[] = Array.isArray(secret) ? secret : [secret];
  if (secrets.length < 1 || secrets.length > 2) {
    throw refusal("it must be a string, or a list of the new and the former secret");
  }
  return secrets.map((one) => {
    if (typeof one !== "string") throw refusal("it must be a string, or a list of the new and the former secret");
    const problem = secretProblem(one);
    if (problem !== undefined) throw refusal(problem);
    return one;
  });
}

/** A secret, or a list of one or two, as an option. */
export function toSigningSecret(secret: string | readonly string[]): SigningSecret {
  if (typeof secret === "string") return secret;
  const [fresh = "", former] = secret;
  return former === undefined ? [fresh] : [fresh, former];
}

/** A secret of 244 random bits. */
export function randomSecret(): string {
  return crypto.randomUUID() + crypto.randomUUID();
}

/** Why a secret can be guessed. */
export function secretProblem(secret: string): string | undefined {
  const weakness = weaknessOf(secret);
  return weakness && `${weakness}; the command "secret" makes one`;
}

function weaknessOf(secret: string): string | undefined {
  if (secret.length < MIN_LENGTH) return `it has ${secret.length} characters and needs ${MIN_LENGTH} or more`;
  if (repeatsItself(secret)) return "it repeats itself";
  return bitsOf(secret) < MIN_BITS ? "it has too few different characters" : undefined;
}

/** Whether it repeats a shorter text, the last time perhaps not to its end. */
function repeatsItself(text: string): boolean {
  for (let length = 1; length <= text.length / 2; length++) if (text.startsWith(text.slice(length))) return true;
  return false;
}

/** Shannon entropy by the frequencies of its characters. 32 random hexadecimal digits have more than 100 bits. */
function bitsOf(text: string): number {
  const counts = new Map<string, number>();
  for (const char of text) counts.set(char, (counts.get(char) ?? 0) + 1);
  return [...counts.values()].reduce((bits, count) => bits - count * Math.log2(count / text.length), 0);
}

function refusal(reason: string): ConfigError {
  return new ConfigError(`Cannot use the option "secret": ${reason}`);
}

const MIN_LENGTH = 32;
const MIN_BITS = 80;
