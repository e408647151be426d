import { S3Failure } from "./failure.ts";
import type { ParsedRequest } from "./request.ts";
import type { MemoryStore, StoredObject } from "./store.ts";

/** Fails with `PreconditionFailed` if the source has another ETag than the request wants. */
export function assertCopySource({ headers }: ParsedRequest, source: StoredObject, store: MemoryStore): void {
  const wanted = headers.get("x-amz-copy-source-if-match");
  if (wanted !== null && !matchesEtag(wanted, source.etag, store)) {
    throw preconditionFailed("x-amz-copy-source-If-Match");
  }
}

/** Checks `If-Match` and `If-None-Match` of a request that would replace or delete `current`. */
export function assertWritable(
  { headers }: ParsedRequest,
  current: StoredObject | undefined,
  store: MemoryStore,
): void {
  if (headers.get("if-none-match") === "*" && current !== undefined) throw preconditionFailed("If-None-Match");
  const wanted = headers.get("if-match");
  if (wanted === null) return;
  if (current === undefined) throw new S3Failure("NoSuchKey", "The specified key does not exist.");
  if (!matchesEtag(wanted, current.etag, store)) throw preconditionFailed("If-Match");
}

/** Checks `If-Match` and `If-None-Match` of a request that reads `object`. */
export function assertReadable({ headers }: ParsedRequest, object: StoredObject, store: MemoryStore): void {
  const wanted = headers.get("if-match");
  if (wanted !== null && !matchesEtag(wanted, object.etag, store)) throw preconditionFailed("If-Match");
  const known = headers.get("if-none-match");
  if (known !== null && matchesEtag(known, object.etag, store)) {
    throw new S3Failure("NotModified", "Not Modified", { headers: stampHeaders(object) });
  }
}

/** The headers that distinguish versions. */
export function stampHeaders({ etag, lastModified }: StoredObject): Record<string, string> {
  return { etag, "last-modified": new Date(lastModified).toUTCString() };
}

/** AWS takes tags with and without quotes. */
function matchesEtag(wanted: string, etag: string, { quirks }: MemoryStore): boolean {
  const plain = (tag: string) => tag.trim().replaceAll('"', "");
  const read = quirks.has("unquotedEtags") ? (tag: string) => tag.trim() : plain;
  return wanted === "*" || wanted.split(",").some((one) => read(one) === plain(etag));
}

function preconditionFailed(condition: string): S3Failure {
  return new S3Failure("PreconditionFailed", "At least one of the pre-conditions you specified did not hold", {
    details: { Condition: condition },
  });
}
