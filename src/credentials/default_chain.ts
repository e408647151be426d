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
    const { S3Client } = await loadSdk();
    try {
      if (resolve === undefined) {
        const { credentials } = new S3Client({ region }).config;
        resolve = () => credentials({ forceRefresh: true });
      }
      return await resolve();
    } catch (error) {
      throw new CredentialsError(
        "Cannot get credentials from the default AWS chain; configure a broker or keys, or set up the chain",
        { code: "NoCredentials", cause: wordlessCause(error) },
      );
    }
  };
}

/** What we use of the AWS SDK. */
interface Sdk {
  readonly S3Client: new (options: { region: string }) => {
    readonly config: { credentials(options: { forceRefresh: true }): Promise<Credentials> };
  };
}

/**
 * Finds the SDK where the program has it, or in Deno downloads it. The names are not literals: packers would take it
 * for a dependency, which everyone would have to install.
 *
 * @throws {CredentialsError} If it is not installed.
 */
async function loadSdk(): Promise<Sdk> {
  try {
    return await import(`@aws-sdk/${CLIENT}`);
  } catch {
    try {
      return await import(`npm:@aws-sdk/${CLIENT}@^3.1169.0`);
    } catch (error) {
      throw new CredentialsError(
        'Cannot use the default AWS chain: the AWS SDK is not installed; run "npm install @aws-sdk/client-s3", or ' +
          "configure a broker, keys or `credentials`",
        { code: "SdkMissing", cause: wordlessCause(error) },
      );
    }
  }
}

const CLIENT = "client-s3";
