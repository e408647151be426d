// Replaces `jsr:@std/testing/time` where JSR cannot be reached: the part that our tests use.
import { type Clock, install } from "npm:@sinonjs/fake-timers@15.5.0";

/** Replaces `Date`, `setTimeout`, `setInterval` and their clearing functions until it is restored. */
export class FakeTime implements Disposable {
  readonly #clock: Clock;

  /** @param start Epoch milliseconds, an ISO string or a `Date`; now by default. */
  constructor(start: number | string | Date = Date.now()) {
    this.#clock = install({
      now: new Date(start),
      toFake: ["Date", "setTimeout", "clearTimeout", "setInterval", "clearInterval"],
    });
  }

  /** Fake epoch milliseconds. */
  get now(): number {
    return this.#clock.now;
  }

  /** Moves the time on and runs the timers that come due. */
  tick(ms = 0): void {
    this.#clock.tick(ms);
  }

  /** As `tick`, and lets promises settle between timers. */
  async tickAsync(ms = 0): Promise<void> {
    await this.#clock.tickAsync(ms);
  }

  /** Runs timers until none is left, and lets promises settle between them. */
  async runAllAsync(): Promise<void> {
    await this.#clock.runAllAsync();
  }

  /** Brings the real time back. */
  restore(): void {
    this.#clock.uninstall();
  }

  [Symbol.dispose](): void {
    this.restore();
  }
}
