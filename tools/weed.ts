import { isPortFree } from "./free_ports.ts";
import { startStore, type StoreServer } from "./store_server.ts";
import { findOrInstallWeed } from "./weed_binary.ts";

/** Options of {@link startWeed}. */
export interface WeedOptions {
  /** Folder of the data; created if it is missing. Files of an earlier run are served again. */
  dataDir: string;
  /** Buckets to create, unless they exist. */
  buckets: readonly string[];
  /** Port of the S3 endpoint. Default: a free one. */
  s3Port?: number;
  /** Access key id that may do everything. Default `"weed-access-key"`. */
  accessKeyId?: string;
  /**
   * Secret access key that goes with it. Default: one that nobody knows if it is `throwaway`, `"weed-secret-key"`
   * otherwise.
   */
  secretAccessKey?: string;
  /** `true`: `AssumeRole` issues temporary keys, see {@link WeedServer.roleArn}. Default `false`. */
  sts?: boolean;
  /** Lifetime of temporary keys without `DurationSeconds`, whose minimum is 900, in seconds. Default 900. */
  sessionSeconds?: number;
  /** The longest lifetime of temporary keys, in seconds. Default 43,200. */
  maxSessionSeconds?: number;
  /**
   * `true`: stopping removes `dataDir`. Either way it is killed: what it has confirmed is in files by then. Asked to end,
   * it would wait 25 seconds for connections of its own parts to each other.
   */
  throwaway: boolean;
  /** The file for its output, overwritten. */
  logFile: string;
}

/** A running SeaweedFS. */
export interface WeedServer extends StoreServer {
  /** A role that any keys can assume, and that may do everything; only with `sts`. */
  readonly roleArn: string;
}

/**
 * Starts SeaweedFS on the loopback interface, and returns when S3 answers and the buckets exist. Installs it if it is
 * missing.
 *
 * @throws {Error} If the port is in use, or it does not start within a minute; the message says what to do.
 */
export async function startWeed(options: WeedOptions): Promise<WeedServer> {
  const { dataDir, s3Port, throwaway, logFile, buckets, accessKeyId = "weed-access-key" } = options;
  // One of its own: another store, on a port that this one was to have, must not pass for it.
  const { secretAccessKey = throwaway ? crypto.randomUUID() : "weed-secret-key" } = options;
  const keys = { accessKeyId, secretAccessKey };
  if (s3Port !== undefined) assertFree(s3Port);
  const binary = await findOrInstallWeed();
  const store = await startStore(s3Port === undefined ? 8 : 7, async ([...ports]) => {
    if (s3Port !== undefined) assertFree(s3Port);
    await Deno.mkdir(dataDir, { recursive: true });
    const runDir = await Deno.makeTempDir({ prefix: "weed-" });
    await Deno.writeTextFile(`${runDir}/s3.json`, s3Config(keys), { mode: 0o600 });
    const iam = iamConfig({ sessionSeconds: 900, ...options });
    if (options.sts) await Deno.writeTextFile(`${runDir}/iam.json`, iam, { mode: 0o600 });
    const port = s3Port ?? ports.pop() ?? 0;
    const leftovers = [runDir, ...localSockets(ports), ...(throwaway ? [dataDir] : [])];
    const stsFlags = options.sts ? [`-s3.iam.config=${runDir}/iam.json`] : [];
    const command = [binary, ...flags({ dataDir, runDir, ports, s3Port: port }), ...stsFlags];
    const access = { endpointUrl: `http://127.0.0.1:${port}`, ...keys };
    return { server: { name: "SeaweedFS", command, logFile, leftovers }, access, buckets };
  });
  return { ...store, roleArn: ROLE_ARN };
}

function assertFree(port: number): void {
  if (isPortFree(port)) return;
  throw new Error(
    `Cannot start SeaweedFS on port ${port}: something else listens there. ` +
      "Stop that, or choose another port for the store.",
  );
}

/** https://github.com/seaweedfs/seaweedfs/wiki/Amazon-S3-API#static-configuration */
function s3Config(keys: { accessKeyId: string; secretAccessKey: string }): string {
  return JSON.stringify({
    identities: [{
      name: "owner",
      credentials: [{ accessKey: keys.accessKeyId, secretKey: keys.secretAccessKey }],
      actions: ["Admin", "Read", "Write", "List", "Tagging"],
    }],
  });
}

/** The role that any keys can assume. */
export const ROLE_ARN = "arn:aws:iam::role/files";

/** https://github.com/seaweedfs/seaweedfs/wiki/S3-Configuration */
export function iamConfig(
  { sessionSeconds, maxSessionSeconds = 43_200 }: { sessionSeconds: number; maxSessionSeconds?: number },
): string {
  const Version = "2012-10-17";
  const signingKey = btoa(String.fromCharCode(...crypto.getRandomValues(new Uint8Array(32))));
  return JSON.stringify({
    sts: { tokenDuration: `${sessionSeconds}s`, maxSessionLength: `${maxSessionSeconds}s`, issuer: "weed", signingKey },
    policy: { defaultEffect: "Deny", storeType: "memory" },
    policies: [{
      name: "everything",
      document: { Version, Statement: [{ Effect: "Allow", Action: ["s3:*"], Resource: ["*"] }] },
    }],
    roles: [{
      roleName: "files",
      roleArn: ROLE_ARN,
      trustPolicy: {
        Version,
        Statement: [{ Effect: "Allow", Principal: { AWS: "*" }, Action: ["sts:AssumeRole"] }],
      },
      attachedPolicies: ["everything"],
    }],
  });
}

function flags(place: { dataDir: string; runDir: string; ports: number[]; s3Port: number }): string[] {
  const [master, masterGrpc, volume, volumeGrpc, filer, filerGrpc, s3Grpc] = place.ports;
  return [
    "server",
    `-dir=${place.dataDir}`,
    "-ip=127.0.0.1",
    "-ip.bind=127.0.0.1",
    `-master.port=${master}`,
    `-master.port.grpc=${masterGrpc}`,
    "-master.telemetry=false",
    // It elects itself at once; otherwise it may not find the files of an earlier run for some seconds.
    "-master.peers=none",
    "-master.volumeSizeLimitMB=1024",
    `-volume.port=${volume}`,
    `-volume.port.grpc=${volumeGrpc}`,
    // Each bucket takes several volumes, and writes fail when none are left.
    "-volume.max=100",
    "-filer",
    `-filer.port=${filer}`,
    `-filer.port.grpc=${filerGrpc}`,
    `-filer.localSocket=${place.runDir}/filer.sock`,
    "-s3",
    `-s3.port=${place.s3Port}`,
    `-s3.port.grpc=${s3Grpc}`,
    // Their defaults are fixed ports, so a second server would exit.
    "-s3.port.iceberg=0",
    "-s3.port.lance=0",
    `-s3.config=${place.runDir}/s3.json`,
    `-s3.localSocket=${place.runDir}/s3.sock`,
  ];
}

/** SeaweedFS always creates these, and does not remove them. */
function localSockets([, master, , volume, , filer, s3]: number[]): string[] {
  const ports = Object.entries({ master, volume, filer, s3 });
  return ports.map(([name, port]) => `/tmp/seaweedfs-${name}-grpc-${port}.sock`);
}
