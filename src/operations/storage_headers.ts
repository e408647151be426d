import type { FileAttributes } from "../types/file_attributes.ts";

/** How the store keeps a file. */
export type StorageAttributes = Pick<FileAttributes, "encryption" | "storageClass">;

/**
 * The headers for how the store keeps a file; what a call does not say comes from the source's defaults.
 * https://docs.aws.amazon.com/AmazonS3/latest/userguide/specifying-kms-encryption.html
 */
export function storageHeaders(
  defaults: StorageAttributes,
  { encryption = defaults.encryption, storageClass = defaults.storageClass }: StorageAttributes,
): Record<string, string> {
  const keyId = encryption && "kmsKeyId" in encryption ? encryption.kmsKeyId : undefined;
  return {
    ...encryption !== undefined && { "x-amz-server-side-encryption": encryption.algorithm },
    ...keyId !== undefined && { "x-amz-server-side-encryption-aws-kms-key-id": keyId },
    ...storageClass !== undefined && { "x-amz-storage-class": storageClass },
  };
}
