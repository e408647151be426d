import { PART_BYTES, someBytes } from "../conformance/suite.ts";

/** The path that every trial uploads to. */
export const PATH = "a b.bin";
/** The file's content before. */
export const OLD: Uint8Array<ArrayBuffer> = someBytes(1_000).reverse();
/** The longest content; the others are its prefixes. */
export const LONGEST: Uint8Array<ArrayBuffer> = someBytes(2 * PART_BYTES + 100_000);
