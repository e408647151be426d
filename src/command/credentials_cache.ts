import type { Stats } from "node:fs";
import { lstat, mkdir, readdir, readFile, rename, rm, writeFile } from "node:fs/promises";
import { type BrokerReply, parseExpiration } from "../credentials/broker_reply.ts";
import { sha256, toHex } from "../hash/hash.ts";
import { isMapping } from "../options/mapping.ts";
import { CommandError, describe, isMissing } from "./command_error.ts";
import { IS_WINDOWS, readVariable, userId } from "./runtime.ts";

/** Keys, however they were obtained. */
export type KeysToPrint = Pick<BrokerReply, "accessKeyId" | "secretAccessKey" | "sessionToken" | "expiration">;

/** A file with keys. */
export interface CredentialsCache {
  /** The keys in it; `undefined` if it has none that live long enough. */
  read(): Promise<KeysToPrint | undefined>;
  /** Replaces them at once for all who read. */
  write(keys: KeysToPrint): Promise<void>;
}

/**
 * Opens the cache in the user's folder for such files.
 *
 * @param identity Identifies what was asked for, by whom; only its hash is written.
 * @throws {CommandError} If others may read or write the folder or the file, or it is another user's.
 */
export async function openCredentialsCache(identity: string): Promise<CredentialsCache> {
  const folder = await orExplain("--cache", findFolder);
  await orExplain(`the cache "${folder}"`, async () => {
    await mkdir(folder, { recursive: true, mode: 0o700 });
    await assertOurs(folder, "isDirectory");
  });
  const name = toHex(await sha256(new TextEncoder().encode(identity)));
  const path = `${folder}/${name}.json`;

  return {
    async read() {
      return await orExplain(`the cache "${path}"`, async () => {
        try {
          await assertOurs(path, "isFile");
          return readKeys(await readFile(path, "utf8"));
        } catch (error) {
          if (isMissing(error)) return undefined;
          throw error;
        }
      });
    },
    async write(keys) {
      const temporary = `${path}.${crypto.randomUUID()}`;
      try {
        await writeFile(temporary, writeKeys(keys), { mode: 0o600, flag: "wx" });
        await rename(temporary, path);
      } catch (error) {
        await rm(temporary).catch(() => {});
        throw error;
      }
      await removeOld(folder);
    },
  };
}

/** https://specifications.freedesktop.org/basedir-spec/latest/ */
function findFolder(): string {
  const variable = (name: string) => readVariable(name) || undefined;
  const home = IS_WINDOWS ? undefined : variable("HOME");
  const parent = IS_WINDOWS
    ? variable("LOCALAPPDATA")
    // A relative path has to be ignored.
    : [variable("XDG_CACHE_HOME"), home && `${home}/.cache`].find((path) => path?.startsWith("/"));
  if (parent !== undefined) return `${parent}/s3-source`;
  throw new CommandError(`Cannot use --cache: ${IS_WINDOWS ? "LOCALAPPDATA" : "XDG_CACHE_HOME and HOME"} is not set`);
}

async function orExplain<T>(what: string, use: () => T | Promise<T>): Promise<T> {
  try {
    return await use();
  } catch (error) {
    throw error instanceof CommandError ? error : new CommandError(`Cannot use ${what}: ${describe(error)}`);
  }
}

/** On Windows, the folder is the user's own by its parent's rights. */
async function assertOurs(path: string, what: "isFile" | "isDirectory"): Promise<void> {
  const info = await lstat(path);
  const problem = problemOf(info, what);
  if (problem !== undefined) throw new CommandError(`Cannot use the cache "${path}": ${problem}; remove it`);
}

function problemOf(info: Stats, what: "isFile" | "isDirectory"): string | undefined {
  if (!info[what]()) {
    return info.isSymbolicLink() ? "it is a symbolic link" : `it is no ${what === "isFile" ? "file" : "folder"}`;
  }
  if (IS_WINDOWS) return undefined;
  if (info.uid !== userId()) return "it belongs to another user";
  return (info.mode & 0o077) === 0 ? undefined : "other users may use it";
}

interface Entry {
  readonly obtained: string;
  readonly keys: Readonly<Record<keyof KeysToPrint, string>>;
}

function writeKeys({ accessKeyId, secretAccessKey, sessionToken, expiration }: KeysToPrint): string {
  const keys = { accessKeyId, secretAccessKey, sessionToken, expiration: expiration.toISOString() };
  return JSON.stringify({ obtained: new Date().toISOString(), keys } satisfies Entry);
}

/** What is broken or about to expire is replaced. */
function readKeys(text: string): KeysToPrint | undefined {
  try {
    const { obtained, keys } = readEntry(JSON.parse(text));
    const expiration = parseExpiration(keys.expiration);
    const lifeMs = expiration.getTime() - parseExpiration(obtained).getTime();
    const isFresh = expiration.getTime() - Date.now() > Math.min(lifeMs / 4, REFRESH_MS);
    return isFresh ? { ...keys, expiration } : undefined;
  } catch {
    return undefined;
  }
}

/**
 * From then on boto3 asks before each request, until it gets other keys.
 * https://github.com/boto/botocore/blob/1.40.0/botocore/credentials.py
 */
const REFRESH_MS = 900_000;

function readEntry(value: unknown): Entry {
  if (!isMapping(value) || !isMapping(value["keys"])) throw new TypeError("not an entry");
  const { obtained, keys } = value;
  const text = (value: unknown) => {
    if (typeof value === "string" && value !== "") return value;
    throw new TypeError("not a text");
  };
  const [accessKeyId, secretAccessKey] = [text(keys["accessKeyId"]), text(keys["secretAccessKey"])];
  const [sessionToken, expiration] = [text(keys["sessionToken"]), text(keys["expiration"])];
  return { obtained: text(obtained), keys: { accessKeyId, secretAccessKey, sessionToken, expiration } };
}

/** Tokens that rotate leave a file each. */
async function removeOld(folder: string): Promise<void> {
  for (const name of await readdir(folder)) {
    const path = `${folder}/${name}`;
    const { mtimeMs } = await lstat(path).catch(() => ({ mtimeMs: Infinity }));
    if (Date.now() - mtimeMs > LONGEST_LIFE_MS) await rm(path).catch(() => {});
  }
}

/** R2's keys live for 7 days at most. */
const LONGEST_LIFE_MS = 7 * 86_400_000;
