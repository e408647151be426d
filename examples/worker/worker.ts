/**
 * A Cloudflare Worker that serves the files of a folder to everyone, with ranges and ETags.
 *
 * ```sh
 * cd examples/worker && npx jsr add @files/s3-source && npx wrangler dev
 * ```
 *
 * wrangler.jsonc has `CREDENTIALS_URL` of a broker that permits reading, and `S3_ENDPOINT_URL` if the store is not AWS. Set the secret
 * with `npx wrangler secret put CREDENTIALS_URL_SECRET`, or for `dev` in a file `.dev.vars`.
 *
 * @module
 */
import { createS3Source, type S3Source, S3SourceError } from "@files/s3-source";

interface Env {
  readonly CREDENTIALS_URL: string;
  readonly CREDENTIALS_URL_SECRET: string;
  readonly S3_ENDPOINT_URL?: string;
}

/** Kept between requests with its credentials, so that not every request calls the broker. */
let source: S3Source | undefined;

function openSource(env: Env): S3Source {
  return source ??= createS3Source({
    credentialsUrl: env.CREDENTIALS_URL,
    credentialsUrlSecret: env.CREDENTIALS_URL_SECRET,
    endpointUrl: env.S3_ENDPOINT_URL,
  });
}

export default {
  async fetch(request: Request, env: Env): Promise<Response> {
    try {
      const path = decodeURIComponent(new URL(request.url).pathname.slice(1));
      // Scripts in a stored page or picture do not run on this origin: `inline` shows them in a sandbox.
      const options = { inline: true, cacheControl: "public, max-age=60" };
      const response = await openSource(env).serveFile(request, path, options);
      return response.status === 404 ? text(404, "There is no such file.") : response;
    } catch (error) {
      return refusal(error);
    }
  },
};

function refusal(error: unknown): Response {
  if (error instanceof URIError) return text(404, "There is no such file.");
  // deno-lint-ignore no-console -- contains no secrets
  console.error(error instanceof Error ? error.stack : error);
  if (error instanceof S3SourceError) return text(503, "The store is not available.", { "retry-after": "5" });
  return text(500, "Internal error.");
}

function text(status: number, sentence: string, headers: Record<string, string> = {}): Response {
  return new Response(`${sentence}\n`, { status, headers: { "cache-control": "no-store", ...headers } });
}
