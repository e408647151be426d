import { FILES_URL } from "../urls.ts";
import { BOOLEAN, COUNT, list, object, ref, type Schema, SCHEMAS, text } from "./openapi_schemas.ts";

/** One thing that can be asked for. */
interface Operation {
  readonly summary: string;
  /** Names in the query, and what they are. */
  readonly query?: Readonly<Record<string, string>>;
  /** The JSON in the request, or the types of other bodies. */
  readonly body?: Schema | readonly string[];
  /** Headers it heeds. */
  readonly headers?: readonly string[];
  /** What is answered when all goes well, and what else matters: JSON, other bytes, or only headers. Errors may come with any. */
  readonly answers: Readonly<Record<number, Schema | "bytes" | "nothing">>;
}

const TOKEN = { upload_token: text() };
const TRANSFER = object({ from: text(), to: text(), "overwrite?": BOOLEAN });
const RANGES = ["Range", "If-Range", "If-None-Match", "If-Match", "If-Unmodified-Since"];
const BYTES = { 200: "bytes", 206: "bytes", 304: "nothing", 412: ref("Error"), 416: "nothing" } as const;

const OPERATIONS: Readonly<Record<string, Operation>> = {
  "GET /sources.json": {
    summary: "The sources one may browse",
    answers: { 200: object({ sources: list(ref("Source")) }) },
  },
  "GET /source/{source}.json": {
    summary: "A page of a folder",
    query: {
      folder: "The folder; the top without it",
      cursor: "The cursor of the page before",
      limit: "1 to 1,000; 100 without it",
      sort: "name, size or modified",
      order: "asc or desc",
    },
    answers: { 200: ref("Listing") },
  },
  "GET /source/{source}/-/status.json": {
    summary: "Whether the source has credentials, and what can be done in it",
    query: { folder: "The folder that it is about; the top without it" },
    answers: { 200: ref("Status") },
  },
  "PUT /source/{source}/-/content": {
    summary: "Stores the body as a file; creating needs files-upload, replacing files-edit",
    query: { path: "Where to" },
    headers: ["If-Match", "If-None-Match", "Content-Type"],
    body: ["*/*"],
    answers: { 201: ref("FileAnswer"), 412: ref("Error") },
  },
  "POST /source/{source}/-/folder": {
    summary: "Makes an empty folder",
    body: object({ path: text() }),
    answers: { 201: object({ ok: { const: true }, folder: ref("Folder") }), 409: ref("Error") },
  },
  "POST /source/{source}/-/copy": {
    summary: "Copies a file, or a folder, whose path ends in a slash; over others only with files-edit",
    body: TRANSFER,
    answers: { 200: ref("Transfer"), 409: ref("Error") },
  },
  "POST /source/{source}/-/move": {
    summary: "Moves or renames a file, or a folder",
    body: TRANSFER,
    answers: { 200: ref("Transfer"), 409: ref("Error") },
  },
  "POST /source/{source}/-/delete": {
    summary: "Deletes files, and folders with all that is in them",
    body: object({ paths: list(text()) }),
    answers: { 200: ref("Deletion") },
  },
  "GET /batch.json": {
    summary: "Facts of up to 200 files; what one may not browse is left out",
    query: { id: "An id; any number of them" },
    answers: { 200: object({ files: { type: "object", additionalProperties: ref("BatchFile") } }) },
  },
  "GET /{id}.json": { summary: "All that is known of a file", answers: { 200: ref("File") } },
  "GET /{id}/download": {
    summary: "Leads to a signed URL, or sends the bytes to be saved",
    query: { proxy: "1: send the bytes" },
    headers: RANGES,
    answers: { 302: "nothing", ...BYTES },
  },
  "GET /{id}/content": { summary: "The bytes, to be shown where that is safe", headers: RANGES, answers: BYTES },
  "GET /{id}/thumbnail": {
    summary: "A small picture, or an icon of the type",
    headers: ["If-None-Match"],
    answers: { 200: "bytes", 304: "nothing" },
  },
  "GET /{id}/link": {
    summary: "A signed URL to hand on",
    query: { expires_in_seconds: "1 to 604,800; 3,600 without it" },
    answers: { 200: ref("Link") },
  },
  "POST /{id}/-/delete": { summary: "Deletes a file", body: object({}), answers: { 200: ref("Ok") } },
  "POST /{id}/-/update": {
    summary: "Changes what is kept with a file",
    body: object({ update: object({ search_text: text() }) }),
    answers: { 200: object({ ok: { const: true }, "file?": ref("File") }) },
  },
  "POST /upload/{source}/-/prepare": {
    summary:
      "Agrees on an upload. Without folder, path, on_collision and direct: a form, stored at the top, that replaces nothing",
    body: object({
      filename: text(),
      "content_type?": text(),
      "size?": COUNT,
      "folder?": text(),
      "path?": text("Below the folder, in place of the filename"),
      "on_collision?": { enum: ["ask", "keep_both", "replace", "skip"] },
      "direct?": { ...BOOLEAN, description: "Straight to the store; needs the size" },
    }),
    answers: { 200: ref("Prepared"), 409: ref("Error"), 413: ref("Error") },
  },
  "POST /upload/{source}/-/content": {
    summary: "Receives a form: the field token, then the field file",
    body: ["multipart/form-data"],
    answers: { 200: ref("Ok"), 409: ref("Error"), 413: ref("Error") },
  },
  "PUT /upload/{source}/-/content": {
    summary: "Receives the bytes of a file",
    query: { token: "The upload's token" },
    body: ["*/*"],
    answers: { 200: ref("Ok"), 409: ref("Error") },
  },
  "PUT /upload/{source}/-/part": {
    summary: "Receives a part of a large file",
    query: { token: "The upload's token", number: "From 1" },
    body: ["*/*"],
    answers: { 200: ref("Ok") },
  },
  "POST /upload/{source}/-/part-urls": {
    summary: "Where to send parts, and which are there",
    body: object({ ...TOKEN, numbers: list(COUNT) }),
    answers: { 200: ref("PartUrls") },
  },
  "POST /upload/{source}/-/complete": {
    summary: "Makes the file, having looked whether all of it arrived",
    body: object(TOKEN),
    answers: { 201: ref("FileAnswer"), 409: ref("Error") },
  },
  "POST /upload/{source}/-/abort": {
    summary: "Leaves nothing of an upload",
    body: object(TOKEN),
    answers: { 200: ref("Ok"), 409: ref("Error") },
  },
  "GET /search.json": {
    summary: "Files by words in their names; a few thousand names are looked at in one request",
    query: { q: "Words", source: "Only this source", folder: "Only below this folder", _next: "Where to go on" },
    answers: { 200: ref("Search") },
  },
  "GET /openapi.json": { summary: "This document", answers: { 200: { type: "object" } } },
};

