/** A JSON schema in OpenAPI 3.1. */
export type Schema = Readonly<Record<string, unknown>>;

/** An object with these properties and no others; those whose name ends in `?` may be missing. */
export function object(properties: Readonly<Record<string, Schema>>): Schema {
  const entries = Object.entries(properties);
  return {
    type: "object",
    properties: Object.fromEntries(entries.map(([name, schema]) => [name.replace(/\?$/, ""), schema])),
    required: entries.map(([name]) => name).filter((name) => !name.endsWith("?")),
    additionalProperties: false,
  };
}

/** A list. */
export function list(items: Schema): Schema {
  return { type: "array", items };
}

/** A reference to one of {@link SCHEMAS}. */
export function ref(name: string): Schema {
  return { $ref: `#/components/schemas/${name}` };
}

/** A string. */
export function text(description?: string): Schema {
  return { type: "string", ...description !== undefined && { description } };
}

/** Simple types. */
export const [BOOLEAN, COUNT, TRUE]: readonly [Schema, Schema, Schema] = [
  { type: "boolean" },
  { type: "integer", minimum: 0 },
  { const: true },
];

const TIME: Schema = { type: "string", format: "date-time" };

/** A value or `null`. */
function orNull(schema: Schema): Schema {
  return { anyOf: [schema, { type: "null" }] };
}

const ETAG = text("With quotes, as for If-Match.");

/** Of a file, in every response. */
const FILE = {
  id: { type: "string", pattern: "^df-[A-Za-z0-9_-]+$", description: "Opaque; the same for the same path." },
  filename: text(),
  content_type: orNull(text("As stored, or guessed from the name in listings.")),
  size: COUNT,
  width: orNull(COUNT),
  height: orNull(COUNT),
  download_url: text(),
  thumbnail_url: text(),
};

/** What tells two files of one name apart. */
const FACTS = object({ size: COUNT, last_modified: orNull(TIME) });

/** Schemas that responses share. */
export const SCHEMAS: Readonly<Record<string, Schema>> = {
  Error: {
    ...object({
      ok: { const: false },
      errors: { ...list(text("A message for people.")), minItems: 1 },
      "code?": text("For programs: collision, conflict, expired, used, missing, size, parts_missing, rejected."),
      "kind?": { enum: ["file", "folder"], description: "What has the name." },
      "existing?": FACTS,
      "incoming?": FACTS,
      "suggestion?": text("An unused name."),
      "namesake?": text("The path of what looks the same, but is spelled with other characters."),
      "current?": orNull(ref("File")),
    }),
    description: "An error. The fields after `errors` come with some codes.",
  },
  Ok: object({ ok: TRUE }),
  Source: object({
    slug: text(),
    storage_type: { const: "s3" },
    capabilities: object({
      can_upload: BOOLEAN,
      can_delete: BOOLEAN,
      can_list: BOOLEAN,
      can_generate_signed_urls: BOOLEAN,
      requires_proxy_download: BOOLEAN,
    }),
  }),
  File: object({
    ...FILE,
    content_hash: orNull(text("`sha256:` and hex.")),
    source_slug: text(),
    uploaded_by: orNull(text("The id of an actor.")),
    created_at: orNull({ ...TIME, description: "When the file was last written, as stores keep no other time." }),
    url: text("The page of the file."),
    path: text("Relative to the source."),
    etag: orNull(ETAG),
    last_modified: orNull(TIME),
    search_text: orNull(text()),
    content_url: text("The file, to be shown."),
  }),
  BatchFile: object({ ...FILE, info_url: text() }),
  Folder: object({ path: text("Ends in a slash."), name: text() }),
  Can: object({ upload: BOOLEAN, edit: BOOLEAN, delete: BOOLEAN }),
  Listing: object({
    source: text(),
    folder: text(),
    folders: list(ref("Folder")),
    files: list(ref("File")),
    cursor: orNull(text("For the next page.")),
    skipped: { ...COUNT, description: "Entries left out, as their names cannot be paths." },
    is_sorted: {
      ...BOOLEAN,
      description: "False in a folder of more than 5,000 entries, which are listed by name.",
    },
    can: ref("Can"),
  }),
  Status: object({
    ok: BOOLEAN,
    can: ref("Can"),
    broker: { enum: ["ok", "failing", "refused"], description: "Waiting does not help if it is refused." },
    "retry_in_seconds?": COUNT,
  }),
  FileAnswer: object({ ok: TRUE, file: ref("File") }),
  PathErrors: list(object({ path: text(), message: text() })),
  Transfer: object({
    ok: { ...BOOLEAN, description: "False if some files failed." },
    "file?": ref("File"),
    moved: list(object({ from: text(), to: text() })),
    errors: ref("PathErrors"),
  }),
  Deletion: object({ ok: BOOLEAN, deleted: list(text()), errors: ref("PathErrors") }),
  Link: object({ url: text("Anyone who has it can download the file."), expires_at: TIME }),
  Search: object({
    q: text(),
    source: orNull(text()),
    files: list(ref("File")),
    folders: list(object({ path: text("Ends in a slash."), name: text(), source_slug: text() })),
    searched: { ...COUNT, description: "Files that were looked at, by all requests of this search so far." },
    sources: list(text()),
    total: orNull({ ...COUNT, description: "Of files; null unless this one request has searched everything." }),
    next: orNull(text("For `_next`. There may be more files even if this page has none.")),
  }),
  ArchiveResult: object({
    ended: BOOLEAN,
    "files?": { ...COUNT, description: "Files that are in it and whole." },
    "missing?": { ...list(object({ path: text(), message: text() })), description: "The first 20." },
    "missing_count?": COUNT,
    "error?": orNull(text("Why it is not whole.")),
  }),
  FolderSize: object({
    files: COUNT,
    bytes: COUNT,
    skipped: { ...COUNT, description: "Entries that are not counted, as their names cannot be paths." },
    next: orNull(text("For the rest. The numbers are of this part only.")),
  }),
  Prepared: {
    description:
      "Where to send the file, or its parts if it is large; or that it is skipped, as the file exists and is kept.",
    oneOf: [
      object({
        ok: TRUE,
        upload_token: text(),
        upload_url: text(),
        upload_method: { enum: ["POST", "PUT"] },
        upload_headers: { type: "object", additionalProperties: text() },
        upload_fields: { type: "object", additionalProperties: text() },
        "expires_at?": TIME,
      }),
      object({ ok: TRUE, upload_token: text(), parts: object({ size_bytes: COUNT, count: COUNT }), expires_at: TIME }),
      object({ ok: TRUE, skipped: TRUE }),
    ],
  },
  PartUrls: object({
    urls: list(object({ number: COUNT, url: text(), offset: COUNT, size: COUNT, expires_at: TIME })),
    uploaded: list(COUNT),
  }),
};
