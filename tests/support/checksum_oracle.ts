import {
  type ChecksumAlgorithm,
  type ChecksumType,
  CompleteMultipartUploadCommand,
  CreateMultipartUploadCommand,
  PutObjectCommand,
  type S3Client,
  UploadPartCommand,
} from "@aws-sdk/client-s3";
import { assert, assertEquals, assertRejects } from "@std/assert";
import { createS3Source, IntegrityError, type S3SourceConfig } from "../../mod.ts";
import { createFaultyFetch } from "../../src/testing/faults/proxy.ts";
import { collect, isSame, PART_BYTES, someBytes } from "../conformance/suite.ts";

/** What the SDK can have a checksum of: an object it sends at once, or in parts with either type. */
export const CHECKSUM_KINDS: readonly [ChecksumAlgorithm, ChecksumType | "ONE_PIECE"][] = [
  ["SHA256", "ONE_PIECE"],
  ["SHA1", "ONE_PIECE"],
  ["CRC64NVME", "ONE_PIECE"],
  ["CRC32C", "ONE_PIECE"],
  ["CRC32", "ONE_PIECE"],
  ["SHA256", "COMPOSITE"],
  ["SHA1", "COMPOSITE"],
  ["CRC32C", "COMPOSITE"],
  ["CRC32", "COMPOSITE"],
  ["CRC64NVME", "FULL_OBJECT"],
  ["CRC32C", "FULL_OBJECT"],
  ["CRC32", "FULL_OBJECT"],
];

/** Uploads with the SDK, and asserts that our reads accept just that content: it is verified, and rightly so. */
export async function assertChecksumVerified(
  sdk: S3Client,
  { config, kind: [algorithm, type] }: { config: S3SourceConfig; kind: (typeof CHECKSUM_KINDS)[number] },
): Promise<void> {
  const Bucket = config.bucket ?? "";
  const Key = `${crypto.randomUUID()}/a`;
  const bytes = someBytes(type === "ONE_PIECE" ? 100_003 : 2 * PART_BYTES + 100_003);
  if (type === "ONE_PIECE") {
    await sdk.send(new PutObjectCommand({ Bucket, Key, Body: bytes, ChecksumAlgorithm: algorithm }));
  } else {
    await uploadParts(sdk, { Bucket, Key }, { bytes, sizes: [PART_BYTES, PART_BYTES, 100_003], algorithm, type });
  }
  const prefix = Key.slice(0, -1);
  const source = createS3Source({ ...config, prefix });
  const read = async (from = source) => await from.read("a");
  const stream = async (from = source) => await new Blob(await collect((await from.stream("a")).body)).bytes();
  for (const get of [read, stream]) {
    assert(isSame(await get(), bytes));
    const faulty = createFaultyFetch(fetch, {
      plan: ({ method }) => method === "GET" ? { kind: "flippedByte", direction: "response", at: 0.99 } : undefined,
    });
    const flipped = createS3Source({ ...config, prefix }, { fetch: faulty.fetch, retry: { maxAttempts: 1 } });
    await assertRejects(() => get(flipped), IntegrityError, "the bytes do not match the stored checksum");
    assertEquals(faulty.injected.length, 1);
  }
}

/** A multipart upload by the SDK, of parts of any sizes. */
export async function uploadParts(
  sdk: S3Client,
  target: { Bucket: string; Key: string },
  { bytes, sizes, algorithm, type }: {
    bytes: Uint8Array;
    sizes: readonly number[];
    algorithm: ChecksumAlgorithm;
    type: ChecksumType;
  },
): Promise<void> {
  const created = { ...target, ChecksumAlgorithm: algorithm, ChecksumType: type };
  const { UploadId } = await sdk.send(new CreateMultipartUploadCommand(created));
  const Parts = [];
  let begin = 0;
  for (const [index, size] of sizes.entries()) {
    const part = { ...target, UploadId, PartNumber: index + 1, ChecksumAlgorithm: algorithm };
    const { $metadata: _, ...stored } = await sdk.send(
      new UploadPartCommand({ ...part, Body: bytes.subarray(begin, begin += size) }),
    );
    Parts.push({ ...stored, PartNumber: index + 1 });
  }
  await sdk.send(new CompleteMultipartUploadCommand({ ...target, UploadId, MultipartUpload: { Parts } }));
}
