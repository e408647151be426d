/**
 * The server's half of [Uppy](https://uppy.io)'s plugin `@uppy/aws-s3`: it answers `signRequest`, so that files go from
 * the browser straight to the store, and the keys stay on the server. `docs/adapters.md` has the page's half.
 *
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { createS3Source } from "@files/s3-source";
 * import { createUppySigner } from "@files/s3-source/adapters/uppy";
 * import { createMemoryS3 } from "@files/s3-source/testing";
 *
 * const s3 = createMemoryS3();
 * const handler = createUppySigner(createS3Source(s3.config, { fetch: s3.fetch }), {
 *   authorize: (_request, file) => ({ path: `inbox/${file.name}` }),
 *   maxBytes: 100_000_000,
 *   secret: "eSMTdUTKxqYpg0PfVnlRJjQ8sdBb9A5w",
 * });
 * const request = new Request("https://app.example.com/uploads", {
 *   method: "POST",
 *   headers: { "content-type": "application/json" },
 *   body: JSON.stringify({ method: "PUT", key: "file-1", name: "a.txt", size: 5, type: "text/plain" }),
 * });
 * const { url, headers } = await (await handler(request)).json();
 * await s3.fetch(url, { method: "PUT", headers, body: "Hello" });
 * assertEquals(s3.listKeys("bucket"), ["inbox/a.txt"]);
 * ```
 *
 * @module
 */
import { ConfigError } from "../errors.ts";
import { readSigningSecrets, type SigningSecret } from "../tokens/signing_secret.ts";
import { readOptions } from "../options/option_table.ts";
import type { S3Source } from "../types/source.ts";
import { type UploadPermit, UPPY_SIGNER_OPTIONS, type UppySignerOptions } from "./uppy/options.ts";
import { createPartSteps, isStep, type Signed } from "./uppy/part_steps.ts";
import { type ProposedFile, readFile, readJson, readPartSize, UploadRefusal } from "./uppy/request.ts";
import { jsonResponse, refusalOf, textResponse, xmlError } from "./uppy/response.ts";

export type { ProposedFile, SigningSecret, UploadPermit, UppySignerOptions };

/**
 * Creates the handler of the route to which `signRequest` posts. The page gets signed URLs to send a file, or a part of
 * one, to the store: each is for one path and one number of bytes. To begin, list, complete and abort uploads in parts,
 * Uppy is sent to this route, which does it with the keys.
 *
 * Mistakes and refusals are responses from 400 to 415. What the page cannot be blamed for rejects, as the source's
 * methods do.
 *
 * @param source Where the files are stored.
 * @param options `authorize`, `maxBytes` and `secret` are required.
 * @throws {ConfigError} If an option cannot be used.
 *
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { createS3Source } from "@files/s3-source";
 * import { createUppySigner } from "@files/s3-source/adapters/uppy";
 *
 * const handler = createUppySigner(createS3Source({ bucket: "media" }), {
 *   authorize({ headers }, { name }) {
 *     if (headers.get("authorization") !== "Bearer 12345") return new Response("Log in.", { status: 401 });
 *     return { path: `inbox/${name}`, ifNoneMatch: "*" };
 *   },
 *   maxBytes: 100_000_000,
 *   secret: "eSMTdUTKxqYpg0PfVnlRJjQ8sdBb9A5w",
 * });
 * const stranger = new Request("https://app.example.com/uploads", {
 *   method: "POST",
 *   headers: { "content-type": "application/json" },
 *   body: JSON.stringify({ method: "PUT", key: "file-1", name: "a.txt", size: 5, type: "text/plain" }),
 * });
 * assertEquals((await handler(stranger)).status, 401);
 * ```
 */
export function createUppySigner(
  source: S3Source,
  options: UppySignerOptions,
): (request: Request) => Promise<Response> {
  const given = readOptions(options, UPPY_SIGNER_OPTIONS, { verb: "create the Uppy signer" });
  const { authorize, maxBytes, expiresInSeconds } = given;
  const steps = createPartSteps(source, { secrets: readSigningSecrets(given.secret), expiresInSeconds });

  return async (request) => {
    // Uppy itself sends the steps of an upload in parts, `signRequest` all the rest.
    const [[step = "", token = ""] = []] = new URL(request.url).searchParams;
    try {
      return isStep(step) ? await steps.take(step, request.method, token) : await sign(request);
    } catch (error) {
      const refusal = refusalOf(error);
      if (refusal === undefined) throw error;
      return isStep(step) ? xmlError(refusal) : textResponse(refusal);
    }
  };

  async function sign(request: Request): Promise<Response> {
    const asked = await readJson(request);
    const { method, uploadId, partNumber } = asked;
    if (uploadId !== undefined) return jsonResponse(await steps.sign(uploadId, method, partNumber));
    if (method !== "PUT" && method !== "POST") throw new UploadRefusal(400, "Only uploads are signed.");
    const file = readFile(asked, maxBytes);
    const permit = await authorize(request, file);
    if (typeof permit !== "object" || permit === null) {
      throw new ConfigError('Cannot sign an upload: "authorize" must return { path } or a Response');
    }
    if (!("path" in permit)) return permit;
    return jsonResponse(
      await (method === "PUT" ? signWhole(file, permit) : steps.begin(file, permit, readPartSize(asked))),
    );
  }

  /** A PUT on every store, even on AWS: only a PUT can have `ifNoneMatch`, and it fixes the size as well as a form. */
  async function signWhole({ size, contentType }: ProposedFile, { path, ...permit }: UploadPermit): Promise<Signed> {
    const { url, headers } = await source.prepareUpload(path, {
      ...permit,
      contentType: permit.contentType ?? contentType,
      method: "PUT",
      size,
    });
    return { url, key: path, headers };
  }
}
