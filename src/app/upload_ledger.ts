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
  receiveOnce<T>(upload: { id: string; expiresMs: number }, receive: () => Promise<T>): Promise<T>;
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
  const assertOpen = ({ id }: { id: string }) => {
    if (ended.has(id)) throw used();
  };
  return {
    isPromised: promised.has,
    promise: promised.add,
    release: promised.remove,
    async receiveOnce(upload, receive) {
      assertOpen(upload);
      if (received.has(upload.id)) throw used();
      received.add(upload.id, upload.expiresMs);
      try {
        return await receive();
      } catch (error) {
        received.remove(upload.id);
        throw error;
      }
    },
    end(upload) {
      assertOpen(upload);
      ended.add(upload.id, upload.expiresMs);
    },
    assertOpen,
  };
}

function used(): RequestRefusal {
  return new RequestRefusal(409, "This upload has been used already. Start another one.", { code: "used" });
}
