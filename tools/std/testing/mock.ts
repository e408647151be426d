// Replaces `jsr:@std/testing/mock` where JSR cannot be reached: the part that our tests use.
import { AssertionError } from "npm:deno-std@1.4.0/assert/mod.js";

export interface SpyCall<Args extends unknown[], Return> {
  args: Args;
  returned?: Return;
  error?: Error;
}

export interface Spy<Args extends unknown[], Return> {
  (...args: Args): Return;
  calls: SpyCall<Args, Return>[];
}

export interface Stub<Args extends unknown[], Return> extends Spy<Args, Return>, Disposable {
  restore(): void;
}

/** A function that remembers how it was called. */
export function spy<Args extends unknown[], Return>(fn: (...args: Args) => Return): Spy<Args, Return> {
  const calls: SpyCall<Args, Return>[] = [];
  const spied = (...args: Args): Return => {
    const call: SpyCall<Args, Return> = { args };
    calls.push(call);
    try {
      return call.returned = fn(...args);
    } catch (error) {
      if (error instanceof Error) call.error = error;
      throw error;
    }
  };
  return Object.assign(spied, { calls });
}

/** Replaces a method until `restore()`. */
// deno-lint-ignore no-explicit-any
export function stub<Self, Name extends keyof Self, Fn extends Self[Name] & ((...args: any[]) => any)>(
  self: Self,
  name: Name,
  fn: (...args: Parameters<Fn>) => ReturnType<Fn>,
): Stub<Parameters<Fn>, ReturnType<Fn>> {
  const original = self[name];
  const spied = spy(fn);
  self[name] = spied as unknown as Self[Name];
  const restore = () => {
    self[name] = original;
  };
  return Object.assign(spied, { restore, [Symbol.dispose]: restore });
}

/** Fails unless the spy was called exactly `expected` times. */
// deno-lint-ignore no-explicit-any
export function assertSpyCalls(spied: Spy<any[], any>, expected: number): void {
  if (spied.calls.length !== expected) {
    throw new AssertionError(`Spy not called as much as expected: ${spied.calls.length} calls, ${expected} expected`);
  }
}
