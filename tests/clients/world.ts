import { GetObjectCommand, ListObjectsV2Command, PutObjectCommand } from "@aws-sdk/client-s3";
import { type BrokerLogEntry, createBroker, createSecret, type TenantConfig } from "../../src/broker/mod.ts";
import { openSeaweedFs } from "../integration/seaweedfs.ts";
import { withoutDuration } from "../soak/broker.ts";
import { createCertificate } from "../support/certificate.ts";

/** The bucket that docs/brokers.md names. */
export const BUCKET = "media";

/** A SeaweedFS with STS, and a broker in front of it. */
export interface World {
  /** The store's endpoint. */
  readonly storeUrl: string;
  /** The broker's origin. */
  readonly brokerUrl: string;
  /** The same broker, with TLS. */
  readonly tlsUrl: string;
  /** The origin of a broker whose STS does not answer. */
  readonly brokenUrl: string;
  /** The origin of the broker as if it went down after the first keys for each caller of `GET /credentials`. */
  readonly onceUrl: string;
  /** The file with the certificate of `tlsUrl`. */
  readonly certificate: string;
  /** The origin of a server that answers 404. */
  readonly emptyUrl: string;
  /** What the broker has logged. */
  readonly log: readonly BrokerLogEntry[];
  /** A folder for the tests' files. */
  readonly folder: string;
  /** The secrets of the tenants, by name. */
  readonly secrets: Readonly<Record<string, string>>;
  /** The keys of the bucket that begin with a prefix. */
  list(prefix: string): Promise<string[]>;
  /** An object's bytes. */
  read(key: string): Promise<Uint8Array<ArrayBuffer>>;
  /** Ends everything. */
  stop(): Promise<void>;
}

/**
 * Starts everything.
 *
 * @param options `keySeconds`: the lifetime of keys. Default: what the broker asks for.
 * @param names Of tenants. Each has a file `first.txt` in its folder `NAME/`, and a neighbour `NAME-2/` with `other.txt`.
 */
export async function startWorld(
  names: readonly string[],
  { keySeconds }: { keySeconds?: number } = {},
): Promise<World> {
  const folder = await Deno.makeTempDir({ prefix: "s3-source-clients-" });
  const [store, { certPath, keyPath }] = await Promise.all([
    openSeaweedFs({
      sts: true,
      otherBuckets: [BUCKET],
      ...keySeconds !== undefined && { sessionSeconds: keySeconds },
    }),
    createCertificate(folder, ["127.0.0.1"]),
  ]);
  const { config: { endpointUrl, accessKeyId, secretAccessKey }, roleArn, sdk } = store;
  const log: BrokerLogEntry[] = [];
  const secrets: Record<string, string> = {};
  const tenants: Record<string, TenantConfig> = {};
  for (const name of names) {
    const { secret, sha256 } = await createSecret();
    secrets[name] = secret;
    tenants[name] = { secretSha256: sha256, bucket: BUCKET, prefix: name, allow: ["read", "write", "delete"] };
  }
  const createTestBroker = (stsUrl: string) =>
    createBroker({
      sts: { endpointUrl: stsUrl, accessKeyId, secretAccessKey, roleArn, canListUploads: true },
      tenants,
      // Shorter than any that STS takes in a request: its own default.
      fetch: keySeconds === undefined ? fetch : withoutDuration({ accessKeyId, secretAccessKey }),
      failureDelayMs: 0,
      log: (entry) => log.push(entry),
    });
  const broker = createTestBroker(endpointUrl);
  const empty = serve(() => new Response(null, { status: 404 }));
  // Nothing listens on a port that no program may listen on.
  const broken = serve(createTestBroker("http://127.0.0.1:1"));
  const plain = serve(broker);
  const served = new Set<string | null>();
  const once = serve((request) => {
    const caller = request.headers.get("authorization");
    if (served.has(caller)) return new Response(null, { status: 503 });
    served.add(caller);
    return broker(request);
  });
  const tls = serve(broker, { cert: await Deno.readTextFile(certPath), key: await Deno.readTextFile(keyPath) });
  const put = (Key: string) => sdk.send(new PutObjectCommand({ Bucket: BUCKET, Key, Body: `${Key}\n` }));
  const keys = names.flatMap((name) => [`${name}/first.txt`, `${name}-2/other.txt`]);
  await Promise.all(["other.txt", ...keys].map(put));
  return {
    storeUrl: endpointUrl,
    brokerUrl: `http://127.0.0.1:${plain.addr.port}`,
    brokenUrl: `http://127.0.0.1:${broken.addr.port}`,
    onceUrl: `http://127.0.0.1:${once.addr.port}`,
    tlsUrl: `https://127.0.0.1:${tls.addr.port}`,
    emptyUrl: `http://127.0.0.1:${empty.addr.port}`,
    certificate: certPath,
    log,
    folder,
    secrets,
    async list(prefix) {
      const { Contents = [] } = await sdk.send(new ListObjectsV2Command({ Bucket: BUCKET, Prefix: prefix }));
      return Contents.map(({ Key = "" }) => Key);
    },
    async read(Key) {
      const { Body } = await sdk.send(new GetObjectCommand({ Bucket: BUCKET, Key }));
      return new Uint8Array(await Body?.transformToByteArray() ?? []);
    },
    async stop() {
      await Promise.all([plain, tls, broken, once, empty].map((server) => server.shutdown()));
      await store.stop();
      await Deno.remove(folder, { recursive: true });
    },
  };
}

function serve(
  handler: (request: Request) => Response | Promise<Response>,
  tls: { cert?: string; key?: string } = {},
): Deno.HttpServer<Deno.NetAddr> {
  const options = { hostname: "127.0.0.1", port: 0, onListen: () => {} };
  const { cert, key } = tls;
  if (cert === undefined || key === undefined) return Deno.serve(options, (request) => handler(request));
  return Deno.serve({ ...options, cert, key }, (request) => handler(request));
}
