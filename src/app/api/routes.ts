import { ARCHIVE_ROUTES } from "./archive.ts";
import { FILE_ROUTES } from "./file_routes.ts";
import { FOLDER_SIZE_ROUTES } from "./folder_size.ts";
import { OPENAPI } from "./openapi.ts";
import { type ApiRoute, appRoute } from "./route.ts";
import { SEARCH_ROUTES } from "./search.ts";
import { SOURCE_ROUTES } from "./source_routes.ts";
import { UPLOAD_ROUTES } from "./upload_routes.ts";

/** All routes of the API. The tests try each without the permissions it needs. */
export const API_ROUTES: readonly ApiRoute[] = [
  ...SOURCE_ROUTES,
  ...FILE_ROUTES,
  ...UPLOAD_ROUTES,
  ...SEARCH_ROUTES,
  ...ARCHIVE_ROUTES,
  ...FOLDER_SIZE_ROUTES,
  appRoute("GET /openapi.json", (c, context) => c.json({ ...OPENAPI, servers: [{ url: context.filesUrl }] })),
];
