/** The keys of the benchmark's files. */
export const KEYS = {
  /** A file of 1 KiB. */
  small: "small/file.bin",
  /** 1,000 files. */
  listed: "listed/",
  /** As many files as the scale says. */
  walked: "walked/",
  /** The large file. */
  large: "large.bin",
  /** The huge file. */
  huge: "huge.bin",
  /** The prefix of keys that are written while measuring. */
  uploaded: "uploaded-",
} as const;
