import { ListMultipartUploadsCommand, NoSuchUpload, S3Client } from "@aws-sdk/client-s3";
import type { StoreTraits } from "../../mod.ts";
import type { StoreServer } from "../../tools/store_server.ts";
import { orSkip } from "../support/or_skip.ts";

/** A running store, and a client of the AWS SDK for it. */
export interface TestStore {
  /** Bucket, endpoint and keys. */
  readonly config: Readonly<Record<"bucket" | "endpointUrl" | "accessKeyId" | "secretAccessKey", string>> & {
    readonly store?: StoreTraits;
  };
  /** The bucket's name. */
  readonly bucket: string;
  /** A client of the SDK, connected to it. */
  readonly sdk: S3Client;
  /** The keys of the multipart uploads below a prefix, as the SDK sees them. */
  listUploads(prefix: string): Promise<string[]>;
  /** Stops it and removes its files. */
  stop(): Promise<void>;
}

/** Connects the AWS SDK to a server that was started with the bucket. */
export function connectStore(server: StoreServer, bucket: string): TestStore {
  const { endpointUrl, accessKeyId, secretAccessKey } = server;
  const sdk = new S3Client({
    endpoint: endpointUrl,
    region: "us-east-1",
    credentials: { accessKeyId, secretAccessKey },
    forcePathStyle: true,
  });
  return {
    config: { bucket, endpointUrl, accessKeyId, secretAccessKey },
    bucket,
    sdk,
    async listUploads(prefix) {
      // Filtered here: the tests must not rely on the store's own filter.
      const { Uploads = [] } = await sdk.send(new ListMultipartUploadsCommand({ Bucket: bucket })).catch((error) => {
        // Some stores say so if there is no upload in the whole bucket. Those that cannot list any fail a test of that.
        if (error instanceof NoSuchUpload || (error instanceof Error && error.name === "NotImplemented")) {
          return { Uploads: [] };
        }
        throw error;
      });
      return Uploads.map((upload) => upload.Key ?? "").filter((key) => key.startsWith(prefix));
    },
    async stop() {
      sdk.destroy();
      await server.stop();
    },
  };
}

/**
 * Whether the store is installed or can be. One that does not start is always an error.
 *
 * @throws {Error} Under `CI=true`, if it is not.
 */
export async function isAvailable(name: string, findOrInstall: () => Promise<string>): Promise<boolean> {
  return await orSkip(`all tests on ${name}`, findOrInstall) !== undefined;
}
