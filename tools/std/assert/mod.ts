// Replaces `jsr:@std/assert` where JSR cannot be reached: the same code from npm, with types for what we use.
import * as std from "npm:deno-std@1.4.0/assert/mod.js";

// deno-lint-ignore no-explicit-any
type AnyClass<E> = abstract new (...args: any[]) => E;

export const assert: (condition: unknown, message?: string) => asserts condition = std.assert;
export const assertFalse: (condition: unknown, message?: string) => void = std.assertFalse;
export const assertEquals: <T>(actual: T, expected: T, message?: string) => void = std.assertEquals;
export const assertNotEquals: <T>(actual: T, expected: T, message?: string) => void = std.assertNotEquals;
export const assertStrictEquals: <T>(actual: unknown, expected: T, message?: string) => asserts actual is T =
  std.assertStrictEquals;
export const assertMatch: (actual: string, expected: RegExp, message?: string) => void = std.assertMatch;
export const assertStringIncludes: (actual: string, expected: string, message?: string) => void =
  std.assertStringIncludes;
export const assertExists: <T>(actual: T, message?: string) => asserts actual is NonNullable<T> = std.assertExists;
export const assertInstanceOf: <E>(actual: unknown, type: AnyClass<E>, message?: string) => asserts actual is E =
  std.assertInstanceOf;
export const assertLess: <T>(actual: T, expected: T, message?: string) => void = std.assertLess;
export const assertLessOrEqual: <T>(actual: T, expected: T, message?: string) => void = std.assertLessOrEqual;
export const assertGreater: <T>(actual: T, expected: T, message?: string) => void = std.assertGreater;
export const assertGreaterOrEqual: <T>(actual: T, expected: T, message?: string) => void = std.assertGreaterOrEqual;

interface AssertThrows {
  (fn: () => unknown, message?: string): unknown;
  <E extends Error>(fn: () => unknown, type: AnyClass<E>, includes?: string, message?: string): E;
}
export const assertThrows: AssertThrows = std.assertThrows;

interface AssertRejects {
  (fn: () => PromiseLike<unknown>, message?: string): Promise<unknown>;
  <E extends Error>(fn: () => PromiseLike<unknown>, type: AnyClass<E>, includes?: string, message?: string): Promise<E>;
}
export const assertRejects: AssertRejects = std.assertRejects;
