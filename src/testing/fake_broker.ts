/** The reply of a fake broker. */
export interface FakeGrant {
  /** Access key id. Default `"memory-access-key"`, the in-memory S3's own. */
  accessKeyId?: string | undefined;
  /** Secret access key. Default `"memory-secret-key"`. */
  secretAccessKey?: string | undefined;
  /** Session token. Default `"session-token"`; pass it to the in-memory S3 as well. */
  sessionToken?: string | undefined;
  /** When the credentials expire: a `Date`, or the text to send. Default: in an hour. */
  expiration?: Date | string | undefined;
  /** The folder that they are for, as `s3://bucket/prefix/`. */
  s3Folder: string;
}

/** Options of {@link createFakeBroker}. */
export interface FakeBrokerOptions {
  /** The secret that callers have to send; others get status 403. */
  secret: string;
  /** The reply, or a function that returns it for each call, numbered from 1. */
  grant: FakeGrant | ((callNumber: number) => FakeGrant);
  /** Its URL. Default `"https://broker.test/credentials"`. */
  url?: string | undefined;
  /** Its clock, in epoch milliseconds. Default `Date.now`. */
  now?: (() => number) | undefined;
}

/** A credentials broker behind a `fetch` of its own. */
export interface FakeBroker {
  /** Rejects for URLs other than its own. */
  readonly fetch: typeof fetch;
  /** The configuration for `createS3Source`. */
  readonly config: { readonly credentialsUrl: string; readonly credentialsUrlSecret: string };
  /** Every call so far. */
  readonly calls: FakeBrokerCall[];
  /**
   * Replaces the replies from now on. The function is called for each call; it may throw as `fetch` does, or return
   * `undefined` for the usual reply. Pass `undefined` to restore all replies.
   *
   * @example
   * ```ts
   * import { assertRejects } from "@std/assert";
   * import { createS3Source, CredentialsError } from "@files/s3-source";
   * import { createFakeBroker } from "@files/s3-source/testing";
   *
   * const broker = createFakeBroker({ secret: "12345", grant: { s3Folder: "s3://media/team/" } });
   * const source = createS3Source(broker.config, { fetch: broker.fetch, retry: { maxAttempts: 1 } });
   * broker.respondWith(() => new Response("We are closed", { status: 403 }));
   * await assertRejects(() => source.connect(), CredentialsError);
   * broker.respondWith(undefined);
   * await source.connect();
   * ```
   */
  respondWith(respond: ((call: FakeBrokerCall) => Response | Promise<Response> | undefined) | undefined): void;
}

/** A call of a fake broker. */
export interface FakeBrokerCall {
  /** HTTP method. */
  readonly method: string;
  /** `Content-Type`; empty if absent. */
  readonly contentType: string;
  /** Body as text. */
  readonly body: string;
}

/**
 * A credentials broker for tests, without a server. It checks method, content type and secret, and replies with the
 * five fields.
 *
 * @param options `secret` and `grant` are required.
 *
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { createS3Source } from "@files/s3-source";
 * import { combineFetch, createFakeBroker, createMemoryS3 } from "@files/s3-source/testing";
 *
 * const s3 = createMemoryS3();
 * s3.credentials.set("ASIA1", { secretAccessKey: "s", sessionToken: "t", bucket: "bucket", prefix: "team-1/" });
 * const broker = createFakeBroker({
 *   secret: "open sesame",
 *   grant: { accessKeyId: "ASIA1", secretAccessKey: "s", sessionToken: "t", s3Folder: "s3://bucket/team-1/" },
 * });
 * const source = createS3Source(
 *   { ...broker.config, endpointUrl: s3.config.endpointUrl },
 *   { fetch: combineFetch({ "https://broker.test": broker.fetch, [s3.config.endpointUrl]: s3.fetch }) },
 * );
 * await source.upload("hello.txt", "Hello!");
 * assertEquals(s3.listKeys("bucket"), ["team-1/hello.txt"]);
 * assertEquals(broker.calls[0]?.body, "secret=open+sesame");
 * ```
 */
export function createFakeBroker(options: FakeBrokerOptions): FakeBroker {
  const { secret, grant, url = "https://broker.test/credentials", now = Date.now } = options;
  const calls: FakeBrokerCall[] = [];
  let replacement: Parameters<FakeBroker["respondWith"]>[0];
  return {
    fetch: async (input, init) => {
      const request = new Request(input, init);
      if (request.url !== new URL(url).href) throw new TypeError("fetch failed: the fake broker is not at this URL");
      const call = {
        method: request.method,
        contentType: request.headers.get("content-type") ?? "",
        body: await request.text(),
      };
      calls.push(call);
      const response = await replacement?.(call);
      return response ??
        respond(call, secret, () => reply(typeof grant === "function" ? grant(calls.length) : grant, now()));
    },
    config: { credentialsUrl: url, credentialsUrlSecret: secret },
    calls,
    respondWith: (respond) => {
      replacement = respond;
    },
  };
}

/**
 * Combines several `fetch` functions: each request goes to that of its origin, or of the nearest host above, as a
 * bucket may be in the host name. Requests to other origins reject, as with an unknown host.
 *
 * @param fetchByOrigin By origin, as in `URL.origin`: without path or trailing slash.
 *
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { combineFetch, createMemoryS3 } from "@files/s3-source/testing";
 *
 * const fetch = combineFetch({
 *   "https://vault.test": () => Promise.resolve(new Response("keys")),
 *   "https://memory.s3.test": createMemoryS3().fetch,
 * });
 * assertEquals(await (await fetch("https://vault.test/keys")).text(), "keys");
 * assertEquals((await fetch("https://memory.s3.test/bucket")).status, 403);
 * ```
 */
export function combineFetch(fetchByOrigin: Readonly<Record<string, typeof fetch>>): typeof fetch {
  return async (input, init) => {
    const url = new URL(input instanceof Request ? input.url : input);
    for (let { host } = url; host !== ""; host = host.replace(/^[^.]*\.?/, "")) {
      const target = fetchByOrigin[`${url.protocol}//${host}`];
      if (target !== undefined) return await target(input, init);
    }
    throw new TypeError(`fetch failed: nothing answers for ${url.origin}`);
  };
}

function respond(call: FakeBrokerCall, secret: string, reply: () => unknown): Response {
  if (call.method !== "POST") return refusal(405, "Method not allowed");
  if (!/^application\/x-www-form-urlencoded(;|$)/.test(call.contentType)) return refusal(415, "Send a form");
  if (new URLSearchParams(call.body).get("secret") !== secret) return refusal(403, "Wrong secret");
  return Response.json(reply());
}

function reply(grant: FakeGrant, now: number): Record<string, string> {
  const { expiration = new Date(now + HOUR_MS) } = grant;
  return {
    AccessKeyId: grant.accessKeyId ?? "memory-access-key",
    SecretAccessKey: grant.secretAccessKey ?? "memory-secret-key",
    SessionToken: grant.sessionToken ?? "session-token",
    Expiration: typeof expiration === "string" ? expiration : expiration.toISOString(),
    S3Folder: grant.s3Folder,
  };
}

function refusal(status: number, error: string): Response {
  return Response.json({ error }, { status });
}

const HOUR_MS = 60 * 60 * 1000;
