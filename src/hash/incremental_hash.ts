/** A hash of bytes that are added in pieces. */
export interface IncrementalHash {
  /** Adds bytes. */
  update(bytes: Uint8Array): IncrementalHash;
  /** The digest. Do not call `update` after it. */
  digest(): Uint8Array;
}
