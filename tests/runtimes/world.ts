import { sleep } from "../../src/async/abort.ts";
import { createBroker, createSecret } from "../../src/broker/mod.ts";
import { installPacked } from "../../tools/pack.ts";
import { versionOf } from "../../tools/pinned.ts";
import { openSeaweedFs } from "../integration/seaweedfs.ts";
import { openCodedFiles } from "./coded_files.ts";
import type { GuestSetup } from "./guest/setup.ts";

/** The environment of the runtimes: a SeaweedFS, a broker, and a project where the packed package is installed. */
export interface World {
  /** The setup of a guest, still without the runtime's name. */
  readonly setup: GuestSetup;
  /** The project. */
  readonly projectFolder: string;
  /** The package in it. */
  readonly packageFolder: string;
  /** Resolves when nobody has asked for keys for a moment: runtimes replace them in the background. */
  untilIdle(): Promise<void>;
  /** Stops and removes everything. */
  stop(): Promise<void>;
}

/** A request of a browser may take as long to arrive. */
const QUIET_MS = 500;

/** Starts and installs it. Stop it. */
export async function openWorld(): Promise<World> {
  const packages = ["fast-check", "@hono/node-server", "@aws-sdk/client-s3"].map((name) =>
    `${name}@${versionOf(name)}`
  );
  const { folder, packageFolder, remove } = await installPacked({ packages });
  const weed = await openSeaweedFs({ sts: true });
  const codedFiles = await openCodedFiles(weed);
  const { bucket, ...sts } = weed.config;
  const { secret, sha256: secretSha256 } = await createSecret();
  const tenants = { team: { secretSha256, bucket, prefix: "team", allow: ["read", "write", "delete"] as const } };
  const answers = new Set<Promise<Response>>();
  let askedMs = 0;
  const server = Deno.serve({ hostname: "127.0.0.1", port: 0, onListen: () => {} }, (request) => {
    askedMs = Date.now();
    const response = answer(request).finally(() => answers.delete(response));
    answers.add(response);
    return response;
  });

  async function answer(request: Request): Promise<Response> {
    const { pathname, searchParams } = new URL(request.url);
    // Pages of any server may ask.
    const headers = { "access-control-allow-origin": "*" };
    if (pathname === "/uploads") {
      return Response.json(await weed.listUploads(searchParams.get("prefix") ?? ""), { headers });
    }
    // A new broker for each call, as one broker would cache the keys.
    const broker = createBroker({
      sts: { ...sts, roleArn: weed.roleArn, durationSeconds: 900, canListUploads: true },
      tenants,
    });
    const { body, status } = await broker(request);
    return new Response(body, { status, headers });
  }

  const url = `http://127.0.0.1:${server.addr.port}`;
  return {
    projectFolder: folder,
    packageFolder,
    setup: {
      runtime: "",
      store: weed.config,
      roleArn: weed.roleArn,
      uploadsUrl: `${url}/uploads`,
      brokerUrl: `${url}/credentials`,
      brokerSecret: secret,
      brokerSecretSha256: secretSha256,
      codedFiles: codedFiles.setup,
    },
    async untilIdle() {
      while (answers.size > 0 || Date.now() < askedMs + QUIET_MS) await sleep(50);
    },
    async stop() {
      await server.shutdown();
      await codedFiles.stop();
      await weed.stop();
      await remove();
    },
  };
}
