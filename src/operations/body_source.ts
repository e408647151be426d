/** The body of an upload, read in pieces from start to end. */
export interface BodySource {
  /** Bytes in total; `undefined` for a stream. */
  readonly size: number | undefined;
  /** Takes back the bytes that `take` has returned; absent if they belong to the caller. */
  readonly release?: (bytes: Uint8Array<ArrayBuffer>) => void;
  /** The next `length` bytes; fewer only at the end. `isLast`: nothing follows. */
  take(length: number, signal?: AbortSignal): Promise<{ bytes: Uint8Array<ArrayBuffer>; isLast: boolean }>;
  /** The SHA-256 of the whole body; absent if it can be read only once. */
  readonly digest?: (signal: AbortSignal | undefined) => Promise<Uint8Array>;
  /** Cancels a stream. Never rejects; may never resolve if the stream hangs. */
  cancel(): Promise<void>;
}

/** Frees the memory at once: until the garbage collector runs, large buffers would pile up. */
export function releaseBuffer(bytes: Uint8Array<ArrayBuffer>): void {
  // Node has it since version 21.
  bytes.buffer.transfer?.(0);
}
