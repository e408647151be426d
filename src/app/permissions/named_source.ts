import type { S3Source } from "../../types/source.ts";

/** The source a request names. */
export interface NamedSource {
  /** As in the configuration. */
  readonly name: string;
  /** What it stands for. */
  readonly source: S3Source;
}
