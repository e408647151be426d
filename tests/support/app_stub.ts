import { createFilesApp, type FilesAppOptions, type Permissions } from "../../src/app/mod.ts";
import { InvalidPathError, PreconditionFailedError } from "../../src/errors.ts";
import { pathProblem } from "../../src/s3/keys.ts";
import type { S3Source } from "../../src/types/source.ts";
import type { FileInfo, UploadBody, UploadOptions } from "../../src/types/files.ts";

/** When these tests are. */
export const NOW = Date.UTC(2030, 0, 10, 12);
/** What sessions and tokens are sealed with. */
export const SIGNING_SECRET = "kD3vQ8xN1mZs7RbT0cYw4HfJ6gLpA2eU";
/** Bytes. */
export const MIB = 1024 ** 2;
/** Permits everything to everyone. */
export const EVERYTHING: Permissions = {
  "files-browse": true,
  "files-upload": true,
  "files-edit": true,
  "files-delete": true,
};
/** What a browser accepts when it asks for a page. */
export const HTML = { accept: "text/html,application/xhtml+xml" };
/** What a browser adds to the forms of the app's own pages. */
export const SAME_ORIGIN = { "sec-fetch-site": "same-origin" };

/** A source whose files are in a map; what these tests do not need fails. */
export function stubSource(
  texts: Record<string, string> = {},
  overrides: Partial<S3Source> = {},
): S3Source & { files: Map<string, string> } {
  const files = new Map(Object.entries(texts));
  const info = (path: string): FileInfo => ({
    path,
    name: path.slice(path.lastIndexOf("/") + 1),
    size: files.get(path)?.length ?? 0,
    lastModified: new Date(NOW - 3 * 3_600_000),
  });
  const unused = () => Promise.reject(new Error("not in this test"));
  return {
    files,
    capabilities: {
      canUpload: true,
      canDelete: true,
      canList: true,
      canGenerateSignedUrls: true,
      requiresProxyDownload: false,
      maxFileSizeBytes: 10_000 * 5 * 1024 ** 3,
    },
    list: ({ prefix = "", cursor, limit = 100 } = {}) => {
      const start = Number(cursor ?? 0);
      const paths = [...files.keys()].filter((path) => path.startsWith(prefix)).slice(start);
      const isDeeper = (path: string) => path.indexOf("/", prefix.length) >= 0;
      return Promise.resolve({
        files: paths.filter((path) => !isDeeper(path)).slice(0, limit).map(info),
        folders: [
          ...new Set(paths.filter(isDeeper).map((path) => path.slice(0, path.indexOf("/", prefix.length) + 1))),
        ],
        cursor: paths.length > limit ? String(start + limit) : null,
      });
    },
    stat: (path) => Promise.resolve(files.has(path) ? info(path) : null),
    upload: async (path: string, body: UploadBody, options: UploadOptions = {}) => {
      const problem = pathProblem(path);
      if (problem !== undefined || path === "") throw new InvalidPathError(`Cannot use the path "${path}": ${problem}`);
      if (options.ifNoneMatch && files.has(path)) throw new PreconditionFailedError("it exists", { path });
      files.set(path, await textOf(body));
      return {
        ...info(path),
        contentType: options.contentType ?? "application/octet-stream",
        contentHash: "sha256:00",
      };
    },
    delete: (path) => Promise.resolve(void files.delete(path)),
    downloadUrl: (path) => Promise.resolve({ url: `https://store.test/${path}?signature=1`, expiresAt: new Date(NOW) }),
    connect: unused,
    read: unused,
    stream: unused,
    walk: () => {
      throw new Error("not in this test");
    },
    deleteMany: unused,
    deleteFolder: unused,
    copy: unused,
    move: unused,
    prepareUpload: unused,
    prepareMultipartUpload: unused,
    resumeMultipartUpload: () => {
      throw new Error("not in this test");
    },
    abortStaleUploads: unused,
    folder: () => stubSource(),
    credentials: unused,
    diagnose: unused,
    ...overrides,
  };
}

async function textOf(body: UploadBody): Promise<string> {
  if (typeof body === "string" || !(Symbol.asyncIterator in body)) throw new TypeError("the app passes streams");
  let text = "";
  const decoder = new TextDecoder();
  for await (const chunk of body) text += decoder.decode(chunk, { stream: true });
  return text;
}

/** An app with this source as `media`, as a function from path to answer. */
export function appOf(
  source: S3Source,
  options: Partial<FilesAppOptions> = {},
): (path: string, init?: RequestInit) => Promise<Response> {
  const app = createFilesApp({ sources: { media: source }, permissions: EVERYTHING, now: () => NOW, ...options });
  return (path, init) => app(new Request(`http://127.0.0.1:8001${path}`, init));
}

/** A source whose listing fails with this error. */
export function failing(error: Error): S3Source {
  return stubSource({}, { list: () => Promise.reject(error) });
}

/** A form with these files. */
export function formOf(files: Record<string, string>, fields: Record<string, string> = {}): FormData {
  const form = new FormData();
  for (const [name, value] of Object.entries(fields)) form.append(name, value);
  for (const [name, text] of Object.entries(files)) form.append("file", new Blob([text], { type: "text/plain" }), name);
  return form;
}
