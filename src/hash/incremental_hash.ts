/** A hash fed piece by piece. */
export interface IncrementalHash {
  /** Adds bytes. */
  update(bytes: Uint8Array): IncrementalHash;
  /** The digest; no `update` may follow. */
  digest(): Uint8Array;
}