/** What programs can ask for, as OpenAPI 3.1. https://spec.openapis.org/oas/v3.1.1.html */
export const OPENAPI: Schema = {
  openapi: "3.1.1",
  info: {
    title: "Files",
    version: "1",
    description: "Files in S3. What is not permitted is answered with 403; unsafe methods with another origin too.",
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

function toOperation(path: string, { summary, query = {}, headers = [], body, answers }: Operation): Schema {
  const parameter = (place: string) => ([name, description]: [string, string | undefined]) => ({
    name,
    in: place,
    required: place === "path",
    ...description !== undefined && { description },
    schema: text(),
  });
  const inPath = [...path.matchAll(/\{(\w+)\}/g)].map(([, name = ""]): [string, undefined] => [name, undefined]);
  return {
    summary,
    parameters: [
      ...inPath.map(parameter("path")),
      ...Object.entries(query).map(parameter("query")),
      ...headers.map((name): [string, undefined] => [name, undefined]).map(parameter("header")),
    ],
    ...body && { requestBody: { required: true, content: toContent(body) } },
    responses: {
      ...Object.fromEntries(Object.entries(answers).map(([status, answer]) => [status, toResponse(answer)])),
      default: { description: "An error", content: { "application/json": { schema: ref("Error") } } },
    },
  };
}

function toContent(body: Schema | readonly string[]): Schema {
  if (!Array.isArray(body)) return { "application/json": { schema: body } };
  return Object.fromEntries(body.map((type) => [type, {}]));
}

function toResponse(answer: Schema | "bytes" | "nothing"): Schema {
  if (answer === "nothing") return { description: "Without a body" };
  if (answer === "bytes") return { description: "Bytes", content: { "*/*": {} } };
  return { description: "JSON", content: { "application/json": { schema: answer } } };
}
