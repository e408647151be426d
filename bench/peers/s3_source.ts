import { createS3Source } from "../../mod.ts";
import { CONCURRENCY, type Connect, PART_SIZE_BYTES } from "../peer.ts";

/** This module, with its defaults. */
export const connect: Connect = ({ endpointUrl, bucket, accessKeyId, secretAccessKey }) => {
  const source = createS3Source(
    { endpointUrl, bucket, accessKeyId, secretAccessKey },
    { upload: { partSizeBytes: PART_SIZE_BYTES, concurrency: CONCURRENCY } },
  );
  return {
    stat: (key) => source.stat(key),
    read: (key) => source.read(key),
    upload: (key, bytes) => source.upload(key, bytes),
    list: async (prefix) => (await source.list({ prefix, limit: 1000 })).files.length,
    async walk(prefix, onFiles, concurrency) {
      for await (const _ of source.walk({ prefix, concurrency })) onFiles(1);
    },
    signUrl: (key) => source.downloadUrl(key),
    uploadStream: (key, body, size) => source.upload(key, body, { size }),
    uploadUnhashed: (key, body, size) => source.upload(key, body, { size, contentHash: false }),
    download: async (key) => (await source.stream(key)).body,
  };
};
