/** What can go wrong between a client and a store. */
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

/** A fault and its details; those left out are drawn at random. */
export interface Fault {
  /** What goes wrong. */
  readonly kind: FaultKind;
  /** Whether the store gets the request all the same, for `"resetBeforeHeaders"` and `"hang"`. */
  readonly isDelivered?: boolean;
  /** Whether it happens in the body of the answer, for `"hang"`. */
  readonly isInBody?: boolean;
  /** Which body, for `"flippedByte"`. A request without a body has it in the answer's. */
  readonly direction?: "request" | "response";
  /** Where in the body, as a fraction: 0 is its first byte, and what is just below 1 its last. */
  readonly at?: number;
  /** Which bit of the byte, for `"flippedByte"`: 0 to 7. */
  readonly bit?: number;
  /** `Retry-After` of a refusal, in seconds; `null` for none. */
  readonly retryAfterSeconds?: number | null;
  /** How far the `Date` of the answer is off, in seconds, for `"skewedClock"`. */
  readonly skewSeconds?: number;
}

/** A request that may meet with a fault. */
export interface FaultRequest {
  /** 0 for the first. */
  readonly index: number;
  /** HTTP method. */
  readonly method: string;
  /** Where it goes. */
  readonly url: URL;
}

/** A fault that came about. */
export interface InjectedFault {
  /** With all its details, also those that its kind does not use. */
  readonly fault: Required<Fault>;
  /** The request that met with it. */
  readonly request: FaultRequest;
}

/** Random numbers that are the same for the same seed: at least 0, below 1. */
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

/** Draws what a fault leaves open. */
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

/** Whether S3 can answer this request with 200 and an error in the body: it does where the work takes long. */
export function mayFailIn200({ method, url }: FaultRequest, headers: Headers): boolean {
  return method === "POST" || headers.has("x-amz-copy-source") || url.searchParams.has("list-type");
}

/** The place in a body of so many bytes. */
export function placeInBody({ at }: Required<Fault>, length: number): number {
  return Math.min(length - 1, Math.floor(at * length));
}
