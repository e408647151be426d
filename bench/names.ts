/** The measured runtimes. */
export const RUNTIME_NAMES = ["deno", "bun"] as const;
export type RuntimeName = typeof RUNTIME_NAMES[number];

/** The compared clients; `floor` is plain `fetch` of presigned URLs. */
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
export type PeerName = typeof PEER_NAMES[number];

/** The works, in the order in which they run and are shown. */
export const WORK_NAMES = [
  "stat",
  "stat-40",
  "read",
  "read-40",
  "upload",
  "upload-40",
  "parallel",
  "list",
  "list-40",
  "walk",
  "walk-parallel",
  "sign",
  "cold",
  "upload-large",
  "upload-unhashed",
  "download-large",
  "credentials",
  "bundle",
  "upload-huge",
  "download-huge",
  "slow-reader",
] as const;
export type WorkName = typeof WORK_NAMES[number];

/** What can lie between the clients and the store. */
export const NETWORK_NAMES = ["loopback", "wan"] as const;
export type NetworkName = typeof NETWORK_NAMES[number];

/** Whether a string from an argument or a file is one of the names. */
export function isOneOf<Name extends string>(names: readonly Name[], text: unknown): text is Name {
  return names.some((name) => name === text);
}
