import type { FileInfo, FileList, S3SourceCapabilities } from "../../types.ts";
import { baseName } from "../../s3/keys.ts";
import { actionUrl } from "../urls.ts";
import type { NamedSource } from "../context.ts";

/** A source in `sources.json`. */
export interface SourceRecord {
  slug: string;
  storage_type: "s3";
  capabilities: {
    can_upload: boolean;
    can_delete: boolean;
    can_list: boolean;
    can_generate_signed_urls: boolean;
    requires_proxy_download: boolean;
  };
}

/** A file as JSON answers describe it. */
export interface FileRecord {
  path: string;
  filename: string;
  size: number;
  content_type: string | null;
  content_hash: string | null;
  etag: string | null;
  last_modified: string | null;
  source_slug: string;
  download_url: string;
}

/** A page of a folder. */
export interface FolderRecord {
  source: string;
  folder: string;
  folders: { path: string; name: string }[];
  files: FileRecord[];
  cursor: string | null;
}

/** Describes a source. */
export function sourceRecord(slug: string, capabilities: S3SourceCapabilities): SourceRecord {
  return {
    slug,
    storage_type: "s3",
    capabilities: {
      can_upload: capabilities.canUpload,
      can_delete: capabilities.canDelete,
      can_list: capabilities.canList,
      can_generate_signed_urls: capabilities.canGenerateSignedUrls,
      requires_proxy_download: capabilities.requiresProxyDownload,
    },
  };
}

/** Describes a file. */
export function fileRecord(source: string, file: FileInfo): FileRecord {
  return {
    path: file.path,
    filename: file.name,
    size: file.size,
    content_type: file.contentType ?? null,
    content_hash: file.contentHash ?? null,
    etag: file.etag ?? null,
    last_modified: file.lastModified?.toISOString() ?? null,
    source_slug: source,
    download_url: actionUrl(source, "download", { path: file.path }),
  };
}

/** Describes a page of a folder. */
export function folderRecord({ name }: NamedSource, folder: string, list: FileList): FolderRecord {
  return {
    source: name,
    folder,
    folders: list.folders.map((path) => ({ path, name: baseName(path) })),
    files: list.files.map((file) => fileRecord(name, file)),
    cursor: list.cursor,
  };
}
