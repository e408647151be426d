import { InvalidArgumentError } from "../errors.ts";
import { toPrefix } from "../s3/keys.ts";
import type { FileList } from "../types.ts";
import { folderRecord, sourceRecord } from "./api/records.ts";
import { type AppContext, type AppRequest, type FilesHono, type NamedSource, sourceOf } from "./context.ts";
import { FILES_URL, readQuery } from "./urls.ts";

/** Sources and their folders, as JSON. */
export function browseRoutes(app: FilesHono, context: AppContext): void {
  app.get(`${FILES_URL}/sources.json`, (c) => {
    const sources = browsableSources(c, context);
    return c.json({ sources: sources.map(({ name, source }) => sourceRecord(name, source.capabilities)) });
  });

  app.get(`${FILES_URL}/source/:source{[^/]+\\.json}`, async (c) => {
    const named = sourceOf(c, context, "files-browse");
    const { folder, list } = await readFolder(c, named);
    return c.json(folderRecord(named, folder, list));
  });
}

/** The sources that whoever asks may browse. */
function browsableSources(c: AppRequest, { sources, access }: AppContext): NamedSource[] {
  const all = [...sources].map(([name, source]) => ({ name, source }));
  return all.filter(({ name }) => access.allows(c.get("actor"), "files-browse", name));
}

const DEFAULT_LIMIT = 100;
const MAX_LIMIT = 1_000;

async function readFolder(
  c: AppRequest,
  { source }: NamedSource,
): Promise<{ folder: string; cursor?: string; list: FileList }> {
  const query = readQuery(c.req.url);
  const folder = toPrefix(query.get("folder") ?? "");
  const cursor = query.get("cursor");
  const limit = readLimit(query.get("limit"));
  const list = await source.list({
    prefix: folder,
    cursor: cursor ?? null,
    limit,
    folders: true,
    signal: c.req.raw.signal,
  });
  return { folder, ...cursor !== undefined && { cursor }, list };
}

function readLimit(text: string | undefined): number {
  if (text === undefined) return DEFAULT_LIMIT;
  const limit = /^\d{1,4}$/.test(text) ? Number(text) : 0;
  if (limit >= 1 && limit <= MAX_LIMIT) return limit;
  throw new InvalidArgumentError(`Cannot list with that limit: it must be a number from 1 to ${MAX_LIMIT}`);
}
