import { eitherSignal } from "../async/abort.ts";
import { IntegrityError, S3SourceError } from "../errors.ts";
import { beginHash, fromBase64, hash, loadHash, toBase64, toHex } from "../hash/hash.ts";
import type { IncrementalHash } from "../hash/incremental_hash.ts";
import { DIGEST_HEADER } from "../s3/headers.ts";
import { loaded } from "../s3/lazy_module.ts";
import { type OperationContext, quote } from "./operation_context.ts";
import type { SizedRead } from "./get_object.ts";
import type { PartLayout } from "./part_layout.ts";
import { readStoredChecksum, type StoredChecksum } from "./stored_checksum.ts";

/** Compares bytes with their stored checksum. */
export interface Verification {
  /** Takes the next bytes, in the order of the calls; the buffer may be reused once this returns or resolves. */
  update(bytes: Uint8Array<ArrayBuffer>): Promise<void> | undefined;
  /** @throws {IntegrityError} With the code `"BadDigest"`, if the bytes differ from those that were stored. */
  finish(): Promise<void>;
  /** Stops its requests. */
  stop(): void;
}

/**
 * Verifies a whole file while its body is read. If the checksum is made of parts' checksums and the parts cannot be
 * determined, the file is not verified: only certain corruption is an error.
 *
 * @returns `undefined` with `verify: false`, if the response has only a range, or if there is no checksum.
 */
export function beginVerification(
  context: OperationContext,
  open: SizedRead,
  signal?: AbortSignal,
): Verification | undefined {
  const { exchange: { headers }, whole = headers, isVerified, range: { offset, length, size } } = open;
  const isWhole = offset === 0 && length === size;
  const checksum = isVerified && isWhole ? readStoredChecksum(headers) ?? readStoredChecksum(whole) : undefined;
  if (checksum === undefined) return undefined;
  const { partCount } = checksum;
  return partCount === undefined
    ? verifyWhole(open, checksum)
    : verifyParts(context, open, { ...checksum, partCount, signal });
}

function verifyWhole({ path, range }: SizedRead, { algorithm, digest, header }: StoredChecksum): Verification {
  let whole: Promise<Uint8Array> | undefined;
  let pieces: IncrementalHash | Promise<IncrementalHash> | undefined;
  return {
    update(bytes) {
      if (bytes.byteLength === 0) return undefined;
      if (bytes.byteLength === range.size) {
        whole = hash(algorithm, bytes);
        return undefined;
      }
      pieces ??= beginHash(algorithm, range.size);
      if (pieces instanceof Promise) return pieces.then((hash) => void hash.update(bytes));
      pieces.update(bytes);
      return undefined;
    },
    async finish() {
      const actual = (await pieces)?.digest() ?? await (whole ?? hash(algorithm, new Uint8Array()));
      if (toBase64(actual) !== digest) throw badDigest(path, { header, digest }, toBase64(actual));
    },
    stop() {},
  };
}

function verifyParts(
  context: OperationContext,
  open: SizedRead,
  { algorithm, digest, header, partCount, signal }: StoredChecksum & {
    partCount: number;
    signal: AbortSignal | undefined;
  },
): Verification {
  const { path, range: { size } } = open;
  const stopped = new AbortController();
  const combined = eitherSignal(signal, stopped.signal);
  const layout = findParts().catch((error) => {
    if (combined.aborted) return undefined;
    const reason = error instanceof S3SourceError ? error.message : "the request failed";
    const message = `${quote(path)} cannot be verified, as its parts are unknown: ${reason}`;
    context.emit?.({ type: "warning", code: "NotVerified", message });
  });
  const digests = layout.then(async (parts) => {
    if (parts === undefined) return undefined;
    const { createDigests } = await loaded(import("./part_digests.ts"), `read ${quote(path)}`);
    return createDigests(algorithm, parts, { size, create: await loadHash(algorithm) });
  });

  async function findParts(): Promise<PartLayout | undefined> {
    const { findPartLayout } = await import("./part_layout.ts");
    return await findPartLayout(context, open, { partCount, signal: combined });
  }

  return {
    async update(bytes) {
      (await digests)?.update(bytes);
    },
    async finish() {
      const whole = await (await digests)?.finish();
      if (whole === undefined) return;
      if (toBase64(whole) === digest || !await (await layout)?.isConfirmed()) return;
      throw badDigest(path, { header, digest }, toBase64(whole));
    },
    stop: () => stopped.abort(),
  };
}

function badDigest(
  path: string,
  { header, digest }: Pick<StoredChecksum, "header" | "digest">,
  actual: string,
): IntegrityError {
  const show = (base64: string) => header === DIGEST_HEADER ? toHex(fromBase64(base64)) : base64;
  const reason = `the bytes do not match the stored checksum, ${header}: theirs is ${show(actual)}, not ${
    show(digest)
  }; read them anyway with verify: false`;
  return new IntegrityError(`Cannot read ${quote(path)}: ${reason}`, { code: "BadDigest", path });
}

/**
 * Whether bytes did not match twice in the same way. Then they are what is stored, its checksum is wrong, and another
 * attempt would not help.
 */
export function createDamageCheck(): (error: IntegrityError) => boolean {
  let previous: string | undefined;
  return ({ code, message }) => {
    const isSame = code === "BadDigest" && message === previous;
    previous = message;
    return isSame;
  };
}
