import type { Permission, StsConfig } from "../../options/broker_options.ts";
import { ConfigError } from "../../errors.ts";
import { kmsKeyProblem } from "../../options/broker_values.ts";
import { flag, required, textWith, valueThat } from "../../options/checks.ts";
import { type OptionTable, readOptions } from "../../options/option_table.ts";
import { bucketName } from "../../options/source_config.ts";
import { pathProblem } from "../../s3/keys.ts";
import { partitionOf } from "../../s3/partitions.ts";
import type { KeyRequest } from "../types.ts";

/** What {@link sessionPolicy} limits keys to. */
export interface SessionPolicyOptions {
  /** Bucket name. */
  readonly bucket: string;
  /** Ends in `/`; empty for the whole bucket. */
  readonly prefix: string;
  /** What may be done there. */
  readonly allow: readonly Permission[];
  /** The partition in the bucket's ARN, e.g. `"aws-cn"` or `"aws-us-gov"`. Default `"aws"`. */
  readonly partition?: string | undefined;
  /**
   * Whether the store reads `${*}`, `${?}` and `${$}` as literal characters. AWS does; SeaweedFS and MinIO do not.
   * Default `false`.
   */
  readonly canEscape?: boolean | undefined;
  /**
   * Whether `write` includes listing unfinished uploads below the prefix. SeaweedFS supports the condition that this
   * needs; AWS does not and denies the listing, and MinIO refuses the whole policy. Default `false`.
   */
  readonly canListUploads?: boolean | undefined;
  /**
   * The ARNs of the KMS keys that encrypt the bucket's objects (SSE-KMS): the policy then lets S3 use them for what
   * `allow` permits. AWS only. Default: none.
   */
  readonly kmsKeyArns?: readonly string[] | undefined;
}

/**
 * The session policy that limits temporary keys to one prefix of one bucket, as JSON for `AssumeRole`. It only
 * restricts: keys may do what both this and the role's own policy allow.
 *
 * - Objects: `read` is GetObject and GetObjectTagging; `write` is PutObject, PutObjectTagging and the actions that
 *   multipart uploads need; `delete` is DeleteObject. Copying within the prefix needs `read` and `write`. Versions,
 *   ACLs and retention are never allowed.
 * - The bucket: `read` may list, but only with a `prefix` parameter that begins with this prefix. For `team/`, the
 *   parameter `team` is denied, as that listing would show `team-2/`.
 * - KMS keys, if there are any: `read` may decrypt; `write` may also generate data keys, and decrypts the parts of
 *   multipart uploads; `delete` needs none.
 *
 * https://docs.aws.amazon.com/IAM/latest/UserGuide/access_policies.html#policies_session,
 * https://docs.aws.amazon.com/AmazonS3/latest/userguide/UsingKMSEncryption.html
 *
 * @param options The folder, and what may be done there.
 * @throws {ConfigError} If the policy is larger than STS accepts, or the prefix has wildcards that the store cannot
 * escape.
 *
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { sessionPolicy } from "@files/s3-source/broker";
 *
 * const policy = JSON.parse(sessionPolicy({ bucket: "media", prefix: "team/", allow: ["read"] }));
 * assertEquals(policy.Statement, [
 *   { Effect: "Allow", Action: ["s3:GetObject", "s3:GetObjectTagging"], Resource: ["arn:aws:s3:::media/team/*"] },
 *   {
 *     Effect: "Allow",
 *     Action: ["s3:ListBucket"],
 *     Resource: ["arn:aws:s3:::media"],
 *     Condition: { StringLike: { "s3:prefix": ["team/*"] } },
 *   },
 * ]);
 * ```
 */
export function sessionPolicy(options: SessionPolicyOptions): string {
  const { bucket, prefix, allow, partition, canListUploads, kmsKeyArns } = readOptions(
    options,
    SESSION_POLICY_OPTIONS,
    {
      verb: "write a session policy",
    },
  );
  const below = `${escapePrefix(options)}*`;
  const bucketArn = `arn:${partition}:s3:::${bucket}`;
  const objectActions = allow.flatMap((permission) => OBJECT_ACTIONS[permission]);
  const bucketActions = [
    ...allow.includes("read") ? ["s3:ListBucket"] : [],
    ...allow.includes("write") && canListUploads ? ["s3:ListBucketMultipartUploads"] : [],
  ];
  const statements: Statement[] = [];
  if (objectActions.length > 0) {
    statements.push({ Effect: "Allow", Action: objectActions, Resource: [`${bucketArn}/${below}`] });
  }
  if (bucketActions.length > 0) {
    // For a whole bucket, a listing may leave the parameter out.
    const condition = prefix === "" ? {} : { Condition: { StringLike: { "s3:prefix": [below] } } };
    statements.push({ Effect: "Allow", Action: bucketActions, Resource: [bucketArn], ...condition });
  }
  const kmsActions = KMS_ACTIONS.filter(([, permissions]) => permissions.some((one) => allow.includes(one)));
  if (kmsKeyArns.length > 0 && kmsActions.length > 0) {
    statements.push({ Effect: "Allow", Action: kmsActions.map(([action]) => action), Resource: kmsKeyArns });
  }
  const policy = toAscii(JSON.stringify({ Version: "2012-10-17", Statement: statements }));
  if (policy.length <= MAX_POLICY_CHARACTERS) return policy;
  const size = `${policy.length} characters, more than the ${MAX_POLICY_CHARACTERS} that STS accepts`;
  const inKeys = kmsKeyArns.join("").length;
  const remedy = kmsKeyArns.length === 0
    ? "choose a shorter prefix"
    : `${inKeys} of them are its KMS keys; choose a shorter prefix or fewer keys`;
  throw refusal(options, `the session policy has ${size}; ${remedy}`);
}

