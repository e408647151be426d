import { toPrefix } from "../../s3/keys.ts";
import { isHeaderValue } from "../../s3/headers.ts";
import { type Arguments, choiceOf, flagOf, numberOf, optionalTextOf, textOf } from "../http/arguments.ts";
import { dropAction, noteAction } from "../context.ts";
import { RequestRefusal } from "../failure.ts";
import type { OnCollision } from "../files/collision.ts";
import { MAX_OWN_DATE_MS, ownDateMetadata } from "../files/own_date.ts";
import { assertNewFile } from "../files/new_path.ts";
import { isIgnored } from "../files/guarded_write.ts";
import { readJson } from "../http/body.ts";
import { isProxied } from "../http/transfer.ts";
import { UPLOAD_ID, uploaderMetadata } from "./records.ts";
import type { SourceRequest } from "./route.ts";
import { chooseTarget } from "./upload_collision.ts";
import { actorOf, personOf, type UploadTicket, writeTicket } from "./upload_ticket.ts";

/** The arguments of a request to prepare an upload. */
interface PrepareArguments {
  readonly path: string;
  readonly size: number | undefined;
  readonly contentType: string | undefined;
  readonly changedMs: number | undefined;
  readonly onCollision: "ask" | OnCollision;
  readonly direct: boolean;
  /** Whether the file comes in a form, as the host's clients send it. */
  readonly asForm: boolean;
}

/** Prepares an upload: decides on its path, and how its bytes get there. */
export async function prepareUpload(request: SourceRequest): Promise<Response> {
  const { c, context, name, source } = request;
  const wanted = readArguments(await readJson(c, context));
  noteAction(c, { path: wanted.path, bytes: wanted.size });
  const { maxFileSizeBytes, canGenerateSignedUrls } = source.capabilities;
  if ((wanted.size ?? 0) > Math.min(context.limits.maxBytes, maxFileSizeBytes)) {
    throw new RequestRefusal(413, `“${wanted.path}” is larger than allowed.`);
  }
  const target = await chooseTarget(request, wanted);
  if (target === undefined) {
    dropAction(c);
    return c.json({ ok: true, skipped: true });
  }
  // Uploads in parts need keys, as those of a direct upload are signed.
  const isInParts = !wanted.asForm && canGenerateSignedUrls && (wanted.size ?? 0) > PART_BYTES;
  const upload = {
    purpose: "upload",
    expiresMs: context.now() + (isInParts ? PARTS_LIFE_MS : LIFE_MS),
    id: crypto.randomUUID(),
    actor: actorOf(c),
    person: personOf(c),
    source: name,
    size: wanted.size ?? null,
    contentType: wanted.contentType ?? null,
    changedMs: wanted.changedMs ?? null,
    direct: wanted.direct && !isProxied(c, context, { name, source, way: "uploads" }),
    ...target,
  } as const;
  const ticket: UploadTicket = { ...upload, place: await context.uploads.promise(upload) };
  try {
    const response = await respond(request, { ticket, wanted, isInParts });
    // Nothing is stored so far.
    dropAction(c);
    context.staleUploads.removeDaily(request);
    return response;
  } catch (error) {
    await context.uploads.release(ticket);
    throw error;
  }
}

/** Metadata to store with an uploaded file. */
export function uploadMetadata({ c }: SourceRequest, { id, changedMs }: UploadTicket): Record<string, string> {
  return { ...uploaderMetadata(c), ...ownDateMetadata(changedMs), [UPLOAD_ID]: id };
}

function readArguments(args: Arguments): PrepareArguments {
  const filename = textOf(args, "filename");
  if (filename.includes("/")) throw new RequestRefusal(400, "“filename” must be a name without “/”.");
  assertNewFile(filename);
  // The host's clients know none of these fields, and a link to their file must never lead to another one.
  const asForm = !["folder", "path", "on_collision", "direct"].some((field) => Object.hasOwn(args, field));
  const path = toPrefix(optionalTextOf(args, "folder") ?? "") + (optionalTextOf(args, "path") ?? filename);
  assertNewFile(path);
  const contentType = optionalTextOf(args, "content_type") || undefined;
  if (contentType !== undefined && !isHeaderValue(contentType)) {
    throw new RequestRefusal(400, "“content_type” must be printable ASCII.");
  }
  const direct = flagOf(args, "direct");
  const size = numberOf(args, "size");
  const changedMs = numberOf(args, "modified_ms");
  if ((changedMs ?? 0) > MAX_OWN_DATE_MS) throw new RequestRefusal(400, "“modified_ms” is too far in the future.");
  if (direct && size === undefined) throw new RequestRefusal(400, "“size” is missing.");
  return {
    path,
    size,
    contentType,
    changedMs,
    onCollision: asForm
      ? "keep_both"
      : choiceOf(optionalTextOf(args, "on_collision"), ["ask", "keep_both", "replace", "skip"], "on_collision"),
    direct,
    asForm,
  };
}

async function respond(
  request: SourceRequest,
  { ticket, wanted, isInParts }: { ticket: UploadTicket; wanted: PrepareArguments; isInParts: boolean },
): Promise<Response> {
  const { c, context, name, source, signal } = request;
  const { path } = ticket;
  const facts = {
    contentType: wanted.contentType,
    metadata: uploadMetadata(request, ticket),
    signal,
  };
  const expires_at = new Date(ticket.expiresMs).toISOString();
  if (isInParts) {
    const { state, partCount } = await source.prepareMultipartUpload(path, {
      size: wanted.size ?? 0,
      partSizeBytes: PART_BYTES,
      ...facts,
    });
    const upload_token = await writeTicket(context, { ...ticket, parts: state });
    return c.json({ ok: true, upload_token, parts: { size_bytes: state.partSizeBytes, count: partCount }, expires_at });
  }
  const sign = () =>
    source.prepareUpload(path, {
      ...facts,
      method: "PUT",
      size: wanted.size ?? 0,
      ..."ifNoneMatch" in ticket.condition && { ifNoneMatch: "*" },
      expiresInSeconds: LIFE_MS / 1_000,
    }).catch((error) => {
      // Then the bytes go through the app, which looks right before it stores them.
      if (isIgnored(error)) return undefined;
      throw error;
    });
  const isDirect = ticket.direct && !wanted.asForm;
  // With a signed URL, only the store checks the condition.
  if (isDirect) await context.grants.learn({ name, source }, "");
  const direct = isDirect ? await sign() : undefined;
  const token = await writeTicket(context, { ...ticket, direct: direct !== undefined });
  const prepared = { ok: true, upload_token: token, upload_method: "PUT", upload_headers: {}, upload_fields: {} };
  const url = `${context.filesUrl}/upload/${encodeURIComponent(name)}/-/content`;
  if (wanted.asForm) {
    return c.json({ ...prepared, upload_url: url, upload_method: "POST", upload_fields: { token } });
  }
  if (direct === undefined) {
    const upload_headers = wanted.contentType === undefined ? {} : { "content-type": wanted.contentType };
    return c.json({ ...prepared, upload_url: `${url}?token=${token}`, upload_headers, expires_at });
  }
  return c.json({
    ...prepared,
    upload_url: direct.url,
    upload_headers: direct.headers,
    expires_at: direct.expiresAt.toISOString(),
  });
}

/** Larger files are sent in parts of this size, or larger ones if there would be too many. */
const PART_BYTES = 16 * 1024 * 1024;
const LIFE_MS = 3_600_000;
/** A large file may take a day; the URLs of its parts expire within minutes. */
const PARTS_LIFE_MS = 24 * LIFE_MS;
