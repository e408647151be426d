import { createS3Source } from "@files/s3-source";
import { createFilesApp } from "@files/s3-source/app";
import { createBroker } from "@files/s3-source/broker";
import { codedFileTests } from "./coded_files.ts";
import { sourceTests } from "./sources.ts";
import type { GuestSetup } from "./setup.ts";
import { conformanceTests } from "./suite.ts";

/**
 * The code that runs in each runtime, with the packed package: a function from `Request` to `Response` that runs tests
 * on request, and also serves the files app and a broker.
 */
export function createGuest(setup: GuestSetup): (request: Request) => Promise<Response> {
  const { store, roleArn, brokerSecretSha256: secretSha256 } = setup;
  const { bucket, ...sts } = store;
  const conformance = conformanceTests(setup);
  const others = new Map([...sourceTests(setup), ...codedFileTests(setup)]);
  const app = createFilesApp({
    sources: { media: createS3Source({ ...store, prefix: `app of ${setup.runtime}` }) },
    permissions: { "files-browse": true, "files-upload": true, "files-edit": true, "files-delete": true },
    secret: crypto.randomUUID() + crypto.randomUUID(),
  });
  const broker = createBroker({
    sts: { ...sts, roleArn, canListUploads: true },
    tenants: { team: { secretSha256, bucket, prefix: "team", allow: ["read", "write", "delete"] } },
  });
  return async (request) => {
    const { pathname } = new URL(request.url);
    if (pathname === "/tests") return Response.json([...conformance.keys()]);
    if (pathname === "/test") return Response.json(await outcomeOf(await request.text()));
    if (pathname === "/credentials") return await broker(request);
    return await app(request);
  };

  async function outcomeOf(name: string): Promise<GuestOutcome> {
    const run = conformance.get(name) ?? others.get(name);
    if (run === undefined) return { error: `There is no test with the name ${name}` };
    try {
      await run();
      return {};
    } catch (error) {
      return { error: error instanceof Error ? `${error}\n${error.stack}` : String(error) };
    }
  }
}

/** The result of a test: it passed if there is no error. */
export interface GuestOutcome {
  /** With the stack. */
  readonly error?: string;
}
