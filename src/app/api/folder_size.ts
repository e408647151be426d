import { toPrefix } from "../../s3/keys.ts";
import { type FolderSize, measureFolder } from "../files/folder_size.ts";
import { type ApiRoute, type SourceRequest, sourceRoute } from "./route.ts";
import { countedSearch } from "./search.ts";

/** How much a folder has. */
export const FOLDER_SIZE_ROUTES: readonly ApiRoute[] = [
  sourceRoute("GET /source/{source}/-/size.json", {
    needs: ["files-browse"],
    handle: async (request) => request.c.json(await sizeAsAsked(request)),
  }),
];

/** Counts a part of the folder in the parameter `folder`, from `next`. Counts as a search of the person. */
export function sizeAsAsked({ c, context, source, query, signal }: SourceRequest): Promise<FolderSize> {
  return countedSearch(c, context, () =>
    measureFolder(source, {
      folder: toPrefix(query.get("folder") ?? ""),
      next: query.get("next") || undefined,
      now: () => performance.now(),
      signal,
    }));
}
