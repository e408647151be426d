/** Where the benchmark's files are. */
export const KEYS = {
  /** A file of 1 KiB. */
  small: "small/file.bin",
  /** 1,000 files. */
  listed: "listed/",
  /** As many as the scale says. */
  walked: "walked/",
  /** The large file. */
  large: "large.bin",
  /** The huge file. */
  huge: "huge.bin",
  /** What begins like this is written while measuring. */
  uploaded: "uploaded-",
} as const;
