import {
  assertNotExpired,
  assertSignature,
  type AuthRules,
  type Claim,
  findCredentials,
  type MemoryS3Credentials,
} from "./auth.ts";
import { isStoredHeader } from "./body.ts";
import { S3Failure } from "./failure.ts";
import type { ParsedRequest } from "./request.ts";
import { fromBase64 } from "./hash.ts";

/** A file sent in a form, and the form's signature. */
export interface PostedFile {
  /** The equivalent PutObject. */
  readonly put: ParsedRequest;
  /** The claim about the policy's signature. */
  readonly claim: Claim;
  /** Policy in base64. */
  readonly policy: string;
  /** Fields before the file; names in lower case. */
  readonly fields: ReadonlyMap<string, string>;
}

/** Whether a request is a form: https://docs.aws.amazon.com/AmazonS3/latest/API/RESTObjectPOST.html */
export function isForm({ method, key, headers }: Omit<ParsedRequest, "body">): boolean {
  return method === "POST" && key === "" && /^multipart\/form-data\b/i.test(headers.get("content-type") ?? "");
}

/** Reads a form. Fields after the file are ignored, as on S3. */
export async function readForm(request: ParsedRequest): Promise<PostedFile> {
  const form = await readFields(request);
  const fields = new Map<string, string>();
  let file: File | undefined;
  for (const [name, value] of form) {
    if (typeof value !== "string") {
      file = value;
      break;
    }
    fields.set(name.toLowerCase(), value);
  }
  if (file === undefined) throw new S3Failure("InvalidArgument", "POST requires exactly one file upload per request.");
  const [accessKeyId = "", ...scope] = (fields.get("x-amz-credential") ?? "").split("/");
  const policy = fields.get("policy");
  if (policy === undefined) throw new S3Failure("AccessDenied", "Access Denied");
  const key = (fields.get("key") ?? "").replaceAll("${filename}", file.name);
  if (key === "") throw new S3Failure("InvalidArgument", "Bucket POST must contain a field named 'key'.");
  const stored = [...fields].filter(([name]) => isStoredHeader(name));
  const body = new Uint8Array(await file.arrayBuffer());
  return {
    put: { ...request, method: "PUT", key, headers: new Headers(stored), body },
    claim: {
      accessKeyId,
      scope: scope.join("/"),
      signedHeaders: [],
      signature: fields.get("x-amz-signature") ?? "",
      timestamp: fields.get("x-amz-date") ?? "",
      sessionToken: fields.get("x-amz-security-token"),
    },
    policy,
    fields,
  };
}

/**
 * Checks the signature of a form's policy, and the form against the policy.
 * https://docs.aws.amazon.com/AmazonS3/latest/API/sigv4-HTTPPOSTConstructPolicy.html
 *
 * @returns The credentials of the signature.
 */
export function authenticateForm(file: PostedFile, rules: AuthRules): MemoryS3Credentials {
  const credentials = findCredentials(file.claim, rules);
  assertSignature(file.claim, credentials, file.policy);
  const { expiration, conditions } = readPolicy(file.policy);
  if (!(rules.now() <= Date.parse(expiration))) throw denied("Policy expired.");
  assertNotExpired(file.claim, credentials, rules.now());
  const values = new Map([...file.fields, ["bucket", file.put.bucket]]);
  const named = new Set(["policy", "x-amz-signature", "bucket"]);
  for (const condition of conditions) {
    const [operator, name, value] = condition;
    if (operator === "content-length-range") {
      assertLength(file.put.body.byteLength, Number(name), Number(value));
      continue;
    }
    const field = String(name).replace(/^\$/, "").toLowerCase();
    named.add(field);
    const actual = values.get(field) ?? "";
    const holds = operator === "eq" ? actual === value : operator === "starts-with" && actual.startsWith(String(value));
    if (!holds) throw denied(`Policy Condition failed: ${JSON.stringify(condition)}`);
  }
  const extra = [...file.fields.keys()].filter((name) => !named.has(name) && !name.startsWith("x-ignore-"));
  if (extra.length > 0) throw denied(`Extra input fields: ${extra.join(", ")}`);
  return credentials;
}

/** S3's default response to a form. */
export function postedResponse(stored: Response): Response {
  return new Response(null, { status: 204, headers: stored.headers });
}

interface Policy {
  readonly expiration: string;
  readonly conditions: readonly (readonly unknown[])[];
}

async function readFields({ headers, body }: ParsedRequest): Promise<FormData> {
  try {
    return await new Response(body, { headers: { "content-type": headers.get("content-type") ?? "" } }).formData();
  } catch {
    throw new S3Failure("InvalidArgument", "The body of your POST request is not well-formed multipart/form-data.");
  }
}

function readPolicy(base64: string): Policy {
  try {
    const { expiration, conditions } = JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(fromBase64(base64)));
    return { expiration: String(expiration), conditions: conditions.flatMap(toTriples) };
  } catch {
    throw new S3Failure("InvalidArgument", "Invalid Policy: it is not a policy in JSON.");
  }
}

/** `{name: value}` is short for `["eq", "$name", value]`. */
function toTriples(condition: unknown): (readonly unknown[])[] {
  if (Array.isArray(condition)) return [condition];
  return Object.entries(Object(condition)).map(([name, value]) => ["eq", `$${name}`, value]);
}

function assertLength(size: number, least: number, most: number): void {
  if (size < least) {
    throw new S3Failure("EntityTooSmall", "Your proposed upload is smaller than the minimum allowed size");
  }
  if (!(size <= most)) {
    throw new S3Failure("EntityTooLarge", "Your proposed upload exceeds the maximum allowed size");
  }
}

function denied(reason: string): S3Failure {
  return new S3Failure("AccessDenied", `Invalid according to Policy: ${reason}`);
}
