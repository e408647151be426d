import type { Context } from "hono";
import type { S3Source } from "../s3_source.ts";
import { RequestRefusal } from "./failure.ts";

/** What the routes share. */
export interface AppContext {
  /** Sources by name. */
  readonly sources: ReadonlyMap<string, S3Source>;
  /** Stands in the top bar of every page. */
  readonly title: string;
  /** The largest body of a request, in bytes; absent for no limit but the source's own. */
  readonly maxUploadBytes?: number;
  /** Epoch milliseconds. */
  readonly now: () => number;
}

/** The source a request names. */
export interface NamedSource {
  /** As in the configuration. */
  readonly name: string;
  /** What it stands for. */
  readonly source: S3Source;
}

/**
 * The source that the URL of a request names.
 *
 * @throws {RequestRefusal} If there is no such source.
 */
export function sourceOf(c: Context, { sources }: AppContext): NamedSource {
  const name = (c.req.param("source") ?? "").replace(/\.json$/, "");
  const source = sources.get(name);
  if (!source) throw new RequestRefusal(404, "There is no such source.");
  return { name, source };
}
