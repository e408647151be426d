import { CONCURRENCY, type Connect, PART_SIZE_BYTES, REGION } from "../peer.ts";

/** Bun's own client, written in native code. https://bun.sh/docs/api/s3 */
export const connect: Connect = ({ endpointUrl, bucket, accessKeyId, secretAccessKey }) => {
  const client = new Bun.S3Client({ endpoint: endpointUrl, region: REGION, bucket, accessKeyId, secretAccessKey });
  return {
    stat: (key) => client.stat(key),
    read: (key) => client.file(key).arrayBuffer(),
    upload: (key, bytes) => client.write(key, bytes),
    list: async (prefix) => (await client.list({ prefix, maxKeys: 1000 })).contents?.length ?? 0,
    async walk(prefix, onFiles) {
      let continuationToken: string | undefined;
      do {
        const page = await client.list({ prefix, ...continuationToken !== undefined && { continuationToken } });
        onFiles(page.contents?.length ?? 0);
        continuationToken = page.nextContinuationToken;
      } while (continuationToken !== undefined);
    },
    signUrl: (key) => client.presign(key, { expiresIn: 300 }),
    uploadStream: (key, body) =>
      client.write(key, new Response(body), { partSize: PART_SIZE_BYTES, queueSize: CONCURRENCY }),
    download: (key) => Promise.resolve(client.file(key).stream()),
  };
};

/** The parts of Bun's types that are used here; Deno has none of them. */
declare const Bun: {
  readonly S3Client: new (
    options: Readonly<Record<"endpoint" | "region" | "bucket" | "accessKeyId" | "secretAccessKey", string>>,
  ) => BunS3Client;
};

interface BunS3Client {
  stat(key: string): Promise<{ size: number }>;
  file(key: string): { arrayBuffer(): Promise<ArrayBuffer>; stream(): ReadableStream<Uint8Array> };
  write(
    key: string,
    body: Uint8Array | Response,
    options?: { partSize?: number; queueSize?: number },
  ): Promise<number>;
  list(options: { prefix: string; maxKeys?: number; continuationToken?: string }): Promise<{
    contents?: unknown[];
    nextContinuationToken?: string;
  }>;
  presign(key: string, options: { expiresIn: number }): string;
}
