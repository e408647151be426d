import {
  ALGORITHM,
  canonicalQuery,
  sign,
  signedHeaderNames,
  signerOf,
  type SigningRequest,
  type SigningScope,
  toCredentialScope,
  toTimestamp,
  UNSIGNED_PAYLOAD,
} from "./sign.ts";

/**
 * Signs a request in its query, so that anyone with the URL can send it.
 * https://docs.aws.amazon.com/AmazonS3/latest/API/sigv4-query-string-auth.html
 *
 * @returns The whole query, encoded, without `?`.
 */
export function presignQuery(
  request: Omit<SigningRequest, "query" | "payloadHash"> & { readonly query: Readonly<Record<string, string>> },
  scope: SigningScope & { readonly expiresInSeconds: number },
): string {
  const timestamp = toTimestamp(scope.nowMs);
  const { accessKeyId, sessionToken } = scope.credentials;
  const query: Record<string, string> = {
    ...request.query,
    "X-Amz-Algorithm": ALGORITHM,
    "X-Amz-Credential": `${accessKeyId}/${toCredentialScope(timestamp, scope)}`,
    "X-Amz-Date": timestamp,
    "X-Amz-Expires": String(scope.expiresInSeconds),
    "X-Amz-SignedHeaders": signedHeaderNames(request.headers).join(";"),
  };
  if (sessionToken !== undefined) query["X-Amz-Security-Token"] = sessionToken;
  const encoded = canonicalQuery(query);
  const { headers } = request;
  const { signature } = sign(request, { headers, query: encoded, payloadHash: UNSIGNED_PAYLOAD, timestamp, scope });
  return `${encoded}&X-Amz-Signature=${signature}`;
}

/**
 * The fields of a form that identify the signer and the time.
 * https://docs.aws.amazon.com/AmazonS3/latest/API/sigv4-HTTPPOSTForms.html
 */
export function signingFields(scope: SigningScope): Record<string, string> {
  const timestamp = toTimestamp(scope.nowMs);
  const { accessKeyId, sessionToken } = scope.credentials;
  return {
    "x-amz-algorithm": ALGORITHM,
    "x-amz-credential": `${accessKeyId}/${toCredentialScope(timestamp, scope)}`,
    "x-amz-date": timestamp,
    ...sessionToken !== undefined && { "x-amz-security-token": sessionToken },
  };
}

/**
 * Signs the policy of a form; the result is hex.
 * https://docs.aws.amazon.com/AmazonS3/latest/API/sigv4-UsingHTTPPOST.html
 */
export function signPolicy(policyBase64: string, scope: SigningScope): string {
  return signerOf(toTimestamp(scope.nowMs), scope)(policyBase64);
}
