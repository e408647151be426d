import {
  GetObjectCommand,
  HeadObjectCommand,
  ListObjectsV2Command,
  paginateListObjectsV2,
  PutObjectCommand,
  S3Client,
  type S3ClientConfig,
} from "@aws-sdk/client-s3";
import { Upload } from "@aws-sdk/lib-storage";
import { getSignedUrl } from "@aws-sdk/s3-request-presigner";
import { CONCURRENCY, type Connect, PART_SIZE_BYTES, type Peer, REGION, type StoreConfig } from "../peer.ts";

/** The AWS SDK with lib-storage and the presigner, on its default HTTP handler, `node:http`. */
export const connect: Connect = (store) => connectSdk(store, {});

/** The same with client settings. */
export function connectSdk(store: StoreConfig, settings: S3ClientConfig): Peer {
  const { endpointUrl: endpoint, bucket: Bucket, accessKeyId, secretAccessKey } = store;
  const credentials = { accessKeyId, secretAccessKey };
  const client = new S3Client({ endpoint, region: REGION, credentials, forcePathStyle: true, ...settings });
  return {
    stat: (Key) => client.send(new HeadObjectCommand({ Bucket, Key })),
    async read(Key) {
      const { Body } = await client.send(new GetObjectCommand({ Bucket, Key }));
      if (Body === undefined) throw new Error("There is no body");
      return Body.transformToByteArray();
    },
    upload: (Key, Body) => client.send(new PutObjectCommand({ Bucket, Key, Body })),
    async list(Prefix) {
      const { Contents = [] } = await client.send(new ListObjectsV2Command({ Bucket, Prefix, MaxKeys: 1000 }));
      return Contents.length;
    },
    async walk(Prefix, onFiles) {
      for await (const { Contents = [] } of paginateListObjectsV2({ client }, { Bucket, Prefix })) {
        onFiles(Contents.length);
      }
    },
    signUrl: (Key) => getSignedUrl(client, new GetObjectCommand({ Bucket, Key }), { expiresIn: 300 }),
    uploadStream: (Key, Body) =>
      new Upload({ client, params: { Bucket, Key, Body }, queueSize: CONCURRENCY, partSize: PART_SIZE_BYTES }).done(),
    async download(Key) {
      const { Body } = await client.send(new GetObjectCommand({ Bucket, Key }));
      if (Body === undefined) throw new Error("There is no body");
      return Body.transformToWebStream();
    },
  };
}
