import { createExpiringNames } from "./expiring_names.ts";
import { RequestRefusal } from "./failure.ts";

/**
 * What this process remembers of uploads under way. Nothing depends on it alone: what is stored depends on conditions that the store
 * checks, so that a restart, or a second process, loses no file.
 */
export interface UploadLedger {
  /** Whether a path has been promised to an upload. */
  isPromised(place: string): boolean;
  /** Promises a path to an upload until then. */
  promise(place: string, expiresMs: number): void;
  /** Takes a promise back. */
  release(place: string): void;
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

/** @param now Epoch milliseconds. */
export function createUploadLedger(now: () => number): UploadLedger {
  const [promised, received, ended] = [
    createExpiringNames(now),
    createExpiringNames(now),
    createExpiringNames(now),
  ];
  const running = new Map<string, { controller: AbortController; done: Promise<unknown> }>();
  const assertOpen = ({ id }: { id: string }) => {
    if (ended.has(id)) throw used();
  };
  const end = (upload: { id: string; expiresMs: number }) => {
    assertOpen(upload);
    ended.add(upload.id, upload.expiresMs);
  };
  return {
    isPromised: promised.has,
    promise: promised.add,
    release: promised.remove,
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

function used(): RequestRefusal {
  return new RequestRefusal(409, "This upload has been used already. Start another one.", { code: "used" });
}
