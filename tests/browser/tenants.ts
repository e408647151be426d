import { createS3Source, type S3Source } from "../../mod.ts";
import { createBroker, createSecret, type Permission, type TenantConfig } from "../../src/broker/mod.ts";
import type { SeaweedFs } from "../integration/seaweedfs.ts";

/** A broker, and sources that get their credentials from it. */
export interface Tenants {
  /** A source with what a new tenant may do below a prefix. */
  open(prefix: string, options?: TenantOptions): Promise<S3Source>;
  /** Ends it. */
  close(): Promise<void>;
}

/** What a tenant gets. */
export interface TenantOptions {
  /** Default: everything. */
  readonly allow?: readonly Permission[];
  /** What the broker does with an answer before it goes out. Default: nothing. */
  readonly change?: (answer: Response) => Response | Promise<Response>;
}

const EVERY_PERMISSION: readonly Permission[] = ["read", "write", "delete"];

/** Starts a broker over the store's STS. Tenants come as they are opened. */
export function openTenants({ config, bucket, roleArn }: SeaweedFs): Tenants {
  const { endpointUrl, accessKeyId, secretAccessKey } = config;
  const sts = { endpointUrl, roleArn, accessKeyId, secretAccessKey, canListUploads: true };
  const answers = new Map<string, (request: Request) => Promise<Response>>();
  const server = Deno.serve({ hostname: "127.0.0.1", port: 0, onListen: () => {} }, async (request) => {
    const answer = answers.get(new URL(request.url).pathname.split("/")[1] ?? "");
    return await answer?.(request) ?? new Response(null, { status: 404 });
  });
  return {
    async open(prefix, { allow = EVERY_PERMISSION, change = (answer: Response) => answer }: TenantOptions = {}) {
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
