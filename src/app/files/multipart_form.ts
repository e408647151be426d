import { RequestRefusal } from "../failure.ts";

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
    for (let count = 0; count < MAX_PARTS; count++) {
      const mark = await input.takeText(2);
      if (mark === "--") return;
      if (mark !== "\r\n") throw malformed();
      const part = { ...readHeaders(await input.takeTextTo(HEADERS_END)), body: input.takeTo(delimiter) };
      yield part;
      for await (const _ of part.body); // What nobody read.
    }
    throw new RequestRefusal(413, `This form has more than ${MAX_PARTS} fields. Send it in several steps.`);
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
  let buffer = new Uint8Array(SMALLEST_BUFFER_BYTES);
  let [start, end] = [0, 2];
  buffer.set([13, 10]);

  async function readMore(): Promise<void> {
    const { value } = await reader.read();
    if (!value) throw malformed();
    if (end + value.byteLength > buffer.byteLength) {
      const held = buffer.subarray(start, end);
      const needed = held.byteLength + value.byteLength;
      // Twice as large, so that what is held is copied a few times only, however small the chunks are.
      if (needed > buffer.byteLength / 2) buffer = new Uint8Array(Math.max(2 * needed, SMALLEST_BUFFER_BYTES));
      buffer.set(held);
      [start, end] = [0, held.byteLength];
    }
    buffer.set(value, end);
    end += value.byteLength;
  }

  /** A copy: what is read next takes the place of what was held. */
  function take(length: number): Uint8Array<ArrayBuffer> {
    return buffer.slice(start, start += length);
  }

  async function takeText(length: number): Promise<string> {
    if (length > MAX_TEXT_BYTES) throw malformed();
    while (end - start < length) await readMore();
    return new TextDecoder().decode(take(length));
  }

  /** How far it is to a delimiter. `searched` bytes are known not to begin one: the search goes on where it stopped. */
  function distanceTo(delimiter: Uint8Array, searched: number): number {
    return indexOf(buffer.subarray(start, end), delimiter, searched);
  }

  async function takeTextTo(delimiter: Uint8Array): Promise<string> {
    let at = distanceTo(delimiter, 0);
    while (at < 0) {
      const searched = Math.max(0, end - start - delimiter.byteLength + 1);
      if (searched > MAX_TEXT_BYTES) throw malformed();
      await readMore();
      at = distanceTo(delimiter, searched);
    }
    const text = await takeText(at);
    start += delimiter.byteLength;
    return text;
  }

  async function* takeTo(delimiter: Uint8Array): AsyncGenerator<Uint8Array> {
    for (;;) {
      const at = distanceTo(delimiter, 0);
      // What may be the beginning of one stays; that is searched once more, and is short.
      const length = at < 0 ? Math.max(0, end - start - delimiter.byteLength + 1) : at;
      const chunk = take(length);
      if (at >= 0) start += delimiter.byteLength;
      if (length > 0) yield chunk;
      if (at >= 0) return;
      await readMore();
    }
  }

  async function skipTo(delimiter: Uint8Array): Promise<void> {
    for await (const _ of takeTo(delimiter));
  }

  return { takeTo, takeTextTo, takeText, skipTo, cancel: () => reader.cancel().catch(() => {}) };
}

const SMALLEST_BUFFER_BYTES = 64 * 1024;

function indexOf(bytes: Uint8Array, delimiter: Uint8Array, from: number): number {
  const [first = 0] = delimiter;
  for (let at = bytes.indexOf(first, from); at >= 0; at = bytes.indexOf(first, at + 1)) {
    if (at + delimiter.byteLength > bytes.byteLength) return -1;
    if (delimiter.every((byte, offset) => bytes[at + offset] === byte)) return at;
  }
  return -1;
}
