import { S3Client } from "@bradenmacdonald/s3-lite-client";
import { bodyOf, type Connect, PART_SIZE_BYTES, REGION } from "../peer.ts";

/** https://jsr.io/@bradenmacdonald/s3-lite-client, from npm. It sends 4 parts at a time. */
export const connect: Connect = ({ endpointUrl, bucket, accessKeyId, secretAccessKey }) => {
  const keys = { accessKey: accessKeyId, secretKey: secretAccessKey };
  const client = new S3Client({ endPoint: endpointUrl, region: REGION, bucket, ...keys });
  return {
    stat: (key) => client.statObject(key),
    read: async (key) => (await client.getObject(key)).arrayBuffer(),
    upload: (key, bytes) => client.putObject(key, bytes),
    async list(prefix) {
      let count = 0;
      for await (const _ of client.listObjects({ prefix, maxResults: 1000 })) count++;
      return count;
    },
    async walk(prefix, onFiles) {
      for await (const _ of client.listObjects({ prefix })) onFiles(1);
    },
    signUrl: (key) => client.presignedGetObject(key, { expirySeconds: 300 }),
    uploadStream: (key, body, size) => client.putObject(key, body, { size, partSize: PART_SIZE_BYTES }),
    download: async (key) => bodyOf(await client.getObject(key)),
  };
};
