import { authenticate, type AuthRules, readClaim } from "./auth.ts";
import { assertKnownPayload } from "./body.ts";
import { S3Failure } from "./failure.ts";
import { operationName, perform } from "./operations.ts";
import { authenticateForm, isForm, postedResponse, readForm } from "./post.ts";
import { parseRequest } from "./request.ts";
import type { MemoryStore } from "./store.ts";
import { writeXml } from "./xml.ts";

/** A request that an in-memory S3 received. */
export interface MemoryS3Request {
  /** S3's name for the operation, e.g. `"GetObject"`; empty if it is not supported. */
  readonly operation: string;
  /** HTTP method. */
  readonly method: string;
  /** Path of the URL as sent, percent-encoded. */
  readonly path: string;
  /** Query of the URL as sent, without `?`. */
  readonly query: string;
  /** Headers; names in lower case. */
  readonly headers: Readonly<Record<string, string>>;
  /** Bucket name; may be empty. */
  readonly bucket: string;
  /** The whole key; empty for requests on the bucket. */
  readonly key: string;
  /** Access key id of the signature; empty without one. */
  readonly accessKeyId: string;
  /** Status of the response. */
  readonly status: number;
}

/** The state of a server. */
export interface ServerState {
  /** The data. */
  readonly store: MemoryStore;
  /** For checking signatures. */
  readonly rules: AuthRules;
  /** Its URL. */
  readonly endpointUrl: string;
}

/**
 * Responds to a request.
 *
 * @param body The request's body, which has been read.
 */
export async function respond(
  request: Request,
  body: Uint8Array<ArrayBuffer>,
  { store, rules, endpointUrl }: ServerState,
): Promise<{ response: Response; log: MemoryS3Request }> {
  const url = new URL(request.url);
  let log = {
    operation: "",
    method: request.method,
    path: url.pathname,
    query: url.search.slice(1),
    headers: Object.fromEntries(request.headers),
    bucket: "",
    key: "",
    accessKeyId: "",
  };
  let response;
  try {
    const parsed = { ...parseRequest(request, endpointUrl), body };
    log = { ...log, operation: operationName(parsed) ?? "", bucket: parsed.bucket, key: parsed.key };
    if (isForm(parsed)) {
      const file = await readForm(parsed);
      log = { ...log, operation: "PostObject", key: file.put.key, accessKeyId: file.claim.accessKeyId };
      response = postedResponse(perform(file.put, store, authenticateForm(file, rules)));
    } else {
      const claim = readClaim(parsed);
      log = { ...log, accessKeyId: claim.accessKeyId };
      const credentials = authenticate(parsed, claim, rules);
      assertKnownPayload(parsed, claim.expiresInSeconds !== undefined);
      response = perform(parsed, store, credentials);
    }
  } catch (error) {
    if (!(error instanceof S3Failure)) throw error;
    response = failureResponse(error, request.method);
  }
  response.headers.set("x-amz-request-id", crypto.randomUUID());
  response.headers.set("date", new Date(rules.now()).toUTCString());
  return { response, log: { ...log, status: response.status } };
}

function failureResponse(failure: S3Failure, method: string): Response {
  const headers = { ...failure.headers, "content-type": "application/xml" };
  const hasBody = method !== "HEAD" && failure.status !== 304;
  const xml = writeXml("Error", [
    ["Code", failure.code],
    ["Message", failure.message],
    ...Object.entries(failure.details),
  ]);
  return new Response(hasBody ? xml : null, { status: failure.status, headers });
}
