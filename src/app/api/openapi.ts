import { FILES_URL } from "../urls.ts";
import { BOOLEAN, COUNT, list, object, ref, type Schema, SCHEMAS, text } from "./openapi_schemas.ts";

/** A method of a path. */
interface Operation {
  readonly summary: string;
  /** Descriptions of query parameters by name. */
  readonly query?: Readonly<Record<string, string>>;
  /** The JSON of the request, or the media types of another body. */
  readonly body?: Schema | readonly string[];
  /** Request headers. */
  readonly headers?: readonly string[];
  /** Responses by status, without errors that any route may have: JSON, other bytes, or headers only. */
  readonly responses: Readonly<Record<number, Schema | "bytes" | "nothing">>;
}

const TOKEN = { upload_token: text() };
const TRANSFER = object({ from: text(), to: text(), "overwrite?": BOOLEAN });
const RANGES = ["Range", "If-Range", "If-None-Match", "If-Match", "If-Unmodified-Since"];
const BYTES = { 200: "bytes", 206: "bytes", 304: "nothing", 412: ref("Error"), 416: "nothing" } as const;

const OPERATIONS: Readonly<Record<string, Operation>> = {
  "GET /sources.json": {
    summary: "The sources that may be browsed",
    responses: { 200: object({ sources: list(ref("Source")) }) },
  },
  "GET /source/{source}.json": {
    summary: "A page of a folder",
    query: {
      folder: "The folder. Default: the top",
      cursor: "The cursor of the previous page",
      limit: "1 to 1,000. Default: 100",
      sort: "name, as people read it, size or modified. Default: the order of the store",
      order: "asc or desc",
    },
    responses: { 200: ref("Listing") },
  },
  "GET /source/{source}/-/status.json": {
    summary: "Whether the source has credentials, and what they allow",
    query: { folder: "The folder. Default: the top" },
    responses: { 200: ref("Status") },
  },
  "PUT /source/{source}/-/content": {
    summary: "Stores the body as a file. Creating one needs files-upload, replacing one files-edit",
    query: { path: "The path of the file" },
    headers: ["If-Match", "If-None-Match", "Content-Type"],
    body: ["*/*"],
    responses: { 201: ref("FileAnswer"), 412: ref("Error") },
  },
  "POST /source/{source}/-/folder": {
    summary: "Creates an empty folder",
    body: object({ path: text() }),
    responses: { 201: object({ ok: { const: true }, folder: ref("Folder") }), 409: ref("Error") },
  },
  "POST /source/{source}/-/copy": {
    summary: "Copies a file, or a folder, whose path ends in a slash. Overwriting needs files-edit",
    body: TRANSFER,
    responses: { 200: ref("Transfer"), 409: ref("Error") },
  },
  "POST /source/{source}/-/move": {
    summary: "Moves or renames a file, or a folder",
    body: TRANSFER,
    responses: { 200: ref("Transfer"), 409: ref("Error") },
  },
  "POST /source/{source}/-/delete": {
    summary: "Deletes files, and folders with their content",
    body: object({ paths: list(text()) }),
    responses: { 200: ref("Deletion") },
  },
  "GET /source/{source}/-/archive": {
    summary: "A zip of files and folders, at most 10,000 files. It lists files that are missing",
    query: {
      path: "A file, or a folder, which ends in a slash; empty for the whole source. May be repeated",
      id: "16 to 64 letters and digits of the client's choice, under which it gets the result",
    },
    responses: { 200: "bytes" },
  },
  "GET /source/{source}/-/archive.json": {
    summary: "How the download of a zip has ended, for ten minutes",
    query: { id: "The id of the download" },
    responses: { 200: ref("ArchiveResult") },
  },
  "GET /source/{source}/-/size.json": {
    summary:
      "The number of files in a folder, at all levels, and their size. A request counts a part of a large folder",
    query: { folder: "The folder. Default: the top", next: "The next of the previous response" },
    responses: { 200: ref("FolderSize") },
  },
  "GET /batch.json": {
    summary: "Up to 200 files, without those that may not be browsed",
    query: { id: "An id; may be repeated" },
    responses: { 200: object({ files: { type: "object", additionalProperties: ref("BatchFile") } }) },
  },
  "GET /{id}.json": { summary: "A file with all its fields", responses: { 200: ref("File") } },
  "GET /{id}/download": {
    summary: "Redirects to a signed URL, or sends the file to be saved",
    query: { proxy: "1 to send the file instead of redirecting" },
    headers: RANGES,
    responses: { 302: "nothing", ...BYTES },
  },
  "GET /{id}/content": { summary: "The file, to be shown if that is safe", headers: RANGES, responses: BYTES },
  "GET /{id}/thumbnail": {
    summary: "A small picture, or an icon",
    headers: ["If-None-Match"],
    responses: { 200: "bytes", 304: "nothing" },
  },
  "GET /{id}/link": {
    summary: "A link to share: a signed URL, or one through the app where files or the lifetime need that",
    query: { expires_in_seconds: "1 to 604,800. Default: 3,600" },
    responses: { 200: ref("Link") },
  },
  "POST /{id}/-/delete": { summary: "Deletes a file", body: object({}), responses: { 200: ref("Ok") } },
  "POST /{id}/-/update": {
    summary: "Changes the metadata of a file",
    body: object({ update: object({ search_text: text() }) }),
    responses: { 200: object({ ok: { const: true }, "file?": ref("File") }) },
  },
  "POST /upload/{source}/-/prepare": {
    summary:
      "Prepares an upload. Without folder, path, on_collision and direct, the file is sent as a form, stored at the top, and replaces nothing",
    body: object({
      filename: text(),
      "content_type?": text(),
      "size?": COUNT,
      "folder?": text(),
      "path?": text("Relative to the folder, instead of the filename"),
      "on_collision?": { enum: ["ask", "keep_both", "replace", "skip"] },
      "direct?": { ...BOOLEAN, description: "Send the file straight to the store. Needs the size" },
      "modified_ms?": { ...COUNT, description: "When the file was last changed, as File.lastModified; kept with it" },
    }),
    responses: { 200: ref("Prepared"), 409: ref("Error"), 413: ref("Error") },
  },
  "POST /upload/{source}/-/content": {
    summary: "Receives a form with the field token, then the field file",
    body: ["multipart/form-data"],
    responses: { 200: ref("Ok"), 409: ref("Error"), 413: ref("Error") },
  },
  "PUT /upload/{source}/-/content": {
    summary: "Receives a file as the body",
    query: { token: "The upload's token" },
    body: ["*/*"],
    responses: { 200: ref("Ok"), 409: ref("Error") },
  },
  "PUT /upload/{source}/-/part": {
    summary: "Receives a part of a large file",
    query: { token: "The upload's token", number: "From 1" },
    body: ["*/*"],
    responses: { 200: ref("Ok") },
  },
  "POST /upload/{source}/-/part-urls": {
    summary: "URLs for parts, and the parts that have arrived",
    body: object({ ...TOKEN, numbers: list(COUNT) }),
    responses: { 200: ref("PartUrls") },
  },
  "POST /upload/{source}/-/complete": {
    summary: "Completes an upload, after checking that all of it has arrived",
    body: object(TOKEN),
    responses: { 201: ref("FileAnswer"), 409: ref("Error") },
  },
  "POST /upload/{source}/-/abort": {
    summary: "Aborts an upload and removes what has arrived",
    body: object(TOKEN),
    responses: { 200: ref("Ok"), 409: ref("Error") },
  },
  "PUT /upload/{source}/-/thumbnail": {
    summary: "Receives a small JPEG, PNG or WebP of the picture that was uploaded with the token",
    query: { token: "The upload's token" },
    body: ["image/jpeg", "image/png", "image/webp"],
    responses: { 200: ref("Ok"), 409: ref("Error") },
  },
  "GET /search.json": {
    summary: "Files and folders by words in their names. A request searches a few thousand files",
    query: {
      q: "Words",
      source: "Only this source",
      folder: "Only below this folder",
      kind: "Only picture, video, audio, document, sheet, archive, code, text or folder, by the name's ending",
      min_size: "Only files of at least this size: bytes, or a number with kB, MB, GB or TB",
      max_size: "Only files of at most this size",
      since: "Only files changed on this day or later: a date such as 2030-01-31, in UTC",
      before: "Only files changed before this day",
      _next: "The next of the previous response",
    },
    responses: { 200: ref("Search") },
  },
  "GET /openapi.json": { summary: "This document", responses: { 200: { type: "object" } } },
};

