import { CredentialsError } from "../errors.ts";
import { wordlessCause } from "../text/safe_text.ts";
import type { Credentials } from "../types/config.ts";

/**
 * The default AWS credential chain, as the AWS SDK implements it: environment, shared ini files, container, instance.
 * The SDK is imported when the chain is first used.
 * https://docs.aws.amazon.com/sdkref/latest/guide/standardized-credentials.html
 */
export function createDefaultChain(region: string): () => Promise<Credentials> {
  let resolve: (() => Promise<Credentials>) | undefined;
  return async () => {
    try {
      resolve ??= await loadChain(region);
      return await resolve();
    } catch (error) {
      throw new CredentialsError(
        "Cannot get credentials from the default AWS chain; configure a broker or keys, or set up the chain",
        { code: "NoCredentials", cause: wordlessCause(error) },
      );
    }
  };
}

async function loadChain(region: string): Promise<() => Promise<Credentials>> {
  const { S3Client } = await import("@aws-sdk/client-s3");
  const { credentials } = new S3Client({ region }).config;
  return () => credentials({ forceRefresh: true });
}
