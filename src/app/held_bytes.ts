import { RequestRefusal } from "./failure.ts";

/** Counts the bytes of request bodies in memory, and refuses more than a limit. */
export interface HeldBytes {
  /**
   * Counts bytes as held for a request.
   *
   * @throws {RequestRefusal} With 503, if that would exceed the limit.
   */
  hold(request: Request, byteLength: number): void;
  /** Frees everything that is held for a request. */
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
