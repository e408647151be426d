import {
  createS3Source,
  type Credentials,
  type S3Source,
  type S3SourceConfig,
  type S3SourceOptions,
} from "../../mod.ts";
import { createFixedGrant } from "../../src/credentials/fixed_grant.ts";
import type { OperationContext } from "../../src/operations/operation_context.ts";
import { createS3Client } from "../../src/s3/client.ts";
import { createClock } from "../../src/s3/clock.ts";
import { createEndpoint } from "../../src/s3/endpoint.ts";
import { createLearnedTraits } from "../../src/s3/learned_traits.ts";
import { createStore } from "../../src/s3/store.ts";
import { readSourceOptions } from "../../src/options/source_options.ts";

/** A request as it was sent. */
export interface SentRequest {
  readonly method: string;
  /** As it was handed to `fetch`, not normalised. */
  readonly url: string;
  readonly headers: Headers;
  /** The body as text. */
  readonly body: string;
  readonly init: RequestInit;
}

/** A `fetch` that answers from a script and remembers what was sent. */
export interface StubFetch {
  readonly fetch: typeof fetch;
  readonly requests: SentRequest[];
}

type Answer = Response | Error | ((request: SentRequest) => Response | Promise<Response>);

/** Answers with one after the other, the last again and again. An `Error` is thrown as a broken connection is. */
export function stubFetch(...answers: Answer[]): StubFetch {
  const requests: SentRequest[] = [];
  const stub = async (url: string | URL | Request, init: RequestInit = {}): Promise<Response> => {
    const body = init.body === undefined ? "" : await new Response(init.body).text();
    // Reading a large body takes time, in which an aborted request must not be noted after those that follow it.
    init.signal?.throwIfAborted();
    const sent = { method: init.method ?? "GET", url: String(url), headers: new Headers(init.headers), body, init };
    const answer = answers[Math.min(requests.length, answers.length - 1)];
    requests.push(sent);
    if (answer === undefined) throw new TypeError("the script has no answer");
    if (answer instanceof Error) throw answer;
    return typeof answer === "function" ? await answer(sent) : answer.clone();
  };
  return { fetch: stub, requests };
}

/** What a stalled server answers: nothing, until the request is aborted. */
export function hang({ init }: SentRequest): Promise<Response> {
  return new Promise((_, reject) => {
    const onAbort = () => reject(init.signal?.reason);
    if (init.signal?.aborted) onAbort();
    init.signal?.addEventListener("abort", onAbort, { once: true });
  });
}

/** S3's answer to a refused request. */
export function s3Error(status: number, code: string, { message = "", headers = {}, extra = "" } = {}): Response {
  const xml = `<?xml version="1.0" encoding="UTF-8"?>\n` +
    `<Error><Code>${code}</Code><Message>${message}</Message><RequestId>R1</RequestId>${extra}</Error>`;
  return new Response(xml, { status, headers: { "content-type": "application/xml", ...headers } });
}

/** A GetObject's answer. */
export function s3Object(text: string, headers: Record<string, string> = {}): Response {
  const length = String(new TextEncoder().encode(text).byteLength);
  return new Response(text, { headers: { "content-length": length, etag: '"tag"', ...headers } });
}

export const KEYS = { accessKeyId: "AKIDEXAMPLE", secretAccessKey: "secret-key-canary" } as const;

/** A source on a stubbed store, at path-style addresses. */
export function stubSource(
  { fetch }: StubFetch,
  config: S3SourceConfig = {},
  options: S3SourceOptions = {},
): S3Source {
  return createS3Source(
    { bucket: "media", prefix: "team", endpointUrl: "http://store.test:8333", ...KEYS, ...config },
    { fetch, retry: { baseDelayMs: 0 }, ...options },
  );
}

/** Where a context leads. */
interface StubStore {
  readonly endpointUrl: string;
  readonly bucket: string;
  readonly prefix: string;
}

/** What the operations behind {@link stubSource}, or a source of another store, work with. */
export function stubContext(
  { fetch }: Pick<StubFetch, "fetch">,
  { endpointUrl = "http://store.test:8333", bucket = "media", prefix = "team/", ...credentials }:
    & Partial<StubStore>
    & Credentials = KEYS,
): OperationContext {
  const { now, retry, timeouts, upload, download, emit } = readSourceOptions({});
  const clock = createClock(now);
  const store = createStore(createEndpoint(endpointUrl), "us-east-1");
  const traits = createLearnedTraits({ equalParts: false, maxParts: 10_000 }, { isTrusted: false, emit });
  const grant = { credentials, bucket, prefix, expiration: Infinity };
  return {
    store,
    client: createS3Client({ store, traits, fetch, clock, retry, timeouts, emit }),
    grants: createFixedGrant(grant),
    scope: "",
    upload,
    download,
    traits,
    retry,
    clock,
    emit,
  };
}

/** A broker's reply with every field. */
export function brokerReply(fields: Record<string, unknown> = {}): Response {
  return Response.json({
    AccessKeyId: "AKIDBROKER",
    SecretAccessKey: "broker-secret-key",
    SessionToken: "broker-session-token",
    Expiration: "2030-01-01T00:15:00Z",
    S3Folder: "s3://granted/folder/",
    ...fields,
  });
}
