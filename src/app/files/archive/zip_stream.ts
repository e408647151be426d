import { makeZip } from "client-zip";
import { IntegrityError } from "../../../errors.ts";

/** Options of {@link zipStream}. */
export interface ZipStreamOptions {
  /** Of the whole; another length is a failure. */
  readonly byteLength: number;
  /** The comment of the zip, in ASCII; is called when all files were read. */
  readonly comment: () => string;
  /** Stops the zip, which then fails. */
  readonly signal: AbortSignal;
  /** Is called when the zip is read to its end, has failed, or is not wanted any more, in the latter cases with why. */
  readonly onEnd: (error?: unknown) => void;
}

/** A zip that is made while it is read. */
export function zipStream(
  files: () => Parameters<typeof makeZip>[0],
  { byteLength, comment, signal, onEnd }: ZipStreamOptions,
): ReadableStream<Uint8Array> {
  let reader: ReadableStreamDefaultReader<Uint8Array> | undefined;
  let sentBytes = 0;
  let last: Uint8Array | undefined;

  async function next(): Promise<Uint8Array | undefined> {
    reader ??= makeZip(files()).getReader();
    for (;;) {
      const { value, done } = await reader.read();
      signal.throwIfAborted();
      const ready = last;
      last = done ? undefined : value;
      if (done) return ready && withComment(ready, comment());
      if (ready !== undefined) return ready;
    }
  }

  return new ReadableStream<Uint8Array>({
    async pull(controller) {
      try {
        const chunk = await next();
        if (chunk !== undefined) {
          sentBytes += chunk.byteLength;
          controller.enqueue(chunk);
        }
        if (last !== undefined) return;
        if (sentBytes !== byteLength) throw new IntegrityError(`The zip has ${sentBytes} bytes, not ${byteLength}`);
        onEnd();
        controller.close();
      } catch (error) {
        onEnd(error);
        controller.error(error);
      }
    },
    cancel: (reason) => onEnd(reason ?? new DOMException("The zip is not wanted any more", "AbortError")),
  }, { highWaterMark: 0 });
}

/** The last chunk ends with the length of the comment, which `client-zip` leaves at zero. */
function withComment(chunk: Uint8Array, comment: string): Uint8Array {
  const whole = new Uint8Array(chunk.byteLength + comment.length);
  whole.set(chunk);
  new DataView(whole.buffer).setUint16(chunk.byteLength - 2, comment.length, true);
  whole.set(new TextEncoder().encode(comment), chunk.byteLength);
  return whole;
}
