import { FileTooLargeError, PreconditionFailedError } from "../errors.ts";
import { toPrefix } from "../s3/keys.ts";
import type { FileInfo } from "../types.ts";
import { fileRecord } from "./api/records.ts";
import { wantsPage } from "./answer.ts";
import { type AppContext, type AppRequest, type FilesHono, type NamedSource, sourceOf } from "./context.ts";
import { RequestRefusal } from "./failure.ts";
import { type FormPart, readMultipart, readText } from "./multipart_form.ts";
import { FILES_URL, folderUrl, readQuery } from "./urls.ts";

/** Files go into the store: from a page's form, or as the plain body of a PUT. Both pass through without being held. */
export function uploadRoutes(app: FilesHono, context: AppContext): void {
  app.post(`${FILES_URL}/source/:source/-/upload`, async (c) => {
    const named = sourceOf(c, context, "files-upload");
    const folder = toPrefix(readQuery(c.req.url).get("folder") ?? "");
    const files = await uploadForm(c, named, { folder, body: readBody(c, context) });
    if (wantsPage(c)) return c.redirect(folderUrl(named.name, folder), 303);
    return c.json({ ok: true, files: files.map((file) => fileRecord(named.name, file)) }, 201);
  });

  app.put(`${FILES_URL}/source/:source/-/content`, async (c) => {
    const { name, source } = sourceOf(c, context, "files-upload");
    const path = readQuery(c.req.url).get("path") ?? "";
    const headers = c.req.raw.headers;
    const size = headers.get("content-length");
    const contentType = headers.get("content-type");
    const ifMatch = headers.get("if-match");
    const file = await source.upload(path, readBody(c, context), {
      ...contentType !== null && { contentType },
      ...size !== null && { size: Number(size) },
      ...headers.get("if-none-match") === "*" && { ifNoneMatch: "*" },
      ...ifMatch !== null && { ifMatch },
      signal: c.req.raw.signal,
    });
    return c.json({ ok: true, file: fileRecord(name, file) }, 201);
  });
}

async function uploadForm(
  c: AppRequest,
  named: NamedSource,
  { folder, body }: { folder: string; body: ReadableStream<Uint8Array> },
): Promise<FileInfo[]> {
  const files: FileInfo[] = [];
  let replace = false;
  for await (const part of readMultipart(body, c.req.header("content-type") ?? "")) {
    if (part.name === "replace") replace = await readText(part) !== "";
    // A form in which no file was chosen sends one without a name.
    if (part.name === "file" && part.filename) {
      files.push(await uploadPart(c, named, { folder, part, replace }));
    }
  }
  if (files.length === 0) throw new RequestRefusal(400, "No file was chosen.");
  return files;
}

async function uploadPart(
  c: AppRequest,
  { source }: NamedSource,
  { folder, part, replace }: { folder: string; part: FormPart; replace: boolean },
): Promise<FileInfo> {
  const name = part.filename?.slice(part.filename.lastIndexOf("/") + 1) ?? "";
  try {
    return await source.upload(`${folder}${name}`, part.body, {
      ...part.contentType !== undefined && { contentType: part.contentType },
      ...!replace && { ifNoneMatch: "*" },
      signal: c.req.raw.signal,
    });
  } catch (error) {
    if (!(error instanceof PreconditionFailedError)) throw error;
    throw new RequestRefusal(
      412,
      `There is already a file named “${name}” here, and it was kept. Choose to replace it, or another name.`,
    );
  }
}

/** The body of a request, which fails as soon as it is known to be larger than the app allows. */
export function readBody(c: AppRequest, { maxUploadBytes = Infinity }: AppContext): ReadableStream<Uint8Array> {
  const tooLarge = () => new FileTooLargeError(`Cannot upload: more than ${maxUploadBytes} bytes are not allowed`);
  if (Number(c.req.header("content-length") ?? 0) > maxUploadBytes) throw tooLarge();
  const reader = (c.req.raw.body ?? new Blob([]).stream()).getReader();
  let receivedBytes = 0;
  return new ReadableStream<Uint8Array>({
    async pull(controller) {
      const { value } = await reader.read().catch(() => {
        throw new RequestRefusal(400, "The upload broke off. Nothing of that file was stored.");
      });
      if (!value) return controller.close();
      receivedBytes += value.byteLength;
      if (receivedBytes <= maxUploadBytes) return controller.enqueue(value);
      void reader.cancel();
      throw tooLarge();
    },
    cancel: (reason) => reader.cancel(reason),
  }, { highWaterMark: 0 });
}
