import type { FakeTime } from "@std/testing/time";
import { createS3Source, type S3Source, type S3SourceEvent, type S3SourceOptions } from "../../mod.ts";
import { brokerReply, s3Object, type SentRequest, stubFetch } from "../support/stub_fetch.ts";

export const START = Date.parse("2030-01-01T00:00:00Z");
export const MINUTE = 60_000;

const BROKER = "https://broker.test/";

export type Answer = (request: SentRequest) => Response | Promise<Response>;

/** Replies with new keys each time, `KEY-1` and so on, unless other fields are given. */
export function newKeys(fields: Record<string, unknown> = {}, lifeMs = 15 * MINUTE): Answer {
  let count = 0;
  return () =>
    brokerReply({
      AccessKeyId: `KEY-${++count}`,
      Expiration: new Date(Date.now() + lifeMs).toISOString(),
      ...fields,
    });
}

export const down: Answer = () => new Response("", { status: 500 });

/** A source whose broker and store answer as `world.broker` and `world.store` say at the moment. */
export function createWorld(broker: Answer, options: S3SourceOptions = {}) {
  const world = { broker, store: (_request: SentRequest): Response => s3Object("hello"), callsMs: [] as number[] };
  const events: S3SourceEvent[] = [];
  const { fetch } = stubFetch((request) => {
    if (request.url !== BROKER) return world.store(request);
    world.callsMs.push(Date.now());
    return world.broker(request);
  });
  const source = createS3Source({ credentialsUrl: BROKER, credentialsUrlSecret: "s" }, {
    fetch,
    onEvent: (event) => events.push(event),
    ...options,
  });
  return Object.assign(world, { source, events });
}

/** The most calls within any 60 seconds. */
export function busiestMinute(callsMs: readonly number[]): number {
  return Math.max(0, ...callsMs.map((from) => callsMs.filter((at) => at >= from && at < from + MINUTE).length));
}

/** One operation every so many seconds; returns how many failed. */
export async function operate(
  source: S3Source,
  { time, seconds, everySeconds = 1 }: { time: FakeTime; seconds: number; everySeconds?: number },
): Promise<number> {
  let failed = 0;
  for (let second = 0; second < seconds; second += everySeconds) {
    await source.read("a.txt").catch(() => failed++);
    await time.tickAsync(everySeconds * 1000);
  }
  return failed;
}