/** The API as OpenAPI 3.1. https://spec.openapis.org/oas/v3.1.1.html */
export const OPENAPI: Schema = {
  openapi: "3.1.1",
  info: {
    title: "Files",
    version: "1",
    description: "Files in S3. Requests without permission get a 403, as do unsafe methods from another origin.",
  },
  servers: [{ url: FILES_URL }],
  paths: toPaths(),
  components: { schemas: SCHEMAS },
};

function toPaths(): Readonly<Record<string, Schema>> {
  const paths: Record<string, Record<string, Schema>> = {};
  for (const [name, operation] of Object.entries(OPERATIONS)) {
    const [method = "", path = ""] = name.split(" ");
    (paths[path] ??= {})[method.toLowerCase()] = toOperation(path, operation);
  }
  return paths;
}

function toOperation(path: string, { summary, query = {}, headers = [], body, responses }: Operation): Schema {
  const schema = text();
  return {
    summary,
    parameters: [
      ...[...path.matchAll(/\{(\w+)\}/g)].map(([, name]) => ({ name, in: "path", required: true, schema })),
      ...Object.entries(query).map(([name, description]) => ({ name, in: "query", description, schema })),
      ...headers.map((name) => ({ name, in: "header", schema })),
    ],
    ...body && { requestBody: { required: true, content: toContent(body) } },
    responses: {
      ...Object.fromEntries(Object.entries(responses).map(([status, response]) => [status, toResponse(response)])),
      default: { description: "An error", content: { "application/json": { schema: ref("Error") } } },
    },
  };
}

function toContent(body: Schema | readonly string[]): Schema {
  if (!Array.isArray(body)) return { "application/json": { schema: body } };
  return Object.fromEntries(body.map((type) => [type, {}]));
}

function toResponse(response: Schema | "bytes" | "nothing"): Schema {
  if (response === "nothing") return { description: "Without a body" };
  if (response === "bytes") return { description: "Bytes", content: { "*/*": {} } };
  return { description: "JSON", content: { "application/json": { schema: response } } };
}
