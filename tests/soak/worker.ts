import type { S3Source } from "../../mod.ts";
import { isSame } from "../conformance/suite.ts";
import { bytesOf, type Content } from "./content.ts";
import type { Files } from "./files.ts";
import { Wrong } from "./tally.ts";

/** Runs one operation after another in its own folder. */
export interface Worker {
  /** The folder, over one of the bad networks. */
  readonly source: S3Source;
  readonly files: Files;
  /** Random numbers that are the same for the same seed. */
  readonly random: () => number;
  /** The tenant's whole folder. */
  readonly tenant: S3Source;
}

/** An operation, drawn in proportion to its weight. */
export interface SoakOperation {
  readonly name: string;
  readonly weight: number;
  /**
   * Some of its requests are not the source's, or have responses of unknown length, which the proxy does not support.
   */
  readonly isWithoutProxy?: true;
  /**
   * Runs it on a file.
   *
   * @throws {Wrong} If the result is wrong.
   */
  readonly run: (worker: Worker, path: string) => Promise<void>;
}

/** @throws {Wrong} If the condition does not hold. */
export function check(holds: boolean, message: string): asserts holds {
  if (!holds) throw new Wrong(message);
}

/** @throws {Wrong} If the bytes are not the content. */
export function checkBytes(bytes: Uint8Array, content: Pick<Content, "offset" | "size">, what: string): void {
  const expected = bytesOf(content);
  if (isSame(bytes, expected)) return;
  const others = bytes.reduce((count, byte, index) => count + Number(byte !== expected[index]), 0);
  throw new Wrong(`${what} returned ${bytes.byteLength} bytes of ${content.size}, ${others} of them different`);
}

/**
 * Expects an operation to fail.
 *
 * @throws The error that it failed with, if that is another one.
 */
export async function checkRefused(
  act: () => Promise<unknown>,
  expected: string,
  isExpected: (error: unknown) => boolean = (error) => error instanceof Error && error.name === expected,
): Promise<void> {
  let error: unknown;
  try {
    await act();
  } catch (thrown) {
    error = thrown;
  }
  if (isExpected(error)) return;
  if (error === undefined) throw new Wrong(`it succeeded instead of failing with ${expected}`);
  throw error;
}

/** A whole number, at least `least` and below `limit`. */
export function drawNumber(random: () => number, least: number, limit: number): number {
  return least + Math.floor(random() * (limit - least));
}

/** An item, drawn in proportion to its weight. */
export function drawWeighted<T extends { readonly weight: number }>(random: () => number, list: readonly T[]): T {
  let place = random() * list.reduce((sum, { weight }) => sum + weight, 0);
  const drawn = list.find(({ weight }) => (place -= weight) < 0) ?? list.at(-1);
  if (drawn === undefined) throw new Error("The list to draw from is empty");
  return drawn;
}
