import { RequestRefusal } from "./failure.ts";

/** Bytes of requests' bodies that the process holds in memory, of which there may be so many. */
export interface HeldBytes {
  /**
   * Takes note that bytes are held for a request, until its answer is there.
   *
   * @throws {RequestRefusal} With 503, if they would be too many.
   */
  hold(request: Request, byteLength: number): void;
  /** Nothing is held for a request any more. */
  release(request: Request): void;
}

/** @param maxBytes For all requests together. */
export function createHeldBytes(maxBytes: number): HeldBytes {
  const byRequest = new WeakMap<Request, number>();
  let heldBytes = 0;
  return {
    hold(request, byteLength) {
      if (heldBytes + byteLength > maxBytes) {
        throw new RequestRefusal(503, "Too much is being uploaded at the moment. Try again in a few seconds.", {
          code: "busy",
        });
      }
      heldBytes += byteLength;
      byRequest.set(request, (byRequest.get(request) ?? 0) + byteLength);
    },
    release(request) {
      heldBytes -= byRequest.get(request) ?? 0;
      byRequest.delete(request);
    },
  };
}
