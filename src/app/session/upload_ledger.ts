import { createExpiringSet } from "./expiring_set.ts";
import { RequestRefusal } from "../failure.ts";

/**
 * What this process remembers of uploads under way. Nothing depends on it alone: what is stored depends on conditions that the store
 * checks, so that a restart, or a second process, loses no file.
 */
export interface UploadLedger {
  /** Whether a path has been promised to an upload. */
  isPromised(place: UploadPlace): boolean;
  /**
   * Promises an upload its path until it expires. `actor` is whose upload it is, `null` for someone who is not known.
   * @throws {RequestRefusal} If that would be too many, for this person or for the source.
   */
  promise(
    upload: UploadPlace & { readonly id: string; readonly actor: string | null; readonly expiresMs: number },
  ): void;
  /** Takes an upload's promise back; one of another upload to the same path stays. */
  release(upload: UploadPlace & { readonly id: string }): void;
  /**
   * Receives content once per token: what runs, or has succeeded, does not run again.
   * @throws {RequestRefusal} If it does.
   */
  receiveOnce<T>(
    upload: { id: string; expiresMs: number },
    receive: (cancelled: AbortSignal) => Promise<T>,
  ): Promise<T>;
  /**
   * Ends an upload, and breaks off what is being received of it; resolves when that is over.
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

/** Where an upload goes. */
export interface UploadPlace {
  /** Name of the source. */
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
      if (ofOwner >= MAX_PROMISES_OF_PERSON || ofSource >= MAX_PROMISES_OF_SOURCE) {
        throw new RequestRefusal(
          429,
          "Too many uploads have been prepared and not finished. Finish or cancel some first.",
        );
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
  /** Of the upload. */
  readonly id: string;
  /** Source and person. */
  readonly owner: string;
  readonly source: string;
  readonly expiresMs: number;
}

/** Uploads that are prepared and not over. A page prepares a few at a time, whatever the number of files. */
const MAX_PROMISES_OF_PERSON = 1_000;
const MAX_PROMISES_OF_SOURCE = 5_000;

function used(): RequestRefusal {
  return new RequestRefusal(409, "This upload has been used already. Start another one.", { code: "used" });
}
