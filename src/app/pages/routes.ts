import type { AppContext, FilesHono } from "../context.ts";
import { FILES_URL } from "../urls.ts";
import { addAccountPage } from "./account_page.ts";
import { addArchivePage } from "./archive_page.ts";
import { addDeletePage } from "./delete_page.ts";
import { addEditPage } from "./edit_page.ts";
import { addFilePage } from "./file_page.ts";
import { addFolderPage } from "./folder_page.ts";
import { addFolderSizePage } from "./folder_size_page.ts";
import { addLinkPage } from "./link_page.ts";
import { addLoginPages } from "./login_page.ts";
import { addNewFolderPage } from "./new_folder_page.ts";
import { addRenamePage } from "./rename_page.ts";
import { addSearchPage } from "./search_page.ts";
import { addSharedPages } from "./shared_pages.ts";
import { addSourcesPage } from "./sources_page.ts";
import { addTransferPages } from "./transfer_page.ts";
import { addUploadPage } from "./upload_page.ts";

/** Every page of the app, and the forms on them. */
export function pageRoutes(app: FilesHono, context: AppContext): void {
  app.get("/", (c) => c.redirect(FILES_URL));
  for (const addPage of PAGES) addPage(app, context);
}

const PAGES = [
  addSourcesPage,
  addFolderPage,
  addUploadPage,
  addSearchPage,
  addFilePage,
  addArchivePage,
  addFolderSizePage,
  addDeletePage,
  addNewFolderPage,
  addRenamePage,
  addTransferPages,
  addLinkPage,
  addSharedPages,
  addEditPage,
  addLoginPages,
  addAccountPage,
];
