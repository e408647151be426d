/** A kind of fault between client and store. */
export type FaultKind =
  | "refused"
  | "resetBeforeHeaders"
  | "resetInBody"
  | "hang"
  | "tooManyRequests"
  | "internalError"
  | "slowDown"
  | "errorIn200"
  | "shortContentLength"
  | "shortCloseDelimited"
  | "flippedByte"
  | "skewedClock";

/** Every {@link FaultKind}. */
export const FAULT_KINDS: readonly FaultKind[] = [
  "refused",
  "resetBeforeHeaders",
  "resetInBody",
  "hang",
  "tooManyRequests",
  "internalError",
  "slowDown",
  "errorIn200",
  "shortContentLength",
  "shortCloseDelimited",
  "flippedByte",
  "skewedClock",
];

/** A fault. Details left out are chosen at random. */
export interface Fault {
  /** Kind of fault. */
  readonly kind: FaultKind;
  /** Whether the store receives the request, for `"resetBeforeHeaders"` and `"hang"`. Default: at random. */
  readonly isDelivered?: boolean;
  /** Whether it happens in the body of the response, for `"hang"`. Default: at random. */
  readonly isInBody?: boolean;
  /** Which body, for `"flippedByte"`. Without a request body it is always that of the response. Default: at random. */
  readonly direction?: "request" | "response";
  /** Position in the body: from 0 for the first byte to just below 1 for the last. Default: at random. */
  readonly at?: number;
  /** Which bit of the byte, for `"flippedByte"`: 0 to 7. Default: at random. */
  readonly bit?: number;
  /** `Retry-After` in seconds; `null` for none. Default: 1 or none, at random. */
  readonly retryAfterSeconds?: number | null;
  /** Error of the response's `Date` in seconds, for `"skewedClock"`. Default: up to an hour, at random. */
  readonly skewSeconds?: number;
}

/** A request that may get a fault. */
export interface FaultRequest {
  /** From 0. */
  readonly index: number;
  /** HTTP method. */
  readonly method: string;
  /** URL of the request. */
  readonly url: URL;
}

/** A fault that was injected. */
export interface InjectedFault {
  /** With all details, including those that its kind does not use. */
  readonly fault: Required<Fault>;
  /** The request that got it. */
  readonly request: FaultRequest;
}

/** Creates a generator of numbers from 0 to just below 1, the same for the same seed. */
export function createSeededRandom(seed: number): () => number {
  let state = seed | 0;
  // Mulberry32: one 32-bit word of state, evenly distributed even for neighbouring seeds.
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** Chooses the missing details of a fault. */
export function completeFault(fault: Fault, random: () => number): Required<Fault> {
  return {
    isDelivered: random() < 0.5,
    isInBody: random() < 0.5,
    direction: random() < 0.5 ? "request" : "response",
    at: random(),
    bit: Math.floor(random() * 8),
    retryAfterSeconds: random() < 0.5 ? null : 1,
    skewSeconds: random() < 0.5 ? 0 : Math.round((random() - 0.5) * 7200),
    ...fault,
  };
}

/** Whether S3 may respond with 200 and an error in the body: it does for operations that take long. */
export function mayFailIn200({ method, url }: FaultRequest, headers: Headers): boolean {
  return method === "POST" || headers.has("x-amz-copy-source") || url.searchParams.has("list-type");
}

/** The index of a fault's byte in a body. */
export function placeInBody({ at }: Required<Fault>, length: number): number {
  return Math.min(length - 1, Math.floor(at * length));
}
