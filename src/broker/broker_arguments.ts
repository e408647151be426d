import type { BrokerOptions } from "./broker.ts";
import type { SessionPolicyOptions } from "./session_policy.ts";
import { ConfigError } from "../errors.ts";
import { optionRefusal } from "../named_options.ts";
import { nearestName } from "../nearest_name.ts";
import { isBucketName } from "../s3/bucket_name.ts";

/** What a value must be; `undefined` if it is. */
type Check = (value: unknown) => string | undefined;

/** @throws {ConfigError} If an option of `createBroker` is unknown, or one of those that are not in `BrokerConfig` cannot be used. */
export function checkBrokerOptions(options: BrokerOptions): void {
  const checks: Readonly<Record<keyof BrokerOptions, Check>> = {
    // checkBrokerConfig looks into these.
    sts: isAnything,
    tenants: isAnything,
    addressHeader: isAnything,
    addressOf: isFunction,
    log: isFunction,
    fetch: isFunction,
    now: isFunction,
    maxFailuresPerMinute: isWhole(1, 1_000),
    failureDelayMs: isWhole(0, 60_000),
  };
  checkOptions("create the broker", options, checks);
}

/** @throws {ConfigError} If an option of `sessionPolicy` is missing, unknown, or cannot be used. */
export function checkPolicyOptions(options: SessionPolicyOptions): void {
  const checks: Readonly<Record<keyof SessionPolicyOptions, Check>> = {
    bucket: isText,
    prefix: isText,
    allow: isPermissions,
    partition: isText,
    canEscape: isBoolean,
    canListUploads: isBoolean,
  };
  checkOptions("make a session policy", options, checks);
  for (const name of ["bucket", "prefix", "allow"] as const) {
    if (options[name] === undefined) throw optionRefusal(name, "it is missing");
  }
  const { bucket } = options;
  if (!isBucketName(bucket)) throw optionRefusal("bucket", `${JSON.stringify(bucket)} is not a valid bucket name`);
  if (options.prefix !== "" && !options.prefix.endsWith("/")) {
    throw optionRefusal("prefix", "it must end in a slash, or be empty for the whole bucket");
  }
}

function checkOptions(verb: string, given: unknown, checks: Readonly<Record<string, Check>>): void {
  if (typeof given !== "object" || given === null || Array.isArray(given)) {
    throw new ConfigError(`Cannot ${verb}: the options are not an object`);
  }
  for (const [name, value] of Object.entries(given)) {
    const check = Object.hasOwn(checks, name) ? checks[name] : undefined;
    if (check === undefined) {
      const nearest = nearestName(name, Object.keys(checks));
      throw optionRefusal(name, `there is no such option; did you mean "${nearest}"?`);
    }
    const expected = value === undefined ? undefined : check(value);
    if (expected !== undefined) throw optionRefusal(name, `it must be ${expected}`);
  }
}

const isAnything: Check = () => undefined;
const isFunction: Check = (value) => typeof value === "function" ? undefined : "a function";
const isText: Check = (value) => typeof value === "string" ? undefined : "a string";
const isBoolean: Check = (value) => typeof value === "boolean" ? undefined : "true or false";
const isWhole = (least: number, most: number): Check => (value) =>
  Number.isSafeInteger(value) && Number(value) >= least && Number(value) <= most
    ? undefined
    : `a whole number from ${least} to ${most}`;
const PERMISSIONS: readonly unknown[] = ["read", "write", "delete"];
const isPermissions: Check = (value) =>
  Array.isArray(value) && value.every((permission) => PERMISSIONS.includes(permission))
    ? undefined
    : 'a list of "read", "write" and "delete"';
