import { sleep } from "../../async/abort.ts";
import type { State } from "../../state/state.ts";
import { RequestRefusal } from "../failure.ts";
import { holdLease, isLeased } from "./lease.ts";
import { createPersonLimit } from "./person_limit.ts";

/**
 * The uploads in progress, in all processes that share a state. No file depends on it: the store checks conditions too,
 * so that nothing is lost with what a state forgets.
 */
export interface UploadLedger {
  /**
   * Counts an upload of a person while it runs.
   *
   * @throws {RequestRefusal} If the person has too many.
   */
  count<T>(person: string, upload: () => Promise<T>): Promise<T>;
  /** Whether a path is promised to an upload. */
  isPromised(target: UploadTarget): Promise<boolean>;
  /**
   * Counts an upload until it is released or expires, and promises it its path unless that is promised already.
   *
   * @returns Its place among those of the person.
   * @throws {RequestRefusal} If the person has too many.
   */
  promise(upload: Upload & UploadTarget): Promise<number>;
  /**
   * Ends the promise to this upload, but not one to another upload of the same path, and no longer counts it. Never
   * fails: both end by themselves.
   */
  release(upload: Upload & UploadTarget & { readonly place: number }): Promise<void>;
  /**
   * Receives the content of an upload, once unless it fails.
   *
   * @throws {RequestRefusal} If it is being received, or has been.
   */
  receiveOnce<T>(upload: Upload, receive: (cancelled: AbortSignal) => Promise<T>): Promise<T>;
  /**
   * Ends an upload and aborts receiving its content; resolves once that has stopped.
   *
   * @throws {RequestRefusal} If it has ended before.
   */
  cancel(upload: Upload): Promise<void>;
  /**
   * Ends an upload.
   *
   * @throws {RequestRefusal} If it has ended before.
   */
  end(upload: Upload): Promise<void>;
  /** @throws {RequestRefusal} If the upload has ended. */
  assertOpen(upload: Upload): Promise<void>;
}

/** An upload, as its token has it. */
export interface Upload {
  readonly id: string;
  /** Whose it is. */
  readonly person: string;
  /** Epoch milliseconds. */
  readonly expiresMs: number;
}

/** The destination of an upload. */
export interface UploadTarget {
  /** The source's name. */
  readonly source: string;
  /** Relative to the source. */
  readonly path: string;
}

/** What {@link createUploadLedger} needs. */
export interface UploadLedgerOptions {
  readonly state: State;
  /** How many uploads of a person there can be at a time. */
  readonly maxOfPerson: number;
  /** How long an upload in one request may take, in milliseconds. */
  readonly maxMs: number;
  /** Epoch milliseconds. */
  readonly now: () => number;
}

/** Creates a ledger, which keeps everything in the state. */
export function createUploadLedger({ state, maxOfPerson, maxMs, now }: UploadLedgerOptions): UploadLedger {
  const refusal = "Too many of your uploads are unfinished. Finish or cancel some first.";
  const limit = createPersonLimit({ state, kind: "upload", most: maxOfPerson, refusal });
  const promiseOf = ({ source, path }: UploadTarget) => `promise/${source}/${path}`;
  const endOf = ({ id }: Upload) => `ended_upload/${id}`;
  const receivedOf = ({ id }: Upload) => `received_upload/${id}`;
  const leaseOf = ({ id }: Upload) => `receiving/${id}`;
  const restOf = ({ expiresMs }: Upload) => ({ expiresInMs: Math.max(1, expiresMs - now()) });
  const running = new Map<string, { controller: AbortController; stopped: Promise<void> }>();

  async function end(upload: Upload): Promise<void> {
    if (!await state.putIfAbsent(endOf(upload), "ended", restOf(upload))) throw used();
  }

  async function assertOpen(upload: Upload): Promise<void> {
    if (await state.get(endOf(upload)) !== undefined) throw used();
  }

  return {
    async count(person, upload) {
      const place = await limit.take(person, maxMs);
      try {
        return await upload();
      } finally {
        await limit.leave(person, place);
      }
    },
    isPromised: async (target) => await state.get(promiseOf(target)) !== undefined,
    async promise(upload) {
      const rest = restOf(upload);
      const place = await limit.take(upload.person, rest.expiresInMs);
      try {
        await state.putIfAbsent(promiseOf(upload), upload.id, rest);
      } catch (error) {
        await limit.leave(upload.person, place);
        throw error;
      }
      return place;
    },
    async release(upload) {
      const key = promiseOf(upload);
      const endPromise = async () => {
        if (await state.get(key) === upload.id) await state.delete(key);
      };
      await Promise.allSettled([endPromise(), limit.leave(upload.person, upload.place)]);
    },
    async receiveOnce(upload, receive) {
      const controller = new AbortController();
      const lease = await holdLease(state, leaseOf(upload), {
        check: () => assertOpen(upload),
        onLost: (reason) => controller.abort(reason),
      });
      if (lease === undefined) throw used();
      let stop = () => {};
      const stopped = new Promise<void>((resolve) => {
        stop = resolve;
      });
      running.set(upload.id, { controller, stopped });
      try {
        await assertOpen(upload);
        // Only now: who had the lease before may have received it.
        if (await state.get(receivedOf(upload)) !== undefined) throw used();
        const received = await receive(controller.signal);
        // Its file is there, even if that cannot be kept; the store then refuses another one.
        await state.putIfAbsent(receivedOf(upload), "received", restOf(upload)).catch(() => {});
        return received;
      } finally {
        await lease.end();
        running.delete(upload.id);
        stop();
      }
    },
    async cancel(upload) {
      await end(upload);
      const { controller, stopped } = running.get(upload.id) ?? {};
      controller?.abort(used());
      await stopped;
      // Another process looks every few seconds whether to stop.
      for (let tries = 0; tries < MAX_CANCEL_POLLS && await isLeased(state, leaseOf(upload)); tries++) {
        await sleep(CANCEL_POLL_MS);
      }
    },
    end,
    assertOpen,
  };
}

const CANCEL_POLL_MS = 200;
/** A lease that nobody keeps has ended by then. */
const MAX_CANCEL_POLLS = 100;

function used(): RequestRefusal {
  return new RequestRefusal(409, "This upload has already been used. Start a new one.", { code: "used" });
}