/** The policy that limits a tenant's keys, in the dialect of the store. */
export function policyFor(sts: StsConfig, { bucket, prefix, allow, kmsKeyArns = [] }: KeyRequest): string {
  const isAws = sts.endpointUrl === undefined;
  return sessionPolicy({
    bucket,
    prefix,
    allow,
    kmsKeyArns,
    partition: isAws ? partitionOf(sts.region ?? "").name : "aws",
    canEscape: isAws,
    canListUploads: sts.canListUploads ?? false,
  });
}

const SESSION_POLICY_OPTIONS = {
  bucket: required(bucketName),
  prefix: required(valueThat("string", 'empty, or a path that ends in "/"', isPolicyPrefix)),
  allow: required(valueThat("list", "a list of read, write, delete", isPermissions)),
  partition: {
    ...textWith((name) => /^aws[a-z-]*$/.test(name) ? undefined : "it must be the name of a partition"),
    default: "aws",
  },
  canEscape: flag,
  canListUploads: { ...flag, default: false },
  kmsKeyArns: { ...valueThat("list", "a list of ARNs of KMS keys, not of aliases", isKmsKeys), default: [] },
} as const satisfies OptionTable<SessionPolicyOptions>;

/** `team` would let in `team-2/` as well. */
function isPolicyPrefix(value: unknown): boolean {
  return value === "" || (typeof value === "string" && value.endsWith("/") && pathProblem(value) === undefined);
}

function isPermissions(value: unknown): boolean {
  return Array.isArray(value) && value.every((permission) => Object.hasOwn(OBJECT_ACTIONS, permission));
}

/** Policies do not apply to keys by their aliases, and a wildcard would let in other keys. */
function isKmsKeys(value: unknown): boolean {
  const isKey = (key: unknown) => typeof key === "string" && kmsKeyProblem(key) === undefined;
  return Array.isArray(value) && Array.from<unknown>(value).every(isKey);
}

/**
 * Without those for tags, AWS denies copies of files that have any.
 * https://docs.aws.amazon.com/AmazonS3/latest/API/mpuoverview.html#mpuAndPermissions,
 * https://docs.aws.amazon.com/AmazonS3/latest/API/API_CopyObject.html
 */
const OBJECT_ACTIONS: Readonly<Record<Permission, readonly string[]>> = {
  read: ["s3:GetObject", "s3:GetObjectTagging"],
  write: ["s3:PutObject", "s3:PutObjectTagging", "s3:AbortMultipartUpload", "s3:ListMultipartUploadParts"],
  delete: ["s3:DeleteObject"],
};

/** S3 decrypts the parts of a multipart upload before it puts them together. Same source. */
const KMS_ACTIONS: readonly (readonly [action: string, permissions: readonly Permission[]])[] = [
  ["kms:Decrypt", ["read", "write"]],
  ["kms:GenerateDataKey", ["write"]],
];

/** https://docs.aws.amazon.com/STS/latest/APIReference/API_AssumeRole.html */
const MAX_POLICY_CHARACTERS = 2048;

interface Statement {
  readonly Effect: "Allow";
  readonly Action: readonly string[];
  readonly Resource: readonly string[];
  readonly Condition?: Readonly<Record<string, Readonly<Record<string, readonly string[]>>>>;
}

/** https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_variables.html#policy-vars-specialchars */
function escapePrefix(options: SessionPolicyOptions): string {
  if (options.canEscape) return options.prefix.replace(/[*?$]/g, "${$&}");
  const special = /[*?]|\$\{/.exec(options.prefix)?.[0];
  if (special === undefined) return options.prefix;
  throw refusal(options, `its "${special}" would also match other folders, as this store's policies cannot escape it`);
}

/** STS accepts no characters beyond U+00FF. */
function toAscii(json: string): string {
  return json.replace(/[^ -~]/g, (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, "0")}`);
}

function refusal({ bucket, prefix }: SessionPolicyOptions, reason: string): ConfigError {
  const shown = prefix.length > 100 ? `${prefix.slice(0, 100)}…` : prefix;
  return new ConfigError(
    `Cannot limit keys to the prefix ${JSON.stringify(shown)} of the bucket "${bucket}": ${reason}`,
  );
}
