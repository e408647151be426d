import { createS3Source, type S3Source } from "../../mod.ts";
import { createBroker, createSecret, type Permission, type TenantConfig } from "../../src/broker/mod.ts";
import type { SeaweedFs } from "../integration/seaweedfs.ts";

/** A broker, and sources with credentials from it. */
export interface Tenants {
  /** Creates a tenant for a prefix, and a source with its credentials. */
  open(prefix: string, options?: TenantOptions): Promise<S3Source>;
  /** Stops the broker. */
  close(): Promise<void>;
}

/** Options of a tenant. */
export interface TenantOptions {
  /** Default: every permission. */
  readonly allow?: readonly Permission[];
  /** Changes the broker's responses. Default: unchanged. */
  readonly change?: (response: Response) => Response | Promise<Response>;
}

const EVERY_PERMISSION: readonly Permission[] = ["read", "write", "delete"];

/** Starts a broker on the store's STS, without tenants. */
export function openTenants({ config, bucket, roleArn }: SeaweedFs): Tenants {
  const { endpointUrl, accessKeyId, secretAccessKey } = config;
  const sts = { endpointUrl, roleArn, accessKeyId, secretAccessKey, canListUploads: true };
  const answers = new Map<string, (request: Request) => Promise<Response>>();
  const server = Deno.serve({ hostname: "127.0.0.1", port: 0, onListen: () => {} }, async (request) => {
    const answer = answers.get(new URL(request.url).pathname.split("/")[1] ?? "");
    return await answer?.(request) ?? new Response(null, { status: 404 });
  });
  return {
    async open(prefix, { allow = EVERY_PERMISSION, change = (response: Response) => response }: TenantOptions = {}) {
      const { secret, sha256 } = await createSecret();
      const tenant: TenantConfig = { secretSha256: sha256, bucket, prefix, allow };
      const broker = createBroker({ sts, tenants: { tenant } });
      const name = crypto.randomUUID();
      answers.set(name, async (request) => {
        const { method, headers, body } = request;
        const init = { method, headers, ...body && { body } };
        return await change(await broker(new Request(new URL("/credentials", request.url), init)));
      });
      const credentialsUrl = `http://127.0.0.1:${server.addr.port}/${name}`;
      return createS3Source({ credentialsUrl, credentialsUrlSecret: secret, endpointUrl });
    },
    close: () => server.shutdown(),
  };
}
