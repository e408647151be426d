import { S3mini } from "s3mini";
import { bodyOf, type Connect, PART_SIZE_BYTES, REGION } from "../peer.ts";

/** https://www.npmjs.com/package/s3mini; in Bun it passes most requests to `Bun.S3Client`. */
export const connect: Connect = ({ endpointUrl, bucket, accessKeyId, secretAccessKey }) => {
  const endpoint = `${endpointUrl}/${bucket}`;
  const client = new S3mini({ endpoint, region: REGION, accessKeyId, secretAccessKey, minPartSize: PART_SIZE_BYTES });
  return {
    stat: (key) => client.getContentLength(key),
    read: async (key) => found(await client.getObjectArrayBuffer(key)),
    upload: (key, bytes) => client.putObject(key, bytes),
    list: async (prefix) => found(await client.listObjects("/", prefix, 1000)).length,
    async walk(prefix, onFiles) {
      onFiles(found(await client.listObjects("/", prefix)).length);
    },
    signUrl: (key) => client.getPresignedUrl("GET", key, 300),
    uploadStream: (key, body) => client.putAnyObject(key, body),
    download: async (key) => bodyOf(found(await client.getObjectResponse(key))),
  };
};

function found<T>(value: T | null): T {
  if (value === null) throw new Error("There is no such file");
  return value;
}
