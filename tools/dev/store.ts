import { createS3Source } from "../../mod.ts";
import { allowOrigins, appOrigins } from "../cors.ts";
import { startWeed } from "../weed.ts";
import { addSamples } from "./samples.ts";

/** Where the store is, and what opens it. */
export interface DevStoreOptions {
  /** The folder that keeps its files and its log. */
  readonly folder: string;
  /** The port of S3. */
  readonly port: number;
  /** Its keys. */
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  /** The port of the app, whose pages may send files to the store. */
  readonly appPort: number;
}

/** Starts a store that keeps its files, with samples in the folder `team` of the bucket `dev` at the first time. */
export async function startDevStore(
  { folder, port, appPort, ...keys }: DevStoreOptions,
): Promise<{ stop(): Promise<void> }> {
  const dataDir = `${folder}/dev-data`;
  const weed = await startWeed({
    dataDir,
    buckets: ["dev"],
    s3Port: port,
    ...keys,
    sts: true,
    throwaway: false,
    logFile: `${folder}/dev-weed.log`,
  });
  try {
    await allowOrigins(weed, { bucket: "dev", origins: appOrigins(appPort) });
    const source = createS3Source({ bucket: "dev", prefix: "team", endpointUrl: weed.endpointUrl, ...keys });
    await addSamples(source, { marker: `${dataDir}/samples-added.txt` });
  } catch (error) {
    await weed.stop();
    throw error;
  }
  return weed;
}
