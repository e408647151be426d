/** The runtimes that are measured. */
export const RUNTIME_NAMES = ["deno", "bun"] as const;
/** One of them. */
export type RuntimeName = typeof RUNTIME_NAMES[number];

/** What is compared; `floor` is plain `fetch` of presigned URLs. */
export const PEER_NAMES = [
  "s3-source",
  "floor",
  "s3mini",
  "aws4fetch",
  "s3-lite",
  "aws-sdk",
  "aws-sdk-fetch",
  "bun-s3",
] as const;
/** One of them. */
export type PeerName = typeof PEER_NAMES[number];

/** What is measured, in the order in which it is run and shown. */
export const WORK_NAMES = [
  "stat",
  "read",
  "upload",
  "parallel",
  "list",
  "walk",
  "sign",
  "cold",
  "upload-large",
  "download-large",
  "credentials",
  "bundle",
  "upload-huge",
  "download-huge",
  "slow-reader",
] as const;
/** One of them. */
export type WorkName = typeof WORK_NAMES[number];

/** The members of a list of names that a text may be; for arguments and files. */
export function isOneOf<Name extends string>(names: readonly Name[], text: unknown): text is Name {
  return names.some((name) => name === text);
}
