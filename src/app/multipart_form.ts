import { RequestRefusal } from "./failure.ts";

/** One field of a form. */
export interface FormPart {
  /** The field's name. */
  readonly name: string;
  /** What a file is called on its owner's machine; absent for a field that is no file. */
  readonly filename?: string;
  /** A file's media type. */
  readonly contentType?: string;
  /** The value. Read it to its end before asking for the next part. */
  readonly body: AsyncIterable<Uint8Array>;
}

/**
 * The fields of a `multipart/form-data` request as they arrive: however large a file, only a piece of it is in memory.
 * https://datatracker.ietf.org/doc/html/rfc7578, and names encoded as in
 * https://html.spec.whatwg.org/multipage/form-control-infrastructure.html#multipart-form-data
 *
 * @throws {RequestRefusal} If the request has no such body, or it breaks off.
 */
export async function* readMultipart(body: ReadableStream<Uint8Array>, contentType: string): AsyncGenerator<FormPart> {
  const boundary = /^multipart\/form-data;.*?\bboundary=(?:"([^"]+)"|([^;\s]+))/i.exec(contentType);
  if (!boundary) throw malformed();
  const delimiter = encoder.encode(`\r\n--${boundary[1] ?? boundary[2]}`);
  const input = createScanner(body);
  try {
    await input.skipTo(delimiter);
    for (;;) {
      const mark = await input.takeText(2);
      if (mark === "--") return;
      if (mark !== "\r\n") throw malformed();
      const part = { ...readHeaders(await input.takeTextTo(HEADERS_END)), body: input.takeTo(delimiter) };
      yield part;
      for await (const _ of part.body); // What nobody read.
    }
  } finally {
    await input.cancel();
  }
}

/** The value of a field that is no file, at most 64 KiB. */
export async function readText(part: FormPart): Promise<string> {
  const decoder = new TextDecoder();
  let text = "";
  for await (const chunk of part.body) {
    text += decoder.decode(chunk, { stream: true });
    if (text.length > MAX_TEXT_BYTES) throw new RequestRefusal(413, "A field of the form is too long.");
  }
  return text + decoder.decode();
}

const MAX_TEXT_BYTES = 65_536;
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
    "The form could not be read to its end. Nothing of the file it broke off in was stored.",
  );
}

interface Scanner {
  /** The bytes up to a delimiter, which is passed over. */
  takeTo(delimiter: Uint8Array): AsyncGenerator<Uint8Array>;
  takeTextTo(delimiter: Uint8Array): Promise<string>;
  takeText(length: number): Promise<string>;
  skipTo(delimiter: Uint8Array): Promise<void>;
  cancel(): Promise<void>;
}

function createScanner(stream: ReadableStream<Uint8Array>): Scanner {
  const reader = stream.getReader();
  // As if a line ended before the body, so that the first delimiter looks like the others.
  let held: Uint8Array = encoder.encode("\r\n");

  async function readMore(): Promise<void> {
    const { value } = await reader.read();
    if (!value) throw malformed();
    held = held.byteLength === 0 ? value : concat(held, value);
  }

  async function takeText(length: number): Promise<string> {
    if (length > MAX_TEXT_BYTES) throw malformed();
    while (held.byteLength < length) await readMore();
    const text = new TextDecoder().decode(held.subarray(0, length));
    held = held.subarray(length);
    return text;
  }

  async function takeTextTo(delimiter: Uint8Array): Promise<string> {
    let at = indexOf(held, delimiter);
    for (; at < 0; at = indexOf(held, delimiter)) {
      if (held.byteLength > MAX_TEXT_BYTES) throw malformed();
      await readMore();
    }
    const text = await takeText(at);
    held = held.subarray(delimiter.byteLength);
    return text;
  }

  async function* takeTo(delimiter: Uint8Array): AsyncGenerator<Uint8Array> {
    for (;;) {
      const at = indexOf(held, delimiter);
      const chunk = held.subarray(0, at < 0 ? Math.max(0, held.byteLength - delimiter.byteLength + 1) : at);
      held = held.subarray(chunk.byteLength + (at < 0 ? 0 : delimiter.byteLength));
      if (chunk.byteLength > 0) yield chunk;
      if (at >= 0) return;
      await readMore();
    }
  }

  async function skipTo(delimiter: Uint8Array): Promise<void> {
    for await (const _ of takeTo(delimiter));
  }

  return { takeTo, takeTextTo, takeText, skipTo, cancel: () => reader.cancel().catch(() => {}) };
}

function indexOf(bytes: Uint8Array, delimiter: Uint8Array): number {
  const [first = 0] = delimiter;
  for (let at = bytes.indexOf(first); at >= 0; at = bytes.indexOf(first, at + 1)) {
    if (at + delimiter.byteLength > bytes.byteLength) return -1;
    if (delimiter.every((byte, offset) => bytes[at + offset] === byte)) return at;
  }
  return -1;
}

function concat(a: Uint8Array, b: Uint8Array): Uint8Array {
  const both = new Uint8Array(a.byteLength + b.byteLength);
  both.set(a);
  both.set(b, a.byteLength);
  return both;
}
