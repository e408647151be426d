import { PART_BYTES, someBytes } from "../conformance/suite.ts";

/** What every trial uploads to. */
export const PATH = "a b.bin";
/** What is there before. */
export const OLD: Uint8Array<ArrayBuffer> = someBytes(1_000).reverse();
/** The longest content; shorter ones are its beginnings. */
export const LONGEST: Uint8Array<ArrayBuffer> = someBytes(2 * PART_BYTES + 100_000);
