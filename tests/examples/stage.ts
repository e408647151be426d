import { createS3Source, type S3Source } from "../../mod.ts";
import { createBroker, createSecret, type Permission } from "../../src/broker/mod.ts";
import { findFreePorts } from "../../tools/free_ports.ts";
import type { SeaweedFs } from "../integration/seaweedfs.ts";

/** Shared by the examples' tests: a store, and brokers for its folders. */
export interface Stage {
  readonly seaweedFs: SeaweedFs;
  /** A new folder with a broker of its own. */
  openFolder(options?: { readonly allow?: readonly Permission[] }): Promise<ExampleFolder>;
}

/** A folder of the bucket, as an example and as its owner see it. */
export interface ExampleFolder {
  /** The environment of an example. */
  readonly env: Readonly<Record<"CREDENTIALS_URL" | "CREDENTIALS_URL_SECRET" | "S3_ENDPOINT_URL", string>>;
  /** The owner's source. */
  readonly source: S3Source;
  /** Ends in `/`. */
  readonly prefix: string;
  /** The number of calls to the broker. */
  asked(): number;
}

/** One server is the broker of all folders; it ends after the tests of the calling file. */
export function createStage(seaweedFs: SeaweedFs): Stage {
  const { config: { endpointUrl, accessKeyId, secretAccessKey }, bucket, roleArn } = seaweedFs;
  const brokers = new Map<string, (request: Request) => Promise<Response>>();
  const server = Deno.serve(
    { hostname: "127.0.0.1", port: 0, onListen: () => {} },
    (request) => brokers.get(new URL(request.url).pathname)?.(request) ?? new Response(null, { status: 404 }),
  );
  Deno.test.afterAll(() => server.shutdown());
  return {
    seaweedFs,
    async openFolder({ allow = EVERY_PERMISSION } = {}) {
      const prefix = `${crypto.randomUUID()}/`;
      const { secret, sha256 } = await createSecret();
      const handle = createBroker({
        sts: { endpointUrl, roleArn, accessKeyId, secretAccessKey, canListUploads: true },
        tenants: { example: { secretSha256: sha256, bucket, prefix, allow } },
      });
      let count = 0;
      brokers.set(`/${prefix}credentials`, (request) => {
        count++;
        return handle(new Request(new URL("/credentials", request.url), request));
      });
      return {
        env: {
          CREDENTIALS_URL: `http://127.0.0.1:${server.addr.port}/${prefix}credentials`,
          CREDENTIALS_URL_SECRET: secret,
          S3_ENDPOINT_URL: endpointUrl,
        },
        source: createS3Source({ ...seaweedFs.config, prefix }),
        prefix,
        asked: () => count,
      };
    },
  };
}

/** A URL where nothing answers. */
export function deadUrl(): string {
  return `http://127.0.0.1:${findFreePorts(1)[0]}`;
}

const EVERY_PERMISSION: readonly Permission[] = ["read", "write", "delete"];
