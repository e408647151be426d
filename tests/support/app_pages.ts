import { createFilesApp, type FilesAppOptions } from "../../src/app/mod.ts";
import type { S3Source } from "../../src/types/source.ts";
import { createS3Source } from "../../src/source.ts";
import { createMemoryS3, type MemoryS3 } from "../../src/testing/memory_s3/memory_s3.ts";
import { watchSource } from "./background_work.ts";
import { EVERYTHING, HTML, SAME_ORIGIN } from "./app_stub.ts";

/** The files app on an S3 in memory, as a browser without scripts sees it. */
export interface PagesApp {
  /** What is stored. */
  readonly s3: MemoryS3;
  /** The text of a file of the source `media`; `undefined` if there is none. */
  textOf(path: string): string | undefined;
  /** Asks for a page. */
  get(path: string): Promise<Page>;
  /** Sends a form. */
  post(
    path: string,
    form: FormData | readonly (readonly [string, string])[],
    headers?: Record<string, string>,
  ): Promise<Page>;
}

/** What a browser got. */
export interface Page {
  readonly status: number;
  readonly headers: Headers;
  readonly text: string;
}

/** An app with these files in its source `media`, some of whose methods may be others. */
export function pagesApp(
  files: Record<string, string | Uint8Array<ArrayBuffer>> = {},
  options: Partial<FilesAppOptions> = {},
  overrides: Partial<S3Source> = {},
): PagesApp {
  const s3 = createMemoryS3({ buckets: ["bucket"] });
  for (const [path, body] of Object.entries(files)) s3.putObject({ bucket: "bucket", key: `media/${path}`, body });
  const source = { ...createS3Source({ ...s3.config, prefix: "media" }, { fetch: s3.fetch }), ...overrides };
  const { source: media, settled } = watchSource(source);
  const app = createFilesApp({ sources: { media }, permissions: EVERYTHING, ...options });
  const ask = async (path: string, init: RequestInit) => {
    const response = await app(new Request(`http://127.0.0.1:8001${path}`, init));
    const text = await response.text();
    await settled();
    return { status: response.status, headers: response.headers, text };
  };
  return {
    s3,
    textOf: (path) => {
      const body = s3.getObject("bucket", `media/${path}`)?.body;
      return body === undefined || typeof body === "string" ? body : new TextDecoder().decode(body);
    },
    get: (path) => ask(path, { headers: HTML }),
    post: (path, form, headers = SAME_ORIGIN) => {
      const body = form instanceof FormData ? form : new URLSearchParams(form.map(([name, value]) => [name, value]));
      return ask(path, { method: "POST", headers: { ...HTML, ...headers }, body });
    },
  };
}

/** Text as it stands in HTML. */
export function escaped(text: string): string {
  const entities: Record<string, string> = { "&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;", "'": "&#39;" };
  return text.replace(/[&<>"']/g, (char) => entities[char] ?? char);
}

/** The values of an attribute, in their order. */
export function attributes(text: string, name: string): string[] {
  return [...text.matchAll(new RegExp(`\\s${name}="([^"]*)"`, "g"))].map(([, value = ""]) => value);
}
