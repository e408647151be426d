import { RequestRefusal } from "../failure.ts";

/** A field of a form. */
export interface FormPart {
  /** The field's name. */
  readonly name: string;
  /** The name of a file on the sender's machine; absent for other fields. */
  readonly filename?: string;
  /** The media type of a file. */
  readonly contentType?: string;
  /** The value. Read all of it, or nothing, before the next part. */
  readonly body: AsyncIterable<Uint8Array>;
}

/**
 * Reads the fields of a `multipart/form-data` request as they arrive, with only a piece of each file in memory.
 * https://datatracker.ietf.org/doc/html/rfc7578, and names encoded as in
 * https://html.spec.whatwg.org/multipage/form-control-infrastructure.html#multipart-form-data
 *
 * @throws {RequestRefusal} If the body is not such a form, or breaks off.
 */
export async function* readMultipart(body: ReadableStream<Uint8Array>, contentType: string): AsyncGenerator<FormPart> {
  const boundary = /^multipart\/form-data;.*?\bboundary=(?:"([^"]+)"|([^;\s]+))/i.exec(contentType);
  if (!boundary) throw malformed();
  const delimiter = encoder.encode(`\r\n--${boundary[1] ?? boundary[2]}`);
  const input = createScanner(body);
  try {
    for await (const _ of input.bytesUntil(delimiter));
    for (let count = 0;; count++) {
      const mark = await input.text(2);
      if (mark === "--") return;
      if (mark !== "\r\n") throw malformed();
      if (count === MAX_PARTS) {
        throw new RequestRefusal(413, `This form has more than ${MAX_PARTS} fields. Do it in several steps.`);
      }
      const headers = await readText({ body: input.bytesUntil(HEADERS_END) });
      const body = input.bytesUntil(delimiter);
      yield { ...readHeaders(headers), body };
      for await (const _ of body);
    }
  } finally {
    await input.cancel();
  }
}

/** The value of a field that is not a file, up to 64 KiB. */
export async function readText({ body }: Pick<FormPart, "body">): Promise<string> {
  const decoder = new TextDecoder();
  let text = "";
  for await (const chunk of body) {
    text += decoder.decode(chunk, { stream: true });
    if (text.length > MAX_TEXT_BYTES) throw new RequestRefusal(413, "A field of the form is too long.");
  }
  return text + decoder.decode();
}

const MAX_TEXT_BYTES = 65_536;
const MAX_PARTS = 10_000;
const encoder = new TextEncoder();
const HEADERS_END = encoder.encode("\r\n\r\n");

function readHeaders(text: string): Omit<FormPart, "body"> {
  const headers = new Map(
    text.split("\r\n").map((line) => {
      const [name = "", ...value] = line.split(":");
      return [name.trim().toLowerCase(), value.join(":").trim()];
    }),
  );
  const disposition = headers.get("content-disposition") ?? "";
  const name = parameter(disposition, "name");
  if (name === undefined) throw malformed();
  const filename = parameter(disposition, "filename");
  const contentType = headers.get("content-type");
  return { name, ...filename !== undefined && { filename }, ...contentType !== undefined && { contentType } };
}

function parameter(disposition: string, name: string): string | undefined {
  const value = new RegExp(`;\\s*${name}="([^"]*)"`, "i").exec(disposition)?.[1];
  return value?.replace(/%(0A|0D|22)/g, (code) => decodeURIComponent(code));
}

function malformed(): RequestRefusal {
  return new RequestRefusal(
    400,
    "The form could not be read to its end. The file in which it broke off was not stored.",
  );
}

interface Scanner {
  /** Reads up to a delimiter, and skips that. */
  bytesUntil(delimiter: Uint8Array): AsyncGenerator<Uint8Array>;
  text(length: number): Promise<string>;
  cancel(): Promise<void>;
}

function createScanner(stream: ReadableStream<Uint8Array>): Scanner {
  const reader = stream.getReader();
  // A line end before the body makes the first delimiter look like the others.
  let buffer = new Uint8Array(SMALLEST_BUFFER_BYTES);
  let [start, end] = [0, 2];
  buffer.set([13, 10]);

  async function readMore(): Promise<void> {
    const { value } = await reader.read();
    if (!value) throw malformed();
    if (end + value.byteLength > buffer.byteLength) {
      const held = buffer.subarray(start, end);
      const needed = held.byteLength + value.byteLength;
      // Twice the size, so that small chunks do not mean copying everything again and again.
      if (needed > buffer.byteLength / 2) buffer = new Uint8Array(Math.max(2 * needed, SMALLEST_BUFFER_BYTES));
      buffer.set(held);
      [start, end] = [0, held.byteLength];
    }
    buffer.set(value, end);
    end += value.byteLength;
  }

  /** Copies, as reading more reuses the buffer. */
  function copy(length: number): Uint8Array<ArrayBuffer> {
    return buffer.slice(start, start += length);
  }

  async function text(length: number): Promise<string> {
    while (end - start < length) await readMore();
    return new TextDecoder().decode(copy(length));
  }

  async function* bytesUntil(delimiter: Uint8Array): AsyncGenerator<Uint8Array> {
    for (;;) {
      const at = indexOf(buffer.subarray(start, end), delimiter);
      // The end may be the beginning of a delimiter, and is searched again.
      const length = at < 0 ? Math.max(0, end - start - delimiter.byteLength + 1) : at;
      const chunk = copy(length);
      if (at >= 0) start += delimiter.byteLength;
      if (length > 0) yield chunk;
      if (at >= 0) return;
      await readMore();
    }
  }

  return { bytesUntil, text, cancel: () => reader.cancel().catch(() => {}) };
}

const SMALLEST_BUFFER_BYTES = 64 * 1024;

function indexOf(bytes: Uint8Array, delimiter: Uint8Array): number {
  const [first = 0] = delimiter;
  for (let at = bytes.indexOf(first); at >= 0; at = bytes.indexOf(first, at + 1)) {
    if (at + delimiter.byteLength > bytes.byteLength) return -1;
    if (delimiter.every((byte, offset) => bytes[at + offset] === byte)) return at;
  }
  return -1;
}
