import { watchSource } from "./background_work.ts";
import { createFilesApp, type FilesAppOptions } from "../../src/app/mod.ts";
import { toFileId } from "../../src/app/file_id.ts";
import { createS3Source, type S3Source, type S3SourceOptions } from "../../mod.ts";
import { createMemoryS3, type MemoryS3, type MemoryS3Quirk } from "../../src/testing/mod.ts";
import { EVERYTHING } from "./app_stub.ts";
import { assertAsDocumented } from "./openapi_check.ts";

/** An app over an S3 in memory. */
export interface World {
  /** The store. */
  readonly s3: MemoryS3;
  /** What the app calls `media`: the folder `team/` of the bucket. */
  readonly source: S3Source;
  /** Asks the app; the path is below `/-/files`. Fails if the answer is not as the OpenAPI document says. */
  readonly request: (path: string, init?: RequestInit) => Promise<Response>;
  /** Posts JSON. */
  readonly post: (path: string, body: unknown, init?: RequestInit) => Promise<Response>;
  /** What is stored at a path, as text. */
  readonly textOf: (path: string) => string | undefined;
  /** The paths of everything that is stored. */
  readonly paths: () => string[];
}

/** What a {@link World} is made with. */
export interface WorldOptions extends Partial<FilesAppOptions> {
  /** What is stored, by path. */
  readonly files?: Readonly<Record<string, string | Uint8Array<ArrayBuffer>>>;
  /** Between the source and the store. */
  readonly fetch?: (s3: MemoryS3) => typeof fetch;
  /** What the store does otherwise than AWS. */
  readonly quirks?: readonly MemoryS3Quirk[];
  /** How the source behaves. */
  readonly sourceOptions?: S3SourceOptions;
}

/** Makes an app over an S3 in memory, in which everyone may do everything. */
export function createWorld({ files = {}, fetch, quirks = [], sourceOptions, ...options }: WorldOptions = {}): World {
  const s3 = createMemoryS3({ quirks, ...options.now && { now: options.now } });
  const put = (path: string, body: string | Uint8Array<ArrayBuffer>) =>
    s3.putObject({ bucket: "bucket", key: `team/${path}`, body });
  for (const [path, body] of Object.entries(files)) put(path, body);
  const source = createS3Source({ ...s3.config, prefix: "team" }, {
    fetch: fetch?.(s3) ?? s3.fetch,
    ...options.now && { now: options.now },
    ...sourceOptions,
  });
  const { source: media, settled } = watchSource(source);
  const app = createFilesApp({ sources: { media }, permissions: EVERYTHING, ...options });
  const request = async (path: string, init?: RequestInit) => {
    const request = new Request(`http://127.0.0.1:8001/-/files${path}`, init);
    const response = await app(request);
    await assertAsDocumented(request, response);
    await settled();
    return response;
  };
  return {
    s3,
    source,
    request,
    post: (path, body, init) =>
      request(path, {
        ...init,
        method: "POST",
        headers: { "content-type": "application/json", ...init?.headers },
        body: JSON.stringify(body),
      }),
    textOf: (path) => {
      const body = s3.getObject("bucket", `team/${path}`)?.body;
      return typeof body === "string" || body === undefined ? body : new TextDecoder().decode(body);
    },
    // What diagnosing leaves behind for a moment is not of interest.
    paths: () =>
      s3.listKeys("bucket").map((key) => key.replace(/^team\//, "")).filter((path) =>
        !path.startsWith(".s3-source-probe-")
      )
        .sort(),
  };
}

/** The headers of an answer, whose body is of no interest. */
export async function headersOf(request: World["request"], path: string): Promise<Headers> {
  const { headers, body } = await request(path);
  await body?.cancel();
  return headers;
}

/** The id of a file of `media`. */
export function idOf(path: string): string {
  return toFileId({ source: "media", path });
}
