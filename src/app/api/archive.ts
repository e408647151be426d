import { withLength } from "../../async/fixed_length.ts";
import { contentDisposition } from "../../s3/content_disposition.ts";
import { StateError } from "../../state/state_error.ts";
import { type AppContext, type AppRequest, noteAction } from "../context.ts";
import { failureOf } from "../failure.ts";
import { type ArchiveEnd, createArchive } from "../files/archive/archive.ts";
import { planArchive } from "../files/archive/plan.ts";
import { MAX_VALUES, tooMany } from "../http/body.ts";
import type { NamedSource } from "../permissions/background_facts.ts";
import { isArchiveId } from "../session/archive_results.ts";
import { readPairs } from "../urls.ts";
import { type ApiRoute, type SourceRequest, sourceRoute } from "./route.ts";
import { personOf } from "./upload_ticket.ts";

/** Several files and folders as one file. */
export const ARCHIVE_ROUTES: readonly ApiRoute[] = [
  sourceRoute("GET /source/{source}/-/archive", {
    needs: ["files-browse"],
    audits: "download",
    handle: ({ c, context, name, source, query }) => {
      const fields = readPairs(new URL(c.req.url).search.slice(1));
      const paths = fields.filter(([field]) => field === "path").map(([, path]) => path);
      if (paths.length > MAX_VALUES) throw tooMany("path");
      return archiveResponse(c, context, { name, source, paths, id: query.get("id") });
    },
  }),
  sourceRoute("GET /source/{source}/-/archive.json", { needs: ["files-browse"], handle: result }),
];

/** What an archive is made of. */
export interface WantedArchive extends NamedSource {
  readonly paths: readonly string[];
  /** Under which a page can ask for the result, {@link isArchiveId}. */
  readonly id: string | undefined;
}

/** Responds with a zip of files and folders, of a length that is known beforehand. */
export async function archiveResponse(c: AppRequest, context: AppContext, wanted: WantedArchive): Promise<Response> {
  const { name, source, paths, id } = wanted;
  const { signal } = c.req.raw;
  const person = personOf(c);
  noteAction(c, { paths });
  const keep = async ({ fileCount, missing, error }: ArchiveEnd) => {
    if (id === undefined || !isArchiveId(id)) return;
    const reason = error === undefined ? null : reasonOf(error);
    const result = { files: fileCount, missing, missing_count: missing.length, error: reason };
    await context.archiveResults.keep(person, id, result);
  };
  const place = await takePlace(context, person).catch(async (error) => {
    await keep({ fileCount: 0, missing: [], error });
    throw error;
  });
  const leave = async () => {
    if (place !== undefined) await context.archives.leave(person, place);
  };
  try {
    const plan = await planArchive(source, { sourceName: name, paths, signal });
    const files = plan.items.filter((item) => !item.name.endsWith("/"));
    noteAction(c, { files: files.length, bytes: files.reduce((sum, { size }) => sum + size, 0) });
    const isHead = c.req.method === "HEAD";
    const { byteLength, body } = createArchive(source, plan, {
      signal,
      onEnd: (end) => {
        void leave();
        if (!isHead) void keep(end);
      },
    });
    if (isHead) await body.cancel();
    return new Response(isHead ? null : withLength(body, byteLength), {
      headers: {
        ...HEADERS,
        "content-length": `${byteLength}`,
        "content-disposition": contentDisposition("attachment", `${plan.name}.zip`),
      },
    });
  } catch (error) {
    await leave();
    await keep({ fileCount: 0, missing: [], error });
    throw error;
  }
}

/** Why an archive is not whole. */
function reasonOf(error: unknown): string {
  const isStopped = error instanceof DOMException && error.name === "AbortError";
  return isStopped ? "The download was stopped before its end." : failureOf(error).message;
}

/** Downloads work without the state, too. */
async function takePlace({ archives }: AppContext, person: string): Promise<number | undefined> {
  try {
    return await archives.take(person, LONGEST_MS);
  } catch (error) {
    if (error instanceof StateError) return undefined;
    throw error;
  }
}

async function result({ c, context, query }: SourceRequest): Promise<Response> {
  const id = query.get("id") ?? "";
  const result = isArchiveId(id) ? await context.archiveResults.get(personOf(c), id) : undefined;
  return c.json(result === undefined ? { ended: false } : { ended: true, ...result });
}

/** A page starts it in a frame of its own, so that it stays if the download is refused. */
const HEADERS = {
  "accept-ranges": "none",
  "content-security-policy": "sandbox; default-src 'none'; frame-ancestors 'self'",
  "content-type": "application/zip",
  "x-frame-options": "SAMEORIGIN",
};
/** After that, it no longer counts as one of the person's. */
const LONGEST_MS = 6 * 3_600_000;
