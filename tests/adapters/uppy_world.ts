import AwsS3, { type AwsS3Options } from "@uppy/aws-s3";
import Uppy, { type Body, type Meta } from "@uppy/core";
import { createS3Source, type S3Source } from "../../mod.ts";
import { createUppySigner, type UppySignerOptions } from "../../src/adapters/uppy.ts";
import type { Signed } from "../../src/adapters/uppy/part_steps.ts";
import { createMemoryS3, type MemoryS3 } from "../../src/testing/mod.ts";

/** Uppy's own types. */
export type UppyOptions = AwsS3Options<Meta, Body>;
export type SignRequest = Extract<UppyOptions, { signRequest: unknown }>["signRequest"];

/** A page with Uppy, an application with the signer, and an in-memory store. */
export interface UppyWorld {
  readonly s3: MemoryS3;
  readonly uppy: Uppy;
  /** What Uppy and the page sent, as `PUT store` or `POST route complete`, and the answer. */
  readonly log: { readonly request: string; readonly status: number }[];
  /** Every text that the page received. */
  readonly received: string[];
  readonly handler: (request: Request) => Promise<Response>;
  /** Adds a file. */
  add(name: string, content: Uint8Array<ArrayBuffer> | string, type?: string): string;
  /** Uploads, and returns what Uppy says about the files: where they are, or why not. */
  upload(): Promise<Outcome[]>;
  /** `signRequest` without Uppy. */
  sign(body: object): Promise<Response>;
  close(): Promise<void>;
}

/** What became of a file. */
export type Outcome = { readonly key: unknown; readonly location: unknown } | { readonly error: string };

/** Answers a request, or fails as a network does. */
export type Intercept = (request: Request, answer: () => Promise<Response>) => Promise<Response>;

export interface UppyWorldOptions {
  readonly signer?: Partial<UppySignerOptions>;
  readonly plugin?: Partial<UppyOptions>;
  readonly s3?: MemoryS3;
  readonly source?: S3Source;
  /** What the page sends about a file besides name, size and type. */
  readonly more?: object;
  /** Answers in place of route and store. */
  readonly intercept?: Intercept;
}

export const ROUTE = "https://app.example.com/uploads";
export const SECRET = "eSMTdUTKxqYpg0PfVnlRJjQ8sdBb9A5w";
export const MIB = 1024 ** 2;

export function createWorld(options: UppyWorldOptions = {}): UppyWorld {
  const { s3 = createMemoryS3(), plugin, more, intercept = (_, answer) => answer() } = options;
  const { source = createS3Source({ ...s3.config, prefix: "team" }, { fetch: s3.fetch }) } = options;
  const handler = createUppySigner(source, {
    authorize: (_request, { name }) => ({ path: `inbox/${name}` }),
    maxBytes: 100 * MIB,
    secret: SECRET,
    ...options.signer,
  });
  const log: UppyWorld["log"] = [];
  const received: string[] = [];

  async function send(request: Request): Promise<Response> {
    const url = new URL(request.url);
    const isRoute = url.href.startsWith(ROUTE);
    const place = isRoute ? `route ${[...url.searchParams.keys()][0] ?? "sign"}` : "store";
    const copy = request.clone();
    const response = await intercept(copy, () => isRoute ? handler(request) : s3.fetch(request));
    log.push({ request: `${request.method} ${place}`, status: response.status });
    const text = await response.clone().text();
    received.push(text, JSON.stringify([...response.headers]));
    return response;
  }

  const sign = (body: object) =>
    send(
      new Request(ROUTE, {
        method: "POST",
        headers: { "content-type": "application/json" },
        body: JSON.stringify(body),
      }),
    );
  const uppy = new Uppy({ infoTimeout: 1, logger: { debug() {}, warn() {}, error() {} } });
  const signRequest: SignRequest = async (request) => {
    const { name, size, type } = uppy.getFile(request.key) ?? {};
    const response = await sign({ ...request, name, size, type, ...more });
    if (!response.ok) throw new Error(await response.text());
    const { url, ...signed }: Signed = await response.json();
    return { ...signed, url: new URL(url, ROUTE).href };
  };
  uppy.use(AwsS3, { generateObjectKey: ({ id }) => id, signRequest, ...plugin });
  const former = Object.getOwnPropertyDescriptor(globalThis, "XMLHttpRequest");
  Object.defineProperty(globalThis, "XMLHttpRequest", { value: xhrOver(send), configurable: true });

  return {
    s3,
    uppy,
    log,
    received,
    handler,
    sign,
    add: (name, content, type = "text/plain") => uppy.addFile({ name, type, data: new Blob([content], { type }) }),
    async upload() {
      await uppy.upload();
      return uppy.getFiles().map(({ error, response }) =>
        error ? { error: String(error) } : { key: response?.body?.["key"], location: response?.body?.["location"] }
      );
    },
    async close() {
      uppy.destroy();
      // Uppy's last throttled calculation of the progress.
      await new Promise((resolve) => setTimeout(resolve, 600));
      if (former !== undefined) Object.defineProperty(globalThis, "XMLHttpRequest", former);
      else Reflect.deleteProperty(globalThis, "XMLHttpRequest");
    },
  };
}

/** As much of `XMLHttpRequest` as Uppy uses. */
function xhrOver(send: (request: Request) => Promise<Response>) {
  return class {
    status = 0;
    statusText = "";
    responseText = "";
    withCredentials = false;
    readonly upload: { onprogress?: (event: object) => void } = {};
    onload?: () => void;
    onerror?: () => void;
    #request = { method: "", url: "" };
    readonly #sent = new Headers();
    #received = new Headers();
    #isAborted = false;

    open(method: string, url: string) {
      this.#request = { method, url };
    }
    setRequestHeader(name: string, value: string) {
      this.#sent.set(name, value);
    }
    getResponseHeader(name: string) {
      return this.#received.get(name);
    }
    abort() {
      this.#isAborted = true;
    }
    async send(data: Blob | string | null) {
      const { method, url } = this.#request;
      const bytes = data instanceof Blob ? new Uint8Array(await data.arrayBuffer()) : data;
      const headers = this.#sent;
      if (bytes !== null && typeof bytes !== "string") headers.set("content-length", String(bytes.byteLength));
      try {
        const response = await send(new Request(url, { method, headers, body: bytes }));
        const text = await response.text();
        if (this.#isAborted) return;
        Object.assign(this, { status: response.status, statusText: response.statusText, responseText: text });
        this.#received = response.headers;
        this.onload?.();
      } catch {
        if (!this.#isAborted) this.onerror?.();
      }
    }
  };
}
