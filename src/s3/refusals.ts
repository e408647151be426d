import type { S3SourceEvent } from "../types/events.ts";
import { type Clock, readServerTime } from "./clock.ts";
import { type ErrorResponse, receiveError } from "./error_response.ts";
import type { Exchange } from "./exchange.ts";
import { toError } from "./failure.ts";
import { createFormFinder, type FormFinder } from "./form_finder.ts";
import { CHECKSUM_MODE, readEtag } from "./headers.ts";
import type { LearnedTraits } from "./learned_traits.ts";
import { rejectsCredentials } from "./rejected_keys.ts";
import { isTransient } from "./retry.ts";
import type { S3Request } from "./s3_request.ts";
import type { Store } from "./store.ts";
import { isUnsupported } from "./unsupported.ts";

/** The refusals of one request, which is corrected as far as possible. */
export interface Refusals {
  /**
   * The form in which to send the request again at once.
   *
   * @param exchange The response to the latest form.
   * @throws {S3SourceError} The store's error, if nothing can be corrected.
   */
  next(form: S3Request, exchange: Exchange, attempt: number): Promise<S3Request>;
  /** The store has taken the latest form. */
  succeed(): void;
}

/** The parts of a client that a correction needs. */
export interface RefusalsOptions {
  readonly store: Store;
  readonly traits: LearnedTraits;
  readonly clock: Clock;
  readonly emit: ((event: S3SourceEvent) => void) | undefined;
  /** Buckets that have been seen to exist. */
  readonly seen: Set<string>;
  /** Sends another request, once. */
  readonly open: (request: S3Request) => Promise<Exchange>;
}

/** @param request As it is meant for AWS. */
export function createRefusals(
  request: S3Request,
  { store, traits, clock, emit, seen, open }: RefusalsOptions,
): Refusals {
  const { grant: { bucket, credentials } } = request;
  const learned = { region: false, time: false };
  let finder: FormFinder | undefined;

  /**
   * Reads the store's error. HEAD has only a status, so a GET of the first byte asks for the code; for a 404 only until
   * the bucket is known to exist.
   */
  async function explain(asked: S3Request, exchange: Exchange, attempt: number): Promise<ErrorResponse> {
    const vague = await receiveError(asked, exchange);
    const { status } = exchange;
    const mayBeBucket = status === 404 && !seen.has(bucket);
    const isVague = asked.method === "HEAD" && (VAGUE_STATUSES.has(status) || mayBeBucket);
    const region = store.regionOf(bucket);
    if (!isVague || (vague.region ?? region) !== region) return vague;
    const { [CHECKSUM_MODE]: mode } = asked.headers ?? {};
    // The reason may be this header.
    const headers = { range: "bytes=0-0", ...mode !== undefined && { [CHECKSUM_MODE]: mode } };
    const answer = await open({ ...asked, method: "GET", headers });
    // 416: the file is empty. HEAD needs the same permission as GET, so the failure of HEAD was transient.
    if (answer.status < 400 || answer.status === 416) {
      await answer.cancel();
      // Unless it is only HEAD that may not have the header.
      if (status === 400 ? mode !== undefined && attempt > 1 : isUnsupported(vague)) return vague;
      return { ...vague, status: 503, code: "HeadRefused" };
    }
    const error = await receiveError(asked, answer);
    if (error.status === 404 && error.code !== "NoSuchBucket") seen.add(bucket);
    return error;
  }

  /** The tag that an object has now. @throws {S3SourceError} If the store no longer accepts the keys. */
  async function askTag(key: string): Promise<string | null> {
    const { body: _body, query: _query, headers: _headers, ...others } = request;
    const head: S3Request = { ...others, operation: "HeadObject", method: "HEAD", key };
    const exchange = await open(head);
    if (exchange.status === 401 || exchange.status === 403) {
      const failed = toError(await explain(head, exchange, 1), request, credentials);
      if (rejectsCredentials(failed)) throw failed;
      return null;
    }
    await exchange.drain();
    return exchange.status === 200 ? readEtag(exchange.headers.get("etag")) : null;
  }

  /** Whether the response names another region for the bucket: then the request is signed again for it. */
  function learnRegion({ status, region }: ErrorResponse): boolean {
    const mayBeElsewhere = status === 301 || status === 307 || status === 308 || status === 400;
    return mayBeElsewhere && store.learnRegion(bucket, region);
  }

  /** Whether this machine's clock is wrong: then the request is signed again with the store's time. */
  function learnTime({ code }: ErrorResponse, headers: Headers): boolean {
    const serverMs = readServerTime(headers);
    if (code !== "RequestTimeTooSkewed" || Number.isNaN(serverMs)) return false;
    const offSeconds = Math.round((clock.now() - serverMs) / 1000);
    clock.adopt(serverMs);
    const message = `This clock is off by ${offSeconds} s; the store's time is used instead`;
    emit?.({ type: "warning", code: "ClockSkew", message });
    return true;
  }

  return {
    async next(form, exchange, attempt) {
      const refused = await explain(form, exchange, attempt);
      // Each is corrected at most once.
      const learnsRegion = !learned.region && (learned.region = learnRegion(refused));
      const learnsTime = !learned.time && (learned.time = learnTime(refused, exchange.headers));
      if (learnsRegion || learnsTime) return form;
      const failed = toError(refused, request, credentials);
      if (isTransient(failed)) throw failed;
      finder ??= createFormFinder(request, { traits, isAws: store.isAws, askTag });
      const next = await finder.next(form, refused);
      if (next !== undefined) return next;
      throw toError(finder.explain(refused), request, credentials, finder.hint);
    },
    succeed: () => finder?.succeed(),
  };
}

/** Of HEAD: a store may have many reasons for them. */
const VAGUE_STATUSES: ReadonlySet<number> = new Set([400, 403, 405, 501]);
