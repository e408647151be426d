import { baseName } from "../../s3/keys.ts";
import type { FileEntry, FileInfo, S3SourceCapabilities } from "../../types/files.ts";
import type { AppContext, AppRequest } from "../context.ts";
import { toFileId } from "../file_id.ts";
import type { ImageSize } from "../files/image_header.ts";
import { contentTypeOf } from "../files/media_types.ts";

/** A file, with the facts that a listing has not if they are known. */
type KnownFile = FileEntry & Partial<FileInfo>;

/** A file in JSON. Facts that are unknown are `null`. */
export type FileRecord = ReturnType<typeof fileRecord>;

/** Describes a source. */
export function sourceRecord(slug: string, capabilities: S3SourceCapabilities) {
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

/** The source that a file is in, by its name, and where the app is. */
export interface RecordPlace {
  readonly name: string;
  readonly context: Pick<AppContext, "filesUrl">;
}

/** Describes a file. */
export function fileRecord({ name: source, context }: RecordPlace, file: KnownFile, size?: ImageSize) {
  const id = toFileId({ source, path: file.path });
  const url = `${context.filesUrl}/${id}`;
  const lastModified = file.lastModified?.toISOString() ?? null;
  return {
    id,
    filename: file.name,
    content_type: contentTypeOf(file) ?? null,
    content_hash: file.contentHash ?? null,
    size: file.size,
    width: size?.width ?? null,
    height: size?.height ?? null,
    source_slug: source,
    uploaded_by: readText(file, UPLOADED_BY),
    created_at: lastModified,
    url,
    download_url: `${url}/download`,
    thumbnail_url: `${url}/thumbnail`,
    path: file.path,
    etag: file.etag,
    last_modified: lastModified,
    search_text: readText(file, SEARCH_TEXT),
    content_url: `${url}/content`,
  };
}

/** The record of a file for an uploader who may not browse: only what they know already. */
export function ownRecord(place: RecordPlace, { path, name, size }: FileEntry): FileRecord {
  return { ...fileRecord(place, { path, name, size, etag: null, lastModified: null }), content_type: null };
}

/** Describes a folder. */
export function folderRecord(path: string) {
  return { path, name: baseName(path) };
}

/** Keys of the app in a file's metadata. Values are percent-encoded, as metadata is ASCII. */
export const [UPLOADED_BY, SEARCH_TEXT, UPLOAD_ID] = ["uploaded-by", "search-text", "upload-id"] as const;

function readText({ metadata = {} }: KnownFile, name: string): string | null {
  const text = metadata[name];
  if (text === undefined) return null;
  try {
    return decodeURIComponent(text);
  } catch {
    // Another program wrote it.
    return text;
  }
}

/** Metadata about the uploader of a file, cut short as all of it has 2 KB at most. */
export function uploaderMetadata(c: AppRequest): Record<string, string> {
  const { actor } = c.get("visitor");
  return actor === null ? {} : { [UPLOADED_BY]: encodeURIComponent(actor.id.toWellFormed()).slice(0, 256) };
}
