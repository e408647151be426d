import { lazy } from "../async/lazy.ts";
import { ServiceError, TimeoutError } from "../errors.ts";

/**
 * Waits for the steps of an exchange, each with a time limit. A step that fails or takes too long ends the exchange, as
 * does the caller's abort.
 *
 * All steps share one timer, because creating timers is a large part of the cost of a small request. If it fires too
 * early for the current step, it is set again.
 */
export interface StepGuard {
  /** Aborts when the exchange ends early. */
  readonly signal: AbortSignal;
  /**
   * Waits for a step; one at a time.
   *
   * @throws {TimeoutError} If it takes longer than `limitMs`.
   * @throws {ServiceError} With the code `"NetworkError"`, if it fails. Aborts reject with the signal's reason.
   */
  wait<T>(begin: () => Promise<T>, limitMs: number, problem: string): Promise<T>;
  /** The next step may be far off: until then the timer does not keep the process alive. */
  rest(): void;
  /** Ends the last step: stops the timer, and no longer listens to the caller's signal. */
  release(): void;
}

/**
 * @param caller The caller's signal.
 * @param secrets Secrets to remove from errors.
 * @param url For host and port in errors.
 */
export function createStepGuard(
  caller: AbortSignal | undefined,
  secrets: readonly (string | undefined)[] = [],
  url = "",
): StepGuard {
  return new TimedSteps(caller, secrets, url);
}

/** A class, because closures for each request would cost time. */
class TimedSteps implements StepGuard {
  readonly #controller = new AbortController();
  readonly #caller: AbortSignal | undefined;
  readonly #onAbort: (() => void) | undefined;
  readonly #secrets: readonly (string | undefined)[];
  readonly #url: string;
  #reject: ((reason: unknown) => void) | undefined;
  #limitMs = 0;
  #problem = "";
  #isStopped = false;
  #endsMs = Infinity;
  #firesMs = Infinity;
  #timer: ReturnType<typeof setTimeout> | undefined;

  constructor(caller: AbortSignal | undefined, secrets: readonly (string | undefined)[], url: string) {
    this.#caller = caller;
    this.#secrets = secrets;
    this.#url = url;
    if (caller === undefined) return;
    this.#onAbort = () => this.#stop(caller.reason);
    caller.addEventListener("abort", this.#onAbort, { once: true });
  }

  get signal(): AbortSignal {
    return this.#controller.signal;
  }

  wait<T>(begin: () => Promise<T>, limitMs: number, problem: string): Promise<T> {
    return new Promise<T>((resolve, reject) => {
      if (this.#isStopped) return reject(this.signal.reason);
      this.#reject = reject;
      this.#limitMs = limitMs;
      this.#problem = problem;
      this.#setTimer(Date.now() + limitMs);
      const succeed = (value: T) => {
        this.#endsMs = Infinity;
        resolve(value);
      };
      const fail = async (error: unknown) => {
        this.release();
        const failure = await failureOf(error, addressOf(this.#url), this.#secrets);
        // An aborted `fetch` throws another error than the reason.
        if (!this.#isStopped) this.#stop(failure);
      };
      try {
        begin().then(succeed, fail);
      } catch (error) {
        // A custom `fetch` may throw synchronously.
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
    // If the clock was set back, the step is extended by its limit at most.
    if (nowMs < this.#endsMs) return this.#setTimer(Math.min(this.#endsMs, nowMs + this.#limitMs));
    const address = addressOf(this.#url);
    const problem = `${this.#problem} for ${this.#limitMs} ms`;
    this.#stop(new TimeoutError(address === "" ? problem : `${problem} (${address})`));
  }

  /** Rejects the step as well: not every `fetch` ends a body when it is aborted. */
  #stop(reason: unknown): void {
    this.release();
    this.#isStopped = true;
    this.#controller.abort(reason);
    this.#reject?.(reason);
  }
}

/** Without the network, the file with the reasons may not arrive either. */
async function failureOf(
  error: unknown,
  address: string,
  secrets: readonly (string | undefined)[],
): Promise<ServiceError> {
  try {
    return (await failureModule()).connectionFailure(error, address, secrets);
  } catch {
    const failed = "the connection failed";
    return new ServiceError(address === "" ? failed : `${failed} (${address})`, { code: "NetworkError" });
  }
}

const failureModule = lazy(() => import("./connection_failure.ts"));

/** Host and port of a URL, also if the port is the scheme's own; empty if it is no URL. */
export function addressOf(url: string): string {
  const { protocol, hostname, port } = URL.parse(url) ?? { protocol: "", hostname: "", port: "" };
  if (hostname === "" || port !== "") return hostname === "" ? "" : `${hostname}:${port}`;
  return protocol === "https:" ? `${hostname}:443` : protocol === "http:" ? `${hostname}:80` : hostname;
}

/** Timers that are objects, as in Deno, Bun and Node, need not keep the process alive. */
interface TimerHandle {
  ref?(): void;
  unref?(): void;
}

function handleOf(timer: ReturnType<typeof setTimeout> | undefined): TimerHandle {
  return Object(timer);
}
