import { createBroker, createSecret, type TenantConfig } from "../../src/broker/mod.ts";
import { sha256, toHex } from "../../src/hash/hash.ts";
import { signHeaders } from "../../src/s3/sign/sign.ts";
import type { SeaweedFs } from "../integration/seaweedfs.ts";

/** A running broker. */
export interface SoakBroker {
  readonly credentialsUrl: string;
  /** By the tenant's name, which is also its prefix. */
  readonly secrets: Readonly<Record<string, string>>;
  /** Grants so far, and how many of them were new. */
  readonly counts: { granted: number; made: number; failed: number };
  stop(): Promise<void>;
}

/** Serves keys with the store's default lifetime, which is shorter than any that its STS accepts in a request. */
export async function startBroker(seaweedFs: SeaweedFs, names: readonly string[]): Promise<SoakBroker> {
  const { accessKeyId, secretAccessKey, endpointUrl } = seaweedFs.config;
  const secrets: Record<string, string> = {};
  const tenants: Record<string, TenantConfig> = {};
  for (const name of names) {
    const { secret, sha256 } = await createSecret();
    secrets[name] = secret;
    tenants[name] = {
      secretSha256: sha256,
      bucket: seaweedFs.bucket,
      prefix: name,
      allow: ["read", "write", "delete"],
    };
  }
  const counts = { granted: 0, made: 0, failed: 0 };
  const broker = createBroker({
    sts: { endpointUrl, roleArn: seaweedFs.roleArn, accessKeyId, secretAccessKey, canListUploads: true },
    tenants,
    fetch: withoutDuration({ accessKeyId, secretAccessKey }),
    log: ({ type, isCached }) => {
      if (type !== "granted") return void counts.failed++;
      counts.granted++;
      if (!isCached) counts.made++;
    },
  });
  const server = Deno.serve({ hostname: "127.0.0.1", port: 0, onListen: () => {} }, (request) => broker(request));
  return {
    credentialsUrl: `http://127.0.0.1:${server.addr.port}/credentials`,
    secrets,
    counts,
    stop: () => server.shutdown(),
  };
}

/** A `fetch` that leaves the lifetime out of requests to STS. */
export function withoutDuration(credentials: { accessKeyId: string; secretAccessKey: string }): typeof fetch {
  return async (input, init) => {
    const url = new URL(input instanceof Request ? input.url : input);
    const form = new URLSearchParams(String(init?.body));
    form.delete("DurationSeconds");
    const body = form.toString();
    const payloadHash = toHex(await sha256(new TextEncoder().encode(body)));
    const type = { "content-type": "application/x-www-form-urlencoded" };
    const headers = signHeaders(
      { method: "POST", host: url.host, path: url.pathname, query: "", headers: type, payloadHash },
      { credentials, region: "us-east-1", service: "sts", nowMs: Date.now() },
    );
    return await fetch(url, { ...init, headers, body });
  };
}
