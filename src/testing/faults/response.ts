import { type Fault, type FaultKind, placeInBody } from "./plan.ts";

/** The error response of a fault, if it is one; without a body after HEAD. */
export function refusal(
  { kind, retryAfterSeconds, skewSeconds }: Required<Fault>,
  method: string,
): Response | undefined {
  const [status, code, message] = REFUSALS[kind] ?? [];
  if (status === undefined) return undefined;
  const headers = new Headers({ "content-type": "application/xml" });
  if (retryAfterSeconds !== null && (status === 429 || status === 503)) {
    headers.set("retry-after", String(retryAfterSeconds));
  }
  if (kind === "skewedClock") headers.set("date", new Date(Date.now() + skewSeconds * 1000).toUTCString());
  const xml = `<?xml version="1.0" encoding="UTF-8"?>\n` +
    `<Error><Code>${code}</Code><Message>${message}</Message><RequestId>FAULT</RequestId></Error>`;
  return new Response(method === "HEAD" ? null : xml, { status, headers });
}

/** How a body ends. */
export type BodyEnd = "closed" | "broken" | "stalled";

/** The response with a body that ends early. */
export function cutResponse(
  { response, length }: MeasuredResponse,
  fault: Required<Fault>,
  { end, keepsLength, signal }: { end: BodyEnd; keepsLength: boolean; signal: AbortSignal | undefined },
): Response {
  const headers = new Headers(response.headers);
  if (keepsLength) headers.set("content-length", String(length));
  else headers.delete("content-length");
  const body = response.body && endEarly(response.body, { length: placeInBody(fault, length), end, signal });
  return new Response(body, { status: response.status, statusText: response.statusText, headers });
}

/** The response with one bit of its body flipped. */
export function flipResponse({ response, length }: MeasuredResponse, fault: Required<Fault>): Response {
  const place = placeInBody(fault, length);
  let offset = 0;
  const flip = new TransformStream<Uint8Array<ArrayBuffer>, Uint8Array<ArrayBuffer>>({
    transform(chunk, controller) {
      controller.enqueue(flipBit(chunk, place - offset, fault.bit));
      offset += chunk.byteLength;
    },
  });
  return new Response(response.body?.pipeThrough(flip) ?? null, response);
}

/** A copy with one bit flipped; the bytes themselves if they do not include the index. */
export function flipBit(bytes: Uint8Array<ArrayBuffer>, place: number, bit: number): Uint8Array<ArrayBuffer> {
  const byte = bytes[place];
  if (byte === undefined) return bytes;
  const flipped = bytes.slice();
  flipped[place] = byte ^ (1 << bit);
  return flipped;
}

/** A response and the length of its body. */
export interface MeasuredResponse {
  /** The response, whose body has not been read. */
  readonly response: Response;
  /** Length of the body in bytes. */
  readonly length: number;
}

/** Measures the body; one of unknown length is read to its end. */
export async function measureResponse(response: Response, method: string): Promise<MeasuredResponse> {
  // HEAD has a Content-Length, but no body.
  if (response.body === null || method === "HEAD") return { response, length: 0 };
  const declared = response.headers.get("content-length");
  if (declared !== null && !response.headers.has("content-encoding")) return { response, length: Number(declared) };
  const bytes = await response.arrayBuffer();
  return { response: new Response(bytes, response), length: bytes.byteLength };
}

function endEarly(
  body: ReadableStream<Uint8Array<ArrayBuffer>>,
  { length, end, signal }: { length: number; end: BodyEnd; signal: AbortSignal | undefined },
): ReadableStream<Uint8Array<ArrayBuffer>> {
  const reader = body.getReader();
  let left = length;
  return new ReadableStream({
    async pull(controller) {
      const { done, value } = left === 0 ? { done: true } : await reader.read();
      if (!done && value !== undefined) {
        controller.enqueue(value.slice(0, left));
        left -= Math.min(left, value.byteLength);
        return;
      }
      if (end === "stalled") await untilAbort(signal);
      await reader.cancel().catch(() => {});
      if (end === "closed") controller.close();
      else controller.error(end === "stalled" ? signal?.reason : new TypeError("error reading a body from connection"));
    },
    cancel: (reason) => reader.cancel(reason),
  }, { highWaterMark: 0 });
}

/** Resolves when the signal aborts; without one, never. */
export function untilAbort(signal: AbortSignal | undefined): Promise<void> {
  return new Promise((resolve) => {
    if (signal?.aborted) resolve();
    signal?.addEventListener("abort", () => resolve(), { once: true });
  });
}

/** https://docs.aws.amazon.com/AmazonS3/latest/API/ErrorResponses.html */
const REFUSALS: Partial<Record<FaultKind, readonly [status: number, code: string, message: string]>> = {
  tooManyRequests: [429, "TooManyRequests", "Too many requests."],
  internalError: [500, "InternalError", "We encountered an internal error. Please try again."],
  slowDown: [503, "SlowDown", "Please reduce your request rate."],
  errorIn200: [200, "InternalError", "We encountered an internal error. Please try again."],
  skewedClock: [
    403,
    "RequestTimeTooSkewed",
    "The difference between the request time and the current time is too large.",
  ],
};
