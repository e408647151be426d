import { RequestRefusal } from "./failure.ts";

/** The bytes of request bodies that the process holds in memory, up to a limit. */
export interface HeldBytes {
  /**
   * Reserves room for bytes that are about to arrive. If others need it, what has not arrived after five seconds may be
   * given to them: an upload that announces much and sends little would keep everyone else from uploading.
   *
   * @throws {RequestRefusal} With 503, if there is no room.
   */
  reserve(request: Request, byteLength: number): void;
  /**
   * Counts bytes that have arrived for a request that has reserved room.
   *
   * @param byteLength Of all that has arrived for the request and is held.
   * @throws {RequestRefusal} With 503, if they are more than reserved, and there is no room.
   */
  receive(request: Request, byteLength: number): void;
  /** Forgets a request, after its response. */
  release(request: Request): void;
}

interface Holder {
  heldBytes: number;
  receivedBytes: number;
  readonly sinceMs: number;
}

/** @param maxBytes For all requests together. */
export function createHeldBytes(maxBytes: number, now: () => number): HeldBytes {
  const holders = new Map<Request, Holder>();
  let heldBytes = 0;

  function hold(holder: Holder, byteLength: number): void {
    heldBytes += byteLength - holder.heldBytes;
    holder.heldBytes = byteLength;
  }

  function grow(holder: Holder, byteLength: number): void {
    const isTooMuch = () => heldBytes + byteLength - holder.heldBytes > maxBytes;
    if (isTooMuch()) {
      for (const other of holders.values()) {
        if (now() - other.sinceMs > RESERVED_MS) hold(other, other.receivedBytes);
      }
    }
    if (isTooMuch()) {
      throw new RequestRefusal(503, "Too much is being uploaded at the moment. Try again in a few seconds.", {
        code: "busy",
      });
    }
    hold(holder, byteLength);
  }

  return {
    reserve(request, byteLength) {
      const holder = { heldBytes: 0, receivedBytes: 0, sinceMs: now() };
      grow(holder, byteLength);
      holders.set(request, holder);
    },
    receive(request, byteLength) {
      const holder = holders.get(request);
      // Its response may be there already.
      if (holder === undefined) return;
      if (byteLength > holder.heldBytes) grow(holder, byteLength);
      holder.receivedBytes = byteLength;
    },
    release(request) {
      const holder = holders.get(request);
      if (holder !== undefined) hold(holder, 0);
      holders.delete(request);
    },
  };
}

const RESERVED_MS = 5_000;
