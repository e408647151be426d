import type { Encryption } from "../types/config.ts";

/** How the store keeps a file. */
export interface StorageAttributes {
  readonly encryption?: Encryption | undefined;
  readonly storageClass?: string | undefined;
}

/** The headers for how the store keeps a file; what a call does not say comes from the source's defaults. */
export function storageHeaders(
  defaults: StorageAttributes,
  { encryption = defaults.encryption, storageClass = defaults.storageClass }: StorageAttributes = {},
): Record<string, string> {
  return {
    ...encryption !== undefined && encryptionHeaders(encryption),
    ...storageClass !== undefined && { "x-amz-storage-class": storageClass },
  };
}

/** https://docs.aws.amazon.com/AmazonS3/latest/userguide/specifying-kms-encryption.html */
export function encryptionHeaders(encryption: Encryption): Record<string, string> {
  const keyId = encryption.algorithm === "AES256" ? undefined : encryption.kmsKeyId;
  return {
    "x-amz-server-side-encryption": encryption.algorithm,
    ...keyId !== undefined && { "x-amz-server-side-encryption-aws-kms-key-id": keyId },
  };
}
