import { createExpiringSet } from "./expiring_set.ts";
import { RequestRefusal } from "../failure.ts";

/**
 * The uploads in progress, as far as this process knows them. No file depends on it: the store checks conditions too,
 * so that a restart or a second process loses nothing.
 */
export interface UploadLedger {
  /** Whether a path is promised to an upload. */
  isPromised(place: UploadPlace): boolean;
  /**
   * Promises an upload its path until it expires. `actor` is the uploader, `null` if nobody is logged in.
   * @throws {RequestRefusal} If there are too many, of this actor or in this source.
   */
  promise(
    upload: UploadPlace & { readonly id: string; readonly actor: string | null; readonly expiresMs: number },
  ): void;
  /** Ends the promise to this upload, but not one to another upload of the same path. */
  release(upload: UploadPlace & { readonly id: string }): void;
  /**
   * Receives the content of an upload, once unless it fails.
   * @throws {RequestRefusal} If it is being received, or has been.
   */
  receiveOnce<T>(
    upload: { id: string; expiresMs: number },
    receive: (cancelled: AbortSignal) => Promise<T>,
  ): Promise<T>;
  /**
   * Ends an upload and aborts receiving its content; resolves once that has stopped.
   * @throws {RequestRefusal} If it has ended before.
   */
  cancel(upload: { id: string; expiresMs: number }): Promise<void>;
  /**
   * Ends an upload.
   * @throws {RequestRefusal} If it has ended before.
   */
  end(upload: { id: string; expiresMs: number }): void;
  /** @throws {RequestRefusal} If the upload has ended. */
  assertOpen(upload: { id: string }): void;
}

/** The destination of an upload. */
export interface UploadPlace {
  /** The source's name. */
  readonly source: string;
  /** Relative to the source. */
  readonly path: string;
}

/** @param now Epoch milliseconds. */
export function createUploadLedger(now: () => number): UploadLedger {
  const [received, ended] = [createExpiringSet(now), createExpiringSet(now)];
  const promises = new Map<string, UploadPromise>();
  const nameOf = ({ source, path }: UploadPlace) => `${source}\0${path}`;
  const running = new Map<string, { controller: AbortController; done: Promise<unknown> }>();
  const assertOpen = ({ id }: { id: string }) => {
    if (ended.has(id)) throw used();
  };
  const end = (upload: { id: string; expiresMs: number }) => {
    assertOpen(upload);
    ended.add(upload.id, upload.expiresMs);
  };
  return {
    isPromised: (place) => (promises.get(nameOf(place))?.expiresMs ?? 0) > now(),
    promise(upload) {
      const { id, source, actor, expiresMs } = upload;
      const owner = JSON.stringify([source, actor]);
      let [ofOwner, ofSource] = [0, 0];
      for (const [name, promise] of promises) {
        if (promise.expiresMs <= now()) promises.delete(name);
        else if (promise.source === source) {
          ofSource++;
          if (promise.owner === owner) ofOwner++;
        }
      }
      if (ofOwner >= MAX_PROMISES_OF_ACTOR || ofSource >= MAX_PROMISES_OF_SOURCE) {
        throw new RequestRefusal(429, "Too many uploads are unfinished. Finish or cancel some first.");
      }
      promises.set(nameOf(upload), { id, owner, source, expiresMs });
    },
    release(upload) {
      const name = nameOf(upload);
      if (promises.get(name)?.id === upload.id) promises.delete(name);
    },
    async receiveOnce(upload, receive) {
      assertOpen(upload);
      if (received.has(upload.id)) throw used();
      received.add(upload.id, upload.expiresMs);
      const controller = new AbortController();
      const done = receive(controller.signal);
      running.set(upload.id, { controller, done });
      try {
        return await done;
      } catch (error) {
        received.remove(upload.id);
        throw error;
      } finally {
        running.delete(upload.id);
      }
    },
    async cancel(upload) {
      end(upload);
      const { controller, done } = running.get(upload.id) ?? {};
      controller?.abort(used());
      await done?.catch(() => {});
    },
    end,
    assertOpen,
  };
}

interface UploadPromise {
  /** The upload's. */
  readonly id: string;
  /** Source and actor. */
  readonly owner: string;
  readonly source: string;
  readonly expiresMs: number;
}

/** A page prepares only a few uploads at a time, however many files there are. */
const MAX_PROMISES_OF_ACTOR = 1_000;
const MAX_PROMISES_OF_SOURCE = 5_000;

function used(): RequestRefusal {
  return new RequestRefusal(409, "This upload has already been used. Start a new one.", { code: "used" });
}
