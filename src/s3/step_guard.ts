import { ServiceError, TimeoutError } from "../errors.ts";
import { safeCause } from "../text/safe_text.ts";

/**
 * Waits for the steps of one exchange, each of which may take only so long. A step that fails or takes too long ends the exchange, as
 * the caller's abort does.
 *
 * There is one timer for all steps, as making one is among what costs most in a small request: when it fires too early, for a step that has begun
 * since, it is set again.
 */
export interface StepGuard {
  /** Aborts with the exchange. */
  readonly signal: AbortSignal;
  /**
   * Waits for a step, one at a time.
   *
   * @throws {TimeoutError} If it takes longer than `limitMs`.
   * @throws {ServiceError} With the code `"NetworkError"`, if it fails. Aborts reject with the signal's reason.
   */
  wait<T>(begin: () => Promise<T>, limitMs: number, problem: string): Promise<T>;
  /** The next step may be long in coming: until then the timer holds up no process that is done otherwise. */
  rest(): void;
  /** No step follows: lets go of the caller's signal and of the timer. */
  release(): void;
}

/**
 * @param caller The caller's own way to cancel.
 * @param secretsOf What must not be seen of a failure.
 */
export function createStepGuard(
  caller: AbortSignal | undefined,
  secretsOf: () => readonly (string | undefined)[] = () => [],
): StepGuard {
  return new TimedSteps(caller, secretsOf);
}

/** A class, as one is made for each request: methods of a prototype cost nothing to make. */
class TimedSteps implements StepGuard {
  readonly #controller = new AbortController();
  readonly #caller: AbortSignal | undefined;
  readonly #onAbort: (() => void) | undefined;
  readonly #secretsOf: () => readonly (string | undefined)[];
  #reject: ((reason: unknown) => void) | undefined;
  #limitMs = 0;
  #problem = "";
  #endsMs = Infinity;
  #firesMs = Infinity;
  #timer: ReturnType<typeof setTimeout> | undefined;

  constructor(caller: AbortSignal | undefined, secretsOf: () => readonly (string | undefined)[]) {
    this.#caller = caller;
    this.#secretsOf = secretsOf;
    if (caller === undefined) return;
    this.#onAbort = () => this.#stop(caller.reason);
    caller.addEventListener("abort", this.#onAbort, { once: true });
  }

  get signal(): AbortSignal {
    return this.#controller.signal;
  }

  wait<T>(begin: () => Promise<T>, limitMs: number, problem: string): Promise<T> {
    return new Promise<T>((resolve, reject) => {
      if (this.signal.aborted) return reject(this.signal.reason);
      this.#reject = reject;
      this.#limitMs = limitMs;
      this.#problem = problem;
      this.#setTimer(Date.now() + limitMs);
      const succeed = (value: T) => {
        this.#endsMs = Infinity;
        resolve(value);
      };
      const fail = (error: unknown) => {
        // What an aborted `fetch` throws is not why it was aborted.
        if (!this.signal.aborted) this.#stop(connectionFailed(error, this.#secretsOf()));
      };
      try {
        begin().then(succeed, fail);
      } catch (error) {
        // A `fetch` may also throw at once.
        fail(error);
      }
    });
  }

  rest(): void {
    handleOf(this.#timer).unref?.();
  }

  release(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    if (this.#onAbort !== undefined) this.#caller?.removeEventListener("abort", this.#onAbort);
  }

  #setTimer(endsMs: number): void {
    this.#endsMs = endsMs;
    if (this.#timer !== undefined && this.#firesMs <= endsMs) return handleOf(this.#timer).ref?.();
    clearTimeout(this.#timer);
    this.#firesMs = endsMs;
    this.#timer = setTimeout(() => this.#onTimer(), endsMs - Date.now());
  }

  #onTimer(): void {
    this.#timer = undefined;
    if (this.#endsMs === Infinity) return;
    const nowMs = Date.now();
    // A clock that was set back does not make the step longer than its limit by more than that.
    if (nowMs < this.#endsMs) return this.#setTimer(Math.min(this.#endsMs, nowMs + this.#limitMs));
    this.#stop(new TimeoutError(`${this.#problem} for ${this.#limitMs} ms`));
  }

  /** Not every `fetch` ends a body when it is aborted, so whoever waits is told as well. */
  #stop(reason: unknown): void {
    this.release();
    this.#controller.abort(reason);
    this.#reject?.(reason);
  }
}

/** Where a timer is an object, as in Deno, Bun and Node, it can be told whether the process waits for it. */
interface TimerHandle {
  ref?(): void;
  unref?(): void;
}

function handleOf(timer: ReturnType<typeof setTimeout> | undefined): TimerHandle {
  return Object(timer);
}

/** Runtimes put the URL, and with it signed queries, into the message and the stack; a `fetch` of the caller's may quote anything. */
function connectionFailed(error: unknown, secrets: readonly (string | undefined)[]): ServiceError {
  return new ServiceError("the connection failed", { code: "NetworkError", cause: safeCause(error, secrets) });
}
