/** What a credentials broker answers. */
export interface FakeGrant {
  /** Access key id. Default `"memory-access-key"`, which the in-memory S3 knows. */
  accessKeyId?: string;
  /** Secret access key. Default `"memory-secret-key"`. */
  secretAccessKey?: string;
  /** Session token. Default `"session-token"`; give it to the in-memory S3 as well. */
  sessionToken?: string;
  /** When the keys end: a `Date`, or the text to send. Default: an hour from now. */
  expiration?: Date | string;
  /** The one folder they are for, as `s3://bucket/prefix/`. */
  s3Folder: string;
}

/** How a fake broker behaves. */
export interface FakeBrokerOptions {
  /** The secret that has to be sent; another one is answered with 403. */
  secret: string;
  /** What it grants, or what decides that for each call, beginning with 1. */
  grant: FakeGrant | ((callNumber: number) => FakeGrant);
  /** Its URL. Default `"https://broker.test/credentials"`. */
  url?: string;
  /** Its clock, in epoch milliseconds. Default `Date.now`. */
  now?: () => number;
}

/** A credentials broker that is reached through its own `fetch`. */
export interface FakeBroker {
  /** Rejects for URLs other than its own. */
  readonly fetch: typeof fetch;
  /** What `createS3Source` needs to use it. */
  readonly config: { readonly credentialsUrl: string; readonly credentialsUrlSecret: string };
  /** Every call so far. */
  readonly calls: FakeBrokerCall[];
  /**
   * Answers something else from now on: a function is asked for each call and may throw like `fetch`, or return `undefined` for
   * the usual answer. `undefined` in its place ends it.
   */
  respondWith(respond: ((call: FakeBrokerCall) => Response | Promise<Response> | undefined) | undefined): void;
}

/** A call to a fake broker. */
export interface FakeBrokerCall {
  /** HTTP method. */
  readonly method: string;
  /** `Content-Type`; empty if there was none. */
  readonly contentType: string;
  /** The body as text. */
  readonly body: string;
}

/**
 * A credentials broker for tests, without a server: it checks what it is sent and answers the five fields.
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
  let respond: Parameters<FakeBroker["respondWith"]>[0];
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
      const response = await respond?.(call);
      return response ??
        answer(call, secret, () => reply(typeof grant === "function" ? grant(calls.length) : grant, now()));
    },
    config: { credentialsUrl: url, credentialsUrlSecret: secret },
    calls,
    respondWith: (next) => {
      respond = next;
    },
  };
}

/**
 * A `fetch` that passes each request on to the one for its origin. It rejects for others, as `fetch` does for a host that there is
 * not.
 *
 * @param fetchByOrigin By origins as `URL.origin` has them: no path, no slash behind.
 *
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { combineFetch, createMemoryS3 } from "@files/s3-source/testing";
 *
 * const fetch = combineFetch({
 *   "https://vault.test": () => Promise.resolve(new Response("keys")),
 *   "http://memory.s3.test": createMemoryS3().fetch,
 * });
 * assertEquals(await (await fetch("https://vault.test/keys")).text(), "keys");
 * assertEquals((await fetch("http://memory.s3.test/bucket")).status, 403);
 * ```
 */
export function combineFetch(fetchByOrigin: Readonly<Record<string, typeof fetch>>): typeof fetch {
  return async (input, init) => {
    const { origin } = new URL(input instanceof Request ? input.url : input);
    const target = fetchByOrigin[origin];
    if (target === undefined) throw new TypeError(`fetch failed: nothing answers for ${origin}`);
    return await target(input, init);
  };
}

function answer(call: FakeBrokerCall, secret: string, reply: () => unknown): Response {
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
