/** The runtimes that the package is for, as documentation calls them. */
export const RUNTIMES = ["Deno", "Bun", "Node", "Workers", "Chromium"] as const;

/** One of {@link RUNTIMES}. */
export type Runtime = typeof RUNTIMES[number];
